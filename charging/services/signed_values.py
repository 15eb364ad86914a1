"""Signed meter values kept as they were received, and checked beforehand once their session has ended."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from chargeports.choices import MeterKeySource
from chargeports.services import SeenMeterKey, note_meter_keys
from charging.choices import SignedVerdict
from charging.models import ChargingSession, SignedValue
from charging.selectors import checks_of_sessions
from charging.services.readings import MeterRow, Sample
from charging.signed_values import SIGNED, SIGNED_STARTS, key_text, received, verdict_of
from common.bulk import update_rows
from common.live import announce
from common.text import fit, without_nul

_AT_ONCE = 200


def is_signed(sample: Sample) -> bool:
    """Some chargers send signed text without saying that it is signed."""
    return sample.format == SIGNED or sample.raw.startswith(SIGNED_STARTS)


def keep_signed(rows: Iterable[MeterRow]) -> None:
    """Keep what is signed of these readings, byte for byte, inside the caller's transaction; no query without any."""
    values = [
        _value(row, row.session_id, sample)
        for row in rows
        if row.session_id
        for sample in row.reading.samples
        if is_signed(sample)
    ]
    if values:
        SignedValue.objects.bulk_create(values)


def _value(row: MeterRow, session_id: int, sample: Sample) -> SignedValue:
    raw = without_nul(sample.raw)
    found = received(raw)
    return SignedValue(
        organisation_id=row.organisation_id,
        session_id=session_id,
        port_number=row.port_number,
        sampled_at=row.reading.sampled_at,
        received_at=row.received_at,
        context=fit(sample.context, 30),
        raw=raw,
        data=without_nul(found.data),
        encoding=found.encoding,
        public_key=found.public_key,
    )


@transaction.atomic
def check_signed() -> int:
    """Check the values of sessions that have ended, and let those be judged anew; across organisations. Says how many
    sessions it were.
    """
    waiting = SignedValue.objects.filter(verdict=SignedVerdict.WAITING, session__counted_on__isnull=False)
    ids = set(waiting.order_by("pk").values_list("session_id", flat=True)[:_AT_ONCE])
    if not ids:
        return 0
    sessions = list(ChargingSession.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    values: list[SignedValue] = []
    for session, found in checks_of_sessions(sessions):
        for value, checks in found.records:
            value.verdict = verdict_of(checks)
            values.append(value)
        session.signed_verdict, session.classified_at = found.verdict, None
    _note_keys(sessions, values)
    update_rows(values, ["verdict"])
    update_rows(sessions, ["signed_verdict", "classified_at"])
    _announce(sessions)
    return len(sessions)


def _note_keys(sessions: Sequence[ChargingSession], values: Iterable[SignedValue]) -> None:
    """The keys that came along stand in the history of the ports' keys. They prove nothing by themselves."""
    stations = {session.pk: session.station_id for session in sessions}
    note_meter_keys(
        SeenMeterKey(
            stations[value.session_id],
            value.port_number,
            key_text(value.public_key),
            MeterKeySource.SIGNED_VALUE,
            value.received_at,
        )
        for value in values
        if value.public_key
    )


def _announce(sessions: Sequence[ChargingSession]) -> None:
    announce(f"port.{session.station_id}.{session.port_number}" for session in sessions)
