"""Receives files of chargers by FTP: `python -m cpms.ftp`, on HOST and CPMS_FTP_PORT from the environment."""

import asyncio
import os
import signal

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpms.settings")
django.setup()

# The apps are loaded only now.
from ocpp_gateway.transfers.ftp import FtpServer  # noqa: E402


def main() -> None:
    asyncio.run(serve(os.environ.get("HOST") or "127.0.0.1", settings.FTP_PORT))


async def serve(host: str, port: int) -> None:
    """Serve until the process is told to stop."""
    stopping = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stopping.set)
    server = FtpServer(passive_ports(settings.FTP_PASSIVE_PORTS), settings.FTP_PASSIVE_ADDRESS or None)
    await server.start(host, port)
    await stopping.wait()
    await server.close()


def passive_ports(text: str) -> range | None:
    """`40000-40019` as the ports in between, both included; None for any."""
    if not text:
        return None
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last) < 65536):
        raise ImproperlyConfigured(f"CPMS_FTP_PASSIVE_PORTS must read like 40000-40019, not {text!r}.")
    return range(int(first), int(last) + 1)


if __name__ == "__main__":
    main()
