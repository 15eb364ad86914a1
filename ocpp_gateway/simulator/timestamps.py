"""Times as chargers write them: whole seconds, UTC, `Z` (OCPP 1.6 §3.15)."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time in UTC, cut to whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def text(moment: datetime) -> str:
    """`2026-05-01T10:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(value: str) -> datetime:
    """Read an ISO 8601 time; one without a zone counts as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
