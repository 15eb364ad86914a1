"""Makers of objects, for every test. Call them outside any organisation's scope (`scopes_disabled()`) or inside the
scope of the organisation that is meant; each makes what it needs unless it is given.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import count
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import services
from accounts.models import (
    Job,
    Membership,
    Organisation,
    Role,
    StoredFile,
    User,
    WebhookDelivery,
    WebhookTarget,
)
from accounts.services.webhook_events import forget_listeners
from chargeports.choices import CommandKind, ReservationState
from chargeports.files import FIRMWARE
from chargeports.models import (
    Campaign,
    ChargePort,
    ChargingProfile,
    Command,
    ConfigurationValue,
    EquipmentError,
    Firmware,
    InstalledProfile,
    MaintenanceWindow,
    PortLock,
    PortState,
    Reservation,
)
from chargeports.services import plan_campaign
from charging.choices import SessionState
from charging.models import (
    ChargingSession,
    Contract,
    IdToken,
    MeterValue,
    ScheduledStop,
    SignedValue,
    Tariff,
    TariffVersion,
    TokenGroup,
    Voucher,
)
from charging.services import create_vouchers
from common.actor import SYSTEM
from common.files import FilePurpose
from common.rights import Right
from ocpp_gateway.choices import RefusalReason
from ocpp_gateway.models import RefusedHandshake
from stations.choices import BootStatus, LifeCycle, SecurityProfile
from stations.models import Article, ArticleGroup, Component, Document, Station, StationState
from stations.services.documents import add_document

_numbers = count(1)

PASSWORD = "a long password of tests"


def organisation(**fields: Any) -> Organisation:
    number = next(_numbers)
    return Organisation.objects.create(**{"name": f"Network {number}", "slug": f"network-{number}", **fields})


def user(**fields: Any) -> User:
    """A person without any organisation, whose password is `PASSWORD`."""
    email = fields.pop("email", f"person{next(_numbers)}@network.example")
    return User.objects.create_user(email, fields.pop("password", PASSWORD), **fields)


def member(of: Organisation, *rights: Right, **fields: Any) -> User:
    """A person who holds exactly `rights` in the organisation `of`."""
    person = user(**fields)
    role = Role.objects.create(organisation=of, name=f"Role {next(_numbers)}")
    role.rights.set([permission(right) for right in rights])
    Membership.objects.create(organisation=of, user=person).roles.add(role)
    return person


def webhook(of: Organisation, *events: str) -> WebhookTarget:
    """A target that listens to `events`; nothing is sent to it unless a test does so."""
    values = {"name": f"Webhook {next(_numbers)}", "url": "https://93.184.215.14/", "secret": "none"}
    target = WebhookTarget.objects.create(organisation=of, events=list(events), **values)
    forget_listeners()
    return target


def told(event: str) -> list[dict[str, Any]]:
    """The bodies that wait for webhooks, in their order."""
    waiting = WebhookDelivery.objects.filter(event=event).order_by("pk")
    return [json.loads(body) for body in waiting.values_list("body", flat=True)]


def permission(right: Right) -> Permission:
    return Permission.objects.get(content_type__app_label=right.app_label, codename=right.codename)


def stored_file(
    of: Organisation, purpose: FilePurpose, content: bytes = b"Text.", name: str = "note.txt"
) -> StoredFile:
    return services.keep_file(of, purpose, BytesIO(content), SYSTEM, name)


def document(of: Station, name: str = "Plan.txt", content: bytes = b"Text.") -> Document:
    return add_document(SYSTEM, of, SimpleUploadedFile(name, content))


def job(of: Organisation, kind: str, **fields: Any) -> Job:
    """A job that waits for a worker."""
    defaults: dict[str, Any] = {
        "title": "Something long",
        "actor_kind": "system",
        "actor_label": "cpms",
        "language": "en",
    }
    defaults |= {"time_zone": "Europe/Berlin", "lease_until": datetime.now(UTC) + timedelta(minutes=2)}
    return Job.objects.create(organisation=of, kind=kind, **(defaults | fields))


def station(of: Organisation | None = None, *, ports: int = 1, online: bool = True, **fields: Any) -> Station:
    """A station in operation that booted and is connected, with `ports` charge ports."""
    number = next(_numbers)
    defaults = {
        "identity": f"CP-{number:05}",
        "name": f"Station {number}",
        "life_cycle": LifeCycle.IN_OPERATION,
        "security_profile": SecurityProfile.UNSECURED,
    }
    made = Station.objects.create(organisation=of or organisation(), **{**defaults, **fields})
    StationState.objects.create(
        station=made, organisation_id=made.organisation_id, online=online, boot_status=BootStatus.ACCEPTED
    )
    for port_number in range(1, ports + 1):
        port(made, port_number)
    return made


def port(of: Station, number: int = 1, *, status: str = "", **fields: Any) -> ChargePort:
    made = ChargePort.objects.create(organisation_id=of.organisation_id, station=of, number=number, **fields)
    PortState.objects.create(port=made, status=status)
    return made


def token(of: Organisation, text: str | None = None, **fields: Any) -> IdToken:
    return IdToken.objects.create(organisation=of, token=text or f"TAG{next(_numbers):06}", **fields)


def token_group(of: Organisation, parent_id: str | None = None) -> TokenGroup:
    return TokenGroup.objects.create(organisation=of, parent_id=parent_id or f"PARENT{next(_numbers)}")


def contract(of: Organisation, emaid: str | None = None, **fields: Any) -> Contract:
    emaid = emaid or f"DEABCC{next(_numbers):08}"
    return Contract.objects.create(organisation=of, emaid=emaid, emaid_key=emaid.upper(), **fields)


def vouchers(of: Organisation, count: int = 1, **fields: Any) -> list[Voucher]:
    """Open vouchers of one batch, good everywhere unless the fields say else."""
    batch = create_vouchers(SYSTEM, of, count, **{"name": "Opening day", **fields})
    return list(batch.vouchers.order_by("pk"))


def session(of: Station, **fields: Any) -> ChargingSession:
    """A session that ended a minute ago after an hour, with 10 kWh; `state` RUNNING has no end."""
    now = datetime.now(UTC).replace(microsecond=0)
    start = fields.pop("started_at", now - timedelta(minutes=61))
    runs = fields.get("state") == SessionState.RUNNING
    ended = None if runs else fields.pop("ended_at", start + timedelta(hours=1))
    values = {
        "port_number": 1,
        "state": SessionState.ENDED,
        "id_tag": "CARD1",
        "started_at": start,
        "start_received_at": start,
        "ended_at": ended,
        "stop_received_at": ended,
        "meter_start_wh": 1000,
        "meter_base_wh": 1000,
        "energy_wh": 10_000,
        "last_value_at": now if "power_w" in fields else None,
    }
    return ChargingSession.objects.create(organisation_id=of.organisation_id, station=of, **(values | fields))


def scheduled_stop(of: Station, **fields: Any) -> ScheduledStop:
    """A stop in an hour of whatever runs at port 1 then."""
    now = datetime.now(UTC)
    values = {"port_number": 1, "cause": "asked", "due_at": now + timedelta(hours=1), "planned_at": now}
    values |= {"actor_kind": "system", "actor_label": "cpms"}
    return ScheduledStop.objects.create(organisation_id=of.organisation_id, station=of, **(values | fields))


def signed_session(of: Station) -> ChargingSession:
    """An ended session with a signed value that nobody can read."""
    made = session(of)
    SignedValue.objects.create(
        organisation_id=of.organisation_id, session=made, port_number=1, sampled_at=made.started_at,
        received_at=made.started_at, context="Transaction.End", raw="OCMF|", data="OCMF|", encoding="plain",
    )  # fmt: skip
    return made


def tariff(of: Organisation, valid_from: datetime = datetime(2020, 1, 1, tzinfo=UTC), **prices: Any) -> Tariff:
    """A tariff of 0.50 EUR a kWh, or of the given prices."""
    made = Tariff.objects.create(organisation=of, name=f"Tariff {next(_numbers)}")
    prices = prices or {"price_kwh": Decimal("0.50")}
    TariffVersion.objects.create(organisation=of, tariff=made, valid_from=valid_from, **prices)
    return made


def meter_value(of: ChargingSession, minutes: float, **values: Any) -> None:
    """A reading so many minutes after the session's start."""
    at = of.started_at + timedelta(minutes=minutes)
    MeterValue.objects.create(
        received_at=at,
        organisation_id=of.organisation_id,
        station_id=of.station_id,
        port_number=of.port_number,
        session_id=of.pk,
        sampled_at=at,
        context="Sample.Periodic",
        **values,
    )


