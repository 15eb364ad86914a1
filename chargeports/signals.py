"""What the chargeports app tells the apps above it. Every signal is sent after the commit."""

from django.db import transaction
from django.dispatch import Signal

# Argument: `station_id`. A command waits for the station: whoever holds its socket takes it (`services.take_queued`).
# It may be lost; the sweep sends it again for commands that still wait.
command_queued = Signal()


def send_command_queued(station_id: int) -> None:
    """Tell after the commit that a command waits for the station."""
    transaction.on_commit(lambda: command_queued.send_robust(None, station_id=station_id) and None, robust=True)
