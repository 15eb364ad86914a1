"""Serves the web and the gateway on one port: `python -m cpms.web`, with HOST and PORT from the environment.

With `--when-told` it loads the portal and serves once a line comes in: the supervisor prepares the database meanwhile.

uvicorn because it can refuse a handshake with 401 or 404 and negotiates compression (docs/decisions).
"""

import os
import sys
from importlib import import_module
from typing import Any

import django
import uvicorn
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError

from common.garbage import collect_seldom
from common.open_files import allow_many
from cpms.http_protocol import PatientHttp
from cpms.servers import check_servers

WHEN_TOLD = "--when-told"
PING_INTERVAL_S = 60
SHUTDOWN_PATIENCE_S = 5


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpms.settings")
    django.setup()
    import_module(settings.ROOT_URLCONF)
    if WHEN_TOLD in sys.argv and not sys.stdin.readline():
        return
    if settings.PRODUCTION:
        check_servers()
        # Also asks the database: production does not start on one with demo accounts.
        call_command("check", databases=["default"])
    allow_many()
    collect_seldom()
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8000)
    uvicorn.run("cpms.asgi:application", host=host, port=port, **server_options())


def server_options() -> dict[str, Any]:
    """How uvicorn serves the portal, wherever it does."""
    return {
        "http": PatientHttp,
        "ws": "websockets-sansio",
        "ws_max_size": settings.GATEWAY_MAX_MESSAGE_BYTES,
        # Pings keep paths through address translation open. No pong ends nothing: many chargers never send one,
        # and the gateway counts every message as a sign of life.
        "ws_ping_interval": PING_INTERVAL_S,
        "ws_ping_timeout": None,
        # Who may speak for another address is settled by CPMS_TRUSTED_PROXIES, not by the server.
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
        "log_config": None,
        "log_level": "warning",  # each connection has its row in the connection history
        "timeout_graceful_shutdown": SHUTDOWN_PATIENCE_S,
    }


if __name__ == "__main__":
    try:
        main()
    except (ImproperlyConfigured, CommandError) as error:
        sys.exit(str(error))