def setting(of: Station, key: str, value: str | None) -> ConfigurationValue:
    """A configuration key as the station reported it."""
    now = datetime.now(UTC)
    return ConfigurationValue.objects.create(
        organisation_id=of.organisation_id, station=of, key=key, value=value, first_read_at=now, changed_at=now
    )


def charging_profile(of: Organisation, name: str = "Evenings", **fields: Any) -> ChargingProfile:
    """A profile of the library: every day 16 A, and 8 A from 17:00 to 21:00."""
    periods = [{"start_s": 0, "limit": 16.0}, {"start_s": 61200, "limit": 8.0}, {"start_s": 75600, "limit": 16.0}]
    defaults = {"kind": "recurring", "recurrency": "daily", "unit": "A", "periods": periods, "created_by": "Somebody"}
    return ChargingProfile.objects.create(organisation=of, name=name, **{**defaults, **fields})


def installed_profile(of: Station, port_number: int = 0, **fields: Any) -> InstalledProfile:
    """A limit to 16 A that the charger accepted, by default for every session."""
    defaults = {
        "purpose": "session_default",
        "stack_level": 1,
        "profile_id": 70 + port_number,
        "schedule": {"kind": "relative", "unit": "A", "periods": [{"start_s": 0, "limit": 16.0}]},
        "installed_at": datetime.now(UTC),
    }
    return InstalledProfile.objects.create(
        organisation_id=of.organisation_id, station=of, port_number=port_number, **{**defaults, **fields}
    )


