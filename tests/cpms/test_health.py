"""Health and metrics, as supervisors and Prometheus see them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from ocpp_gateway.models import GatewayNode


@pytest.fixture
def gateway(db):
    now = timezone.now()
    return GatewayNode.objects.create(
        id=uuid4(), channel="c", host="h", started_at=now, lease_until=now + timedelta(minutes=1)
    )


def test_live_asks_nobody(client):
    assert client.get("/health/live").json() == {"status": "ok"}


def test_ready_when_every_part_is_there(client, gateway):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert set(answer.json()["parts"].values()) == {"ok"}


def test_not_ready_names_what_is_missing(client, gateway, settings):
    gateway.delete()
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["gateway", "redis"]
    assert answer.json()["parts"]["database"] == "ok"


def test_metrics_are_for_this_machine_and_for_who_knows_the_token(client, settings):
    assert b"cpms_gateway_connections" in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.1").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 403
    settings.METRICS_TOKEN = "token of the metrics"
    from_afar = {"REMOTE_ADDR": "10.0.0.1", "headers": {"Authorization": "Bearer token of the metrics"}}
    assert client.get("/metrics", **from_afar).status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.1", headers={"Authorization": "Bearer "}).status_code == 403
