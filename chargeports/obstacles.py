"""Why stations are not asked by a campaign: the checks of `services.preconditions` for any number of stations at once,
and what a person would see in the dialog of a single command as a doubt. The first that holds is told.
"""

from collections.abc import Iterator

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, NullIf

from chargeports.capabilities import FEATURE_PROFILES, PROFILE
from chargeports.choices import OPEN_STATES, CommandKind, Obstacle
from chargeports.models import (
    Campaign,
    CampaignTarget,
    ChargePort,
    Command,
    ConfigurationValue,
    Firmware,
    PortLock,
    UnknownCommand,
)
from chargeports.services.preconditions import SECURITY_PROFILE
from stations.choices import BootStatus, LifeCycle, SecurityProfile
from stations.models import Station

_UPDATES = (CommandKind.UPDATE_FIRMWARE, CommandKind.SIGNED_UPDATE_FIRMWARE)
_TRIGGERS = (CommandKind.TRIGGER_MESSAGE, CommandKind.EXTENDED_TRIGGER)
Condition = Q | Exists


def with_obstacles(targets: QuerySet[CampaignTarget], campaign: Campaign) -> QuerySet[CampaignTarget]:
    """The campaign's targets, each with its `obstacle`; empty where the station can be asked now."""
    cases = [When(condition, then=Value(obstacle.value)) for obstacle, condition in _conditions(campaign)]
    return targets.annotate(obstacle=Case(*cases, default=Value(""), output_field=CharField()))


def _conditions(campaign: Campaign) -> Iterator[tuple[Obstacle, Condition]]:
    kind = CommandKind(campaign.kind)
    yield Obstacle.DECOMMISSIONED, Q(station__life_cycle=LifeCycle.DECOMMISSIONED)
    yield Obstacle.REJECTED, Q(station__state__boot_status=BootStatus.REJECTED)
    if campaign.port_number:
        yield Obstacle.NO_PORT, ~Q(_of_station(ChargePort, number=campaign.port_number))
    if kind == CommandKind.CHANGE_AVAILABILITY and campaign.parameters["operative"]:
        yield Obstacle.LOCKED, _locked(campaign.port_number or 0)
    if kind in _TRIGGERS and campaign.parameters["message"] == "boot":
        yield Obstacle.BOOTED, Q(station__state__boot_status=BootStatus.ACCEPTED)
    if kind in _UPDATES:
        yield from _about_firmware(campaign)
    yield Obstacle.LACKS, _lacks(kind)
    if kind == CommandKind.CHANGE_CONFIGURATION:
        yield from _about_settings()
    else:
        yield Obstacle.UNDER_WAY, _of_station(Command, kind=kind, state__in=OPEN_STATES)
    yield Obstacle.OFFLINE, Q(station__state__online=False)


def _of_station(model: type[ChargePort | Command | ConfigurationValue | PortLock], **which: object) -> Exists:
    return Exists(model.objects.filter(station_id=OuterRef("station_id"), **which))


def _locked(port_number: int) -> Exists:
    """A lock of the whole station covers every port of it; one that names tokens keeps nothing inoperative."""
    return _of_station(PortLock, until__isnull=True, tokens__len=0, port_number__in={0, port_number})


def _lacks(kind: CommandKind) -> Condition:
    """The station lists OCPP's profiles without the command's, or others of its kind answered not to know it."""
    alike = {name: OuterRef(f"station__report__{name}") for name in ("vendor", "model", "firmware_version")}
    unknown = Exists(UnknownCommand.objects.filter(**alike, kind=kind))
    if kind not in PROFILE:
        return unknown
    listed = ConfigurationValue.objects.filter(station_id=OuterRef("station_id"), key=FEATURE_PROFILES)
    missing = listed.exclude(value=None).exclude(value="").exclude(value__icontains=PROFILE[kind])
    return Q(unknown) | Q(Exists(missing))


def _about_firmware(campaign: Campaign) -> Iterator[tuple[Obstacle, Condition]]:
    """Of a station whose manufacturer is not known nobody knows what fits: a campaign leaves it out."""
    firmware = Firmware.objects.filter(pk=campaign.parameters["firmware_id"], removed_at=None).first()
    unsigned = campaign.kind == CommandKind.SIGNED_UPDATE_FIRMWARE and firmware and not firmware.signature
    if firmware is None or unsigned:
        yield Obstacle.UNFIT, Q(pk__isnull=False)
        return
    fits = _said("vendor", firmware.vendor)
    if firmware.model:
        fits &= _said("model", firmware.model)
    stations = Station.objects.filter(pk=OuterRef("station_id"))
    yield Obstacle.UNFIT, ~Q(Exists(stations.annotate(**_SAID).filter(fits)))
    yield Obstacle.HAS_IT, Q(station__report__firmware_version__iexact=firmware.version)


_SAID = {
    f"said_{name}": Coalesce(NullIf(F(f"report__{name}"), Value("")), F(name), output_field=CharField())
    for name in ("vendor", "model")
}


def _said(name: str, value: str) -> Q:
    """What the charger says that it is, or else what was entered (`chargeports.firmware.model_of`)."""
    return Q(**{f"said_{name}__iexact": value})


def _about_settings() -> Iterator[tuple[Obstacle, Condition]]:
    told = ConfigurationValue.objects.filter(station_id=OuterRef("station_id"), key__iexact=OuterRef("key"))
    yield Obstacle.READ_ONLY, Exists(told.filter(readonly=True))
    profile = Cast(F("station__security_profile"), CharField())
    digits = [str(number) for number in SecurityProfile.values]
    yield Obstacle.LOWERS_PROFILE, Q(key__iexact=SECURITY_PROFILE, value__in=digits, value__lt=profile)
    yield Obstacle.HAS_IT, Exists(told.filter(value=OuterRef("value")))
