"""What the chargeports app tells the apps above it. Every signal is sent after the commit."""

from collections.abc import Collection

from django.db import transaction
from django.dispatch import Signal

# Argument: `station_ids`. Commands wait for these stations: whoever holds a socket takes them (`services.take_queued`).
# It may be lost; the sweep sends it again for commands that still wait.
command_queued = Signal()
# Argument: `error_ids`, of whatever organisations. Chargers told of errors that were not known yet, or of their end.
errors_opened = Signal()
errors_ended = Signal()
# Argument: `window_ids`, of whatever organisations. Maintenance windows ended, by themselves or early.
maintenance_window_ended = Signal()


def send_command_queued(station_ids: list[int]) -> None:
    """Tell after the commit that commands wait for the stations."""
    transaction.on_commit(lambda: command_queued.send_robust(None, station_ids=station_ids) and None, robust=True)


def send_errors(signal: Signal, error_ids: Collection[int]) -> None:
    """Tell after the commit of errors that began or ended: `signal` is `errors_opened` or `errors_ended`."""
    if error_ids:
        transaction.on_commit(lambda: signal.send_robust(None, error_ids=frozenset(error_ids)) and None, robust=True)


def send_windows_ended(window_ids: Collection[int]) -> None:
    """Tell after the commit of maintenance windows that have ended."""
    ended = frozenset(window_ids)
    transaction.on_commit(lambda: maintenance_window_ended.send_robust(None, window_ids=ended) and None, robust=True)
