"""Whether the portal is well: for supervisors, load balancers and Prometheus."""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from common.views import public
from ocpp_gateway.models import GatewayNode

OK = "ok"


@public
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": OK})


@public
def ready(request: HttpRequest) -> HttpResponse:
    """200 when every part is there; 503 and the names of those that are missing otherwise."""
    parts = {name: _state(check) for name, check in _CHECKS.items()}
    missing = sorted(name for name, state in parts.items() if state != OK)
    body = {"status": OK if not missing else "missing", "parts": parts, "missing": missing}
    return JsonResponse(body, status=503 if missing else 200)


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, to this machine itself or to who knows CPMS_METRICS_TOKEN."""
    if not (_is_local(request) or _knows_token(request)):
        return HttpResponse("Metrics are for this machine, or for a bearer of the metrics token.\n", status=403)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _state(check: Callable[[], bool]) -> str:
    try:
        return OK if check() else "missing"
    except Exception as error:
        return f"missing ({type(error).__name__})"


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _redis() -> bool:
    cache.set("ready", OK, 10)
    return bool(cache.get("ready") == OK)


def _gateway() -> bool:
    return GatewayNode.objects.filter(lease_until__gt=timezone.now()).exists()


_CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "migrations": _migrations,
    "redis": _redis,
    "gateway": _gateway,
}


def _is_local(request: HttpRequest) -> bool:
    """From this machine itself, and not through a proxy on it."""
    try:
        is_loopback = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return is_loopback and "X-Forwarded-For" not in request.headers


def _knows_token(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    return bool(token) and constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}")