def command(of: Station, kind: CommandKind = CommandKind.RESET, **fields: Any) -> Command:
    """A command that waits for the station, for one hour."""
    defaults = {"parameters": {"type": "soft"}, "expires_at": datetime.now(UTC) + timedelta(hours=1)}
    actor = {"actor_kind": "user", "actor_label": "Somebody"}
    return Command.objects.create(
        organisation_id=of.organisation_id, station=of, kind=kind, **{**defaults, **actor, **fields}
    )


def campaign(of: Organisation, **fields: Any) -> Campaign:
    """The draft of a restart of the organisation's stations; there must be one."""
    values = {"audience": "All stations", "name": "Restart", "pause_s": 0, "max_failures": None} | fields
    stations = Station.objects.filter(organisation=of)
    return plan_campaign(SYSTEM, of, stations, CommandKind.RESET, {"type": "soft"}, **values)


def refusal(of: Organisation, identity: str = "NEW-1", **fields: Any) -> RefusedHandshake:
    """A charger that was refused because nobody knows its identity."""
    now = datetime.now(UTC)
    values = {"reason": RefusalReason.UNKNOWN_IDENTITY, "first_at": now, "last_at": now}
    return RefusedHandshake.objects.create(organisation=of, identity=identity, **(values | fields))


def error(of: Station, code: str = "GroundFailure", **fields: Any) -> EquipmentError:
    """An error of port 1 that began ten minutes ago and is still there."""
    since = fields.pop("since", datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10))
    values = {"port_number": 1, "error_code": code, "since": since, "last_at": since}
    return EquipmentError.objects.create(organisation_id=of.organisation_id, station=of, **(values | fields))


def article(of: Organisation, name: str = "Router", **fields: Any) -> Article:
    number = next(_numbers)
    group = ArticleGroup.objects.create(organisation=of, name=f"Group {number}")
    return Article.objects.create(organisation=of, group=group, name=name, **fields)


def component(of: Station, **fields: Any) -> Component:
    """A component that is installed at the station."""
    values = {"article": fields.pop("article", None) or article(of.organisation), "state": "installed", "station": of}
    return Component.objects.create(organisation_id=of.organisation_id, **(values | fields))


def firmware(of: Organisation, **fields: Any) -> Firmware:
    """An entry of the firmware library, with a small file behind it."""
    number = next(_numbers)
    file = stored_file(of, FIRMWARE, name=f"firmware-{number}.bin")
    values = {"vendor": "Nordwatt", "version": f"1.0.{number}", "created_by": "Olivia", "file": file}
    return Firmware.objects.create(organisation=of, **(values | fields))


def certificate(common_name: str = "Test") -> str:
    """A self-signed certificate in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def lock(of: Station, **fields: Any) -> PortLock:
    """A manual lock of the whole station."""
    return PortLock.objects.create(
        organisation_id=of.organisation_id,
        station=of,
        actor_kind="system",
        actor_label="cpms",
        **{"since": datetime.now(UTC), **fields},
    )


def reservation(of: Station, **fields: Any) -> Reservation:
    """One that the station has accepted, of port 1 for the next hour."""
    now = datetime.now(UTC)
    defaults: dict[str, Any] = {"port_number": 1, "id_tag": "TAG", "state": ReservationState.ACTIVE}
    defaults |= {"created_at": now, "expires_at": now + timedelta(hours=1)}
    return Reservation.objects.create(
        organisation_id=of.organisation_id, station=of, actor_kind="system", actor_label="cpms", **(defaults | fields)
    )


def window(of: Station, **fields: Any) -> MaintenanceWindow:
    """A maintenance window of the whole station: it began an hour ago and ends in an hour."""
    now = datetime.now(UTC)
    values = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1), "opened_at": now}
    actor = {"actor_kind": "user", "actor_label": "Somebody"}
    return MaintenanceWindow.objects.create(organisation_id=of.organisation_id, station=of, **(values | actor | fields))
