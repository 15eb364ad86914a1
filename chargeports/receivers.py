"""What the chargeports app does when something happens to a station."""

from datetime import UTC, datetime
from typing import Any

from django_scopes import scopes_disabled

from chargeports import services
from stations.choices import LifeCycle
from stations.models import Station


def follow_life_cycle(sender: Any, station_id: int, fields: frozenset[str], **kwargs: Any) -> None:
    if "life_cycle" in fields:
        with scopes_disabled():
            services.follow_life_cycle(Station.objects.select_related("state").get(pk=station_id))


def cancel_commands_of_decommissioned(sender: Any, station_id: int, fields: frozenset[str], **kwargs: Any) -> None:
    """Nothing waits for a station that will not be asked for anything any more."""
    with scopes_disabled():
        decommissioned = Station.objects.filter(pk=station_id, life_cycle=LifeCycle.DECOMMISSIONED)
        if "life_cycle" in fields and decommissioned.exists():
            services.cancel_all(station_id, datetime.now(UTC))
