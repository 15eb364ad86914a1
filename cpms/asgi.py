"""One port for everything: pages, the browsers' live connections and the chargers' websockets."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpms.settings")
web = get_asgi_application()

# The apps are loaded only now.
from common.consumers import LiveConsumer  # noqa: E402
from common.waiting import Waiting  # noqa: E402
from cpms.live import surroundings_of  # noqa: E402
from ocpp_gateway.edge import Edge  # noqa: E402
from ocpp_gateway.transfers.http import Transfers  # noqa: E402

Application = Callable[[Any, Any, Any], Awaitable[None]]

edge = Edge()

WEBSOCKETS: dict[str, Application] = {
    "/ocpp/": edge,
    "/ws/live/": LiveConsumer.as_asgi(find_surroundings=surroundings_of),
}

REQUESTS: dict[str, Application] = {
    "/ocpp/": edge,
    "/transfers/": Transfers(),
    "/api/v1/commands/": Waiting(web),
}


async def websockets(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Hand a websocket to the application whose path it starts with; refuse it where there is none."""
    for path, application in WEBSOCKETS.items():
        if scope["path"].startswith(path):
            await application(scope, receive, send)
            return
    await send({"type": "websocket.close"})


async def requests(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Hand a plain request to the application whose path it starts with, else to Django; the gateway answers chargers
    that forgot to ask for a websocket.
    """
    await next((REQUESTS[path] for path in REQUESTS if scope["path"].startswith(path)), web)(scope, receive, send)


application = ProtocolTypeRouter({"http": requests, "websocket": websockets, "lifespan": edge.lifespan})
