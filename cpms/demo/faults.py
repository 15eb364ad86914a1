"""What goes wrong with the demo's sessions, and signed meter values of one charge port."""

import base64
import json
from datetime import datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.utils import timezone

from accounts.models import Organisation
from chargeports.models import ChargePort, ConfigurationValue
from charging import services
from charging.models import ChargingSession, SignedValue

_MOST_SIGNED = 500
# Every so many sessions one; some charge ports have one kind of trouble much more often. No session without energy gets
# any, so that energy and times still fit the meter's curve.
_TROUBLE = (
    ("state = 'ended_without_stop', stop_received_at = NULL, stop_reason = ''", 61, 11),
    ("flags = '{register_reset}', lowest_power_w = -420", 149, 31),
    ("start_received_at = started_at - interval '9 minutes'", 211, 41),
    ("highest_power_w = 690000", 307, 53),
    ("flags = '{negative_energy}'", 401, 61),
    ("\"authorization\" = 'Invalid'", 83, 1_000_000),
)


def make_trouble(organisation: Organisation) -> None:
    """Set-based, before the sessions are counted."""
    with connection.cursor() as cursor:
        for values, each, often in _TROUBLE:
            cursor.execute(
                f"UPDATE charging_chargingsession SET {values} WHERE organisation_id = %s AND energy_wh > 0"  # noqa: S608
                " AND flags = '{}' AND state = 'ended' AND (id %% %s = 0 OR (station_id %% %s = 3 AND id %% 4 = 0))",
                [organisation.pk, each, often],
            )
        cursor.execute(
            "UPDATE charging_chargingsession SET stop_reason = 'EVDisconnected',"
            " ended_at = least(ended_at, started_at + interval '95 seconds')"
            " WHERE organisation_id = %s AND energy_wh = 0 AND id %% 2 = 0",
            [organisation.pk],
        )


def judge() -> None:
    """As the periodic tasks would."""
    while services.check_signed():
        pass
    while services.classify_closed(timezone.now()) == services.AT_ONCE:
        pass


def make_signed_values(organisation: Organisation, now: datetime) -> None:
    """The sessions of one charge port with records that its meter signed; the newest one was tampered with."""
    port = ChargePort.objects.filter(organisation=organisation, station__sessions__isnull=False).first()
    if port is None:
        return
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ConfigurationValue.objects.create(
        organisation=organisation,
        station_id=port.station_id,
        key=f"MeterPublicKey{port.number}",
        value=public.hex(),
        readonly=True,
        first_read_at=now,
        changed_at=now,
    )
    ended = ChargingSession.objects.filter(station_id=port.station_id, port_number=port.number, ended_at__lt=now)
    sessions = list(ended.filter(energy_wh__gt=0).order_by("-started_at")[:_MOST_SIGNED])
    SignedValue.objects.bulk_create(
        _signed_value(session, key, page, tampered=page == len(sessions))
        for page, session in enumerate(reversed(sessions), start=1)
    )
    ChargePort.objects.filter(pk=port.pk).update(calibration_law="ocmf")


def _signed_value(
    session: ChargingSession, key: ec.EllipticCurvePrivateKey, page: int, *, tampered: bool
) -> SignedValue:
    ended_at = session.finished_at or session.began_at
    data = _record(session, key, page)
    if tampered:
        data = data.replace('"TX":"E"', '"TX":"L"')
    wrapped = {"signedMeterData": base64.b64encode(data.encode()).decode(), "encodingMethod": "OCMF", "publicKey": ""}
    return SignedValue(
        organisation_id=session.organisation_id,
        session=session,
        port_number=session.port_number,
        sampled_at=ended_at,
        received_at=ended_at,
        context="Transaction.End",
        raw=json.dumps(wrapped),
        data=data,
        encoding="base64",
    )


def _record(session: ChargingSession, key: ec.EllipticCurvePrivateKey, page: int) -> str:
    """An OCMF record of the whole transaction, signed over its very bytes."""
    begin_wh = session.meter_start_wh or 0
    ended_at = session.finished_at or session.began_at
    reading = {"RI": "1-b:1.8.0", "RU": "Wh", "EF": "", "ST": "G"}
    payload = {
        "FV": "1.0",
        "GI": "DEMO",
        "GS": "DEMO-1",
        "PG": f"T{page}",
        "MV": "Demo",
        "MS": "METER-1",
        "IS": True,
        "IT": "NONE",
        "ID": session.id_tag,
        "RD": [
            {"TM": _moment(session.began_at), "TX": "B", "RV": begin_wh, **reading},
            {
                "TM": _moment(ended_at),
                "TX": "E",
                "RV": begin_wh + session.energy_wh,
                **reading,
            },
        ],
    }
    text = json.dumps(payload, separators=(",", ":"))
    signature = key.sign(text.encode(), ec.ECDSA(hashes.SHA256())).hex()
    return f'OCMF|{text}|{{"SA":"ECDSA-secp256r1-SHA256","SD":"{signature}"}}'


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S},000+0000 S"
