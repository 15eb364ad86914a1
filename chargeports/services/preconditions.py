"""Whether a station can be asked for something now, as far as is known here. The station has the last word."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from chargeports import smart_charging
from chargeports.choices import CommandKind, LockReason, PortStatus, ProfilePurpose
from chargeports.firmware import fitting
from chargeports.locks import Locks
from chargeports.models import ChargePort, ConfigurationValue, PortLock
from chargeports.parameters import MAY_NAME_PORT, NEEDS_PORT
from chargeports.services.outbox import SESSION_KINDS
from common.errors import Refused
from stations.choices import BootStatus, LifeCycle
from stations.models import StationState

LOCK_FAILURE = "ConnectorLockFailure"
SECURITY_PROFILE = "SecurityProfile"
RESERVES_ANY_PORT = "ReserveConnectorZeroSupported"


def check(state: StationState, kind: CommandKind, parameters: dict[str, Any], port_number: int | None) -> None:
    """Raise Refused or ValidationError, in words for a person, where the station cannot be asked."""
    _check_station(state)
    if kind in SESSION_KINDS:
        _check_charging(state, kind)
    port = _port(state, kind, port_number)
    if kind == CommandKind.START_CHARGING and port is not None:
        _check_lock(port)
    if kind == CommandKind.RESERVE:
        _check_reserving(state, port)
    _check_permanent_lock(state, kind, parameters, port_number or 0)
    if kind in (CommandKind.TRIGGER_MESSAGE, CommandKind.EXTENDED_TRIGGER):
        _check_trigger(state, parameters)
    if kind in (CommandKind.UPDATE_FIRMWARE, CommandKind.SIGNED_UPDATE_FIRMWARE):
        _check_firmware(state, kind, parameters)
    if kind == CommandKind.CHANGE_CONFIGURATION:
        _check_key(state, parameters)
    if kind == CommandKind.SET_CHARGING_PROFILE:
        _check_profile(state, parameters, port_number or 0)
    if kind == CommandKind.START_CHARGING and "profile" in parameters:
        _check_start_profile(state, parameters["profile"], port_number or 0)


def _check_profile(state: StationState, profile: dict[str, Any], port_number: int) -> None:
    """Which purpose is for which place (P02), and what the station takes (P03, OCPP 1.6 §9.4)."""
    if profile["purpose"] == ProfilePurpose.STATION_MAXIMUM and port_number:
        raise ValidationError({"port_number": _("The maximum of a station is for the whole station.")})
    if profile["purpose"] == ProfilePurpose.SESSION and not port_number:
        raise ValidationError({"port_number": _("Choose the charge port of the session.")})
    abilities = smart_charging.abilities_of(state.station_id)
    smart_charging.check_profile(abilities, profile)
    smart_charging.check_room(abilities, state.station_id, profile, port_number)


def _check_start_profile(state: StationState, profile: dict[str, Any], port_number: int) -> None:
    abilities = smart_charging.abilities_of(state.station_id)
    try:
        smart_charging.check_profile(abilities, profile)
    except ValidationError as error:
        raise ValidationError({"profile": error.messages}) from None
    smart_charging.check_room(abilities, state.station_id, profile, port_number)


def _check_firmware(state: StationState, kind: CommandKind, parameters: dict[str, Any]) -> None:
    """Firmware of the library, made for the station's manufacturer and model, and signed where it has to be. Nothing is
    known of what lies elsewhere.
    """
    if "location" in parameters:
        return
    chosen = fitting(state.station).filter(pk=parameters["firmware_id"]).first()
    if chosen is None:
        raise ValidationError({"firmware_id": _("The firmware library has nothing like this for the station.")})
    if kind == CommandKind.SIGNED_UPDATE_FIRMWARE and not chosen.signature:
        raise ValidationError({"firmware_id": _("This firmware has no signature.")})


def _check_station(state: StationState) -> None:
    if state.station.life_cycle == LifeCycle.DECOMMISSIONED:
        raise Refused(_("The station is decommissioned: it is not asked for anything any more."))
    if state.boot_status == BootStatus.REJECTED:
        raise Refused(_("The station was rejected when it booted: it is not asked for anything (OCPP 1.6 §4.2)."))


def _check_charging(state: StationState, kind: CommandKind) -> None:
    """A station that is not in operation starts nothing; what still runs there may be stopped (OCPP 1.6 §4.2)."""
    if kind == CommandKind.START_CHARGING and state.station.life_cycle != LifeCycle.IN_OPERATION:
        raise Refused(
            _("The station's life cycle is “%(life_cycle)s”: charging needs “in operation”.")
            % {"life_cycle": state.station.get_life_cycle_display()}
        )
    if state.boot_status != BootStatus.ACCEPTED:
        raise Refused(_("The station's boot is not accepted yet: until then it may neither start nor stop charging."))


def _port(state: StationState, kind: CommandKind, port_number: int | None) -> ChargePort | None:
    if not port_number:
        if kind in NEEDS_PORT:
            raise ValidationError({"port_number": _("Choose a charge port.")})
        return None
    if kind not in MAY_NAME_PORT:
        raise ValidationError({"port_number": _("This command concerns the whole station.")})
    ports = ChargePort.objects.filter(station_id=state.station_id, number=port_number)
    port = ports.select_related("state").first()
    if port is None:
        raise ValidationError(
            {"port_number": _("The station has no charge port %(number)d.") % {"number": port_number}}
        )
    return port


def _check_lock(port: ChargePort) -> None:
    """Other statuses block nothing: some chargers stay in Finishing, and no status proves a plug (S12, Q75, Q76)."""
    if port.state.status == PortStatus.FAULTED and port.state.error_code == LOCK_FAILURE:
        raise Refused(_("The port cannot lock the plug (ConnectorLockFailure): nothing can be charged there."))


def _check_reserving(state: StationState, port: ChargePort | None) -> None:
    """A station is reserved as a whole only where it says that it can be (V04)."""
    _check_charging(state, CommandKind.START_CHARGING)
    if port is not None:
        return
    told = ConfigurationValue.objects.filter(station_id=state.station_id, key__iexact=RESERVES_ANY_PORT).first()
    if told is None or (told.value or "").strip().lower() != "true":
        raise ValidationError({"port_number": _("This station reserves single charge ports only: choose one.")})


def _check_permanent_lock(state: StationState, kind: CommandKind, parameters: dict[str, Any], number: int) -> None:
    """Nothing makes a locked place usable, or uses it, before the lock is undone. A whole station may be made usable
    though one of its ports is locked: that one is set right again."""
    starts = kind in (CommandKind.START_CHARGING, CommandKind.RESERVE)
    if not starts and not (kind == CommandKind.CHANGE_AVAILABILITY and parameters["operative"]):
        return
    locks = Locks([state.station_id])
    here = locks.on(state.station_id, number)
    if starts:
        here = [] if locks.lets(state.station_id, number, parameters["id_tag"], timezone.now()) else here
    else:
        here = [lock for lock in here if not lock.tokens]
    if here:
        raise Refused(_why_locked(here[0]))


def _why_locked(lock: PortLock) -> str:
    if lock.reason == LockReason.MANUAL:
        return _("Locked permanently by %(by)s: it has to be unlocked first.") % {"by": lock.actor_label}
    if lock.tokens:
        return _("Locked for maintenance: only the tokens that its window names may charge.")
    return _("Locked for maintenance: its window has to end first.")


def _check_trigger(state: StationState, parameters: dict[str, Any]) -> None:
    """Asked to boot again after an accepted boot, some chargers refuse and some loop (B10)."""
    if parameters["message"] == "boot" and state.boot_status == BootStatus.ACCEPTED:
        raise Refused(_("The station's boot was accepted already: asking for it again confuses some chargers."))


def _check_key(state: StationState, parameters: dict[str, Any]) -> None:
    key, value = parameters["key"], parameters["value"]
    if ConfigurationValue.objects.filter(station_id=state.station_id, key__iexact=key, readonly=True).exists():
        raise Refused(_("The station says that %(key)s can only be read.") % {"key": key})
    if key.lower() == SECURITY_PROFILE.lower() and value.isdecimal() and int(value) < state.station.security_profile:
        raise Refused(_("A security profile is only ever raised, never lowered (OCPP security whitepaper)."))
