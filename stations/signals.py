"""What the stations app tells the apps above it. Every signal is sent after the commit."""

from django.db import transaction
from django.dispatch import Signal

# Arguments: `station_id` and `fields`, the names of the fields of Station that changed (and `held_because`, when a
# person confirmed the hardware). A connection that rests on one of them (identity, life cycle, security profile,
# protocol) has to be made anew.
station_changed = Signal()


def send_station_changed(station_id: int, fields: frozenset[str]) -> None:
    """Tell after the commit that `fields` of the station changed."""
    transaction.on_commit(
        lambda: station_changed.send_robust(None, station_id=station_id, fields=fields) and None, robust=True
    )
