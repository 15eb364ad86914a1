"""What stations report for their security: only ever added to (security whitepaper A04)."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from chargeports.models import SecurityEvent
from chargeports.security_events import is_critical
from common.bulk import copy_rows
from common.live import announce
from common.text import fit


class SecurityReport(NamedTuple):
    """One event; `at` is the charger's own time."""

    received_at: datetime
    organisation_id: int
    station_id: int
    type: str
    at: datetime
    tech_info: str = ""


_COLUMNS = (*SecurityReport._fields, "is_critical")


def record_security_events(reports: Iterable[SecurityReport]) -> None:
    """Keep them, by one statement. Works across organisations inside the caller's transaction."""
    rows = [
        (*one._replace(type=fit(one.type, 255), tech_info=fit(one.tech_info, 255)), is_critical(one.type))
        for one in reports
    ]
    if rows:
        copy_rows(SecurityEvent._meta.db_table, _COLUMNS, rows)
        announce({f"station.{row[2]}" for row in rows})
