"""The neutral parameters of each kind of command, and what they must look like."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chargeports.choices import CertificateUse, CommandKind, ProfilePurpose, RateUnit, Recurrency, ScheduleKind
from chargeports.configuration import known_key

Parameters = dict[str, Any]

ID_TAG_LENGTH = 20
KEY_LENGTH = 50
VALUE_LENGTH = 500
DATA_LENGTH = 10_000
ADDRESS_LENGTH = 1000
ADDRESS_SCHEMES = ("https", "http", "ftps", "ftp", "sftp")
# OCPP's security extension takes no more.
SIGNING_CERTIFICATE_LENGTH = 5500
SIGNATURE_LENGTH = 800
# Security whitepaper, InstallCertificate.req and CertificateSigned.req.
CERTIFICATE_LENGTH = 5_500
CHAIN_LENGTH = 10_000
HASH_ALGORITHMS = ("SHA256", "SHA384", "SHA512")
MAX_TRANSACTION_ID = 2**31 - 1
MAX_LIMIT_A = 1000
# Kinds that concern one port and need to know which (C09); the others that may name one.
NEEDS_PORT = (CommandKind.START_CHARGING, CommandKind.UNLOCK)
MAY_NAME_PORT = (
    *NEEDS_PORT,
    CommandKind.STOP_CHARGING,
    CommandKind.CHANGE_AVAILABILITY,
    CommandKind.TRIGGER_MESSAGE,
    CommandKind.EXTENDED_TRIGGER,
    CommandKind.RESERVE,
    CommandKind.CANCEL_RESERVATION,
    CommandKind.SET_CHARGING_PROFILE,
    CommandKind.CLEAR_CHARGING_PROFILE,
    CommandKind.GET_COMPOSITE_SCHEDULE,
)
TRIGGERS = ("status", "meter_values", "heartbeat", "boot", "diagnostics_status", "firmware_status")
EXTENDED_TRIGGERS = ("boot", "log_status", "firmware_status", "heartbeat", "meter_values", "status", "sign_certificate")
RESETS = ("soft", "hard")
LOGS = ("diagnostics", "security")
MAX_PROFILE_ID = 2**31 - 1
MAX_STACK_LEVEL = 1000
MAX_PERIODS = 500
MAX_LIMIT = {RateUnit.AMPERES: MAX_LIMIT_A, RateUnit.WATTS: 2_000_000}
MAX_SCHEDULE_S = 366 * 86_400
SHORTEST_COMPOSITE_S, LONGEST_COMPOSITE_S = 60, 7 * 86_400
PHASES = (1, 2, 3)
MAX_RETRIES = 20
MAX_RETRY_INTERVAL_S = 24 * 3600


def checked(kind: CommandKind, parameters: Parameters) -> Parameters:
    """The parameters as they are stored. Raises ValidationError by parameter name."""
    taker = _Taker(parameters)
    _CHECKS[kind](taker)
    return taker.finished()


def check_schedule(profile: Parameters) -> Parameters:
    """The parameters of a profile whatever it is for, as they are stored. Raises ValidationError by parameter name."""
    taker = _Taker(profile)
    _schedule(taker)
    return taker.finished()


class _Taker:
    """Takes parameters out of what was given and gathers what is wrong with them."""

    def __init__(self, given: Parameters) -> None:
        self.given = {name: value for name, value in given.items() if value is not None}
        self.taken: Parameters = {}
        self.errors: dict[str, Any] = {}

    def text(self, name: str, length: int, *, required: bool = True, blank: bool = False) -> None:
        value = self._take(name, required)
        if value is None:
            return
        if not isinstance(value, str) or "\x00" in value or (not value and not blank):
            self.errors[name] = _("A text is needed.")
        elif len(value) > length:
            self.errors[name] = _("At most %(length)d characters.") % {"length": length}

    def number(
        self, name: str, highest: int, *, required: bool = True, whole: bool = True, lowest: int | None = None
    ) -> None:
        """A number from `lowest`; without one above 0."""
        value = self._take(name, required)
        kinds = int if whole else (int, float)
        if value is None:
            return
        is_number = isinstance(value, kinds) and not isinstance(value, bool)
        if not is_number or value > highest or (value <= 0 if lowest is None else value < lowest):
            limits = {"lowest": 1 if lowest is None else lowest, "highest": highest}
            self.errors[name] = _("A number from %(lowest)d to %(highest)d is needed.") % limits

    def one_of(self, name: str, values: tuple[str, ...]) -> None:
        value = self._take(name, required=True)
        if value is not None and value not in values:
            self.errors[name] = _("One of these is needed: %(values)s.") % {"values": ", ".join(values)}

    def truth(self, name: str, *, required: bool = True) -> None:
        value = self._take(name, required)
        if value is not None and not isinstance(value, bool):
            self.errors[name] = _("Yes or no is needed.")

    def time(self, name: str) -> None:
        """A time with its offset, as text (ISO 8601)."""
        value = self._take(name, required=True)
        try:
            is_time = value is None or datetime.fromisoformat(value).tzinfo is not None
        except (TypeError, ValueError):
            is_time = False
        if not is_time:
            self.errors[name] = _("A time with its offset is needed.")

    def texts(self, name: str, length: int) -> None:
        self.given.setdefault(name, [])
        values = self._take(name, required=True)
        is_list = isinstance(values, list | tuple)
        if not is_list or not all(isinstance(one, str) and 0 < len(one) <= length for one in values):
            self.errors[name] = _("A list of names is needed, each of at most %(length)d characters.") % {
                "length": length
            }

    def moment(self, name: str) -> None:
        """An optional time, given as such or in ISO 8601 with its offset; kept in ISO 8601, UTC."""
        value = self._take(name, required=False)
        if value is None:
            return
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
            self.taken[name] = moment.astimezone(UTC).isoformat(timespec="seconds")
            if moment.tzinfo is None:
                self.errors[name] = _("A time with its zone is needed.")
        except (TypeError, ValueError, OverflowError):
            self.errors[name] = _("A time is needed.")

    def period(self, start: str, stop: str) -> None:
        """Two optional times, the first before the second."""
        self.moment(start)
        self.moment(stop)
        both = not self.errors and start in self.taken and stop in self.taken
        if both and self.taken[start] >= self.taken[stop]:
            self.errors[stop] = _("The end lies before the beginning.")

    def address(self, name: str) -> None:
        """An optional address of a file elsewhere. What it holds is shown and logged, so that it holds no password."""
        self.text(name, ADDRESS_LENGTH, required=False)
        if name not in self.taken or name in self.errors:
            return
        try:
            parts = urlsplit(self.taken[name])
            is_good = parts.scheme in ADDRESS_SCHEMES and bool(parts.hostname) and "@" not in parts.netloc
        except ValueError:
            is_good = False
        if not is_good:
            known = {"schemes": ", ".join(ADDRESS_SCHEMES)}
            self.errors[name] = _("An address without user and password is needed, by %(schemes)s.") % known

    def retries(self) -> None:
        """How often a station tries again, and after how long."""
        self.number("retries", MAX_RETRIES, required=False, lowest=0)
        self.number("retry_interval_s", MAX_RETRY_INTERVAL_S, required=False)

    def periods(self) -> None:
        """The periods of a schedule: where each begins, its limit to one decimal, and perhaps the phases it is for."""
        value = self._take("periods", required=True)
        if "periods" in self.errors:
            return
        try:
            self.taken["periods"] = [_period(one, str(self.taken.get("unit"))) for one in _listed(value)]
            _check_order(self.taken["periods"])
        except ValidationError as error:
            self.errors["periods"] = error.messages

    def nested(self, name: str, check: "Callable[[_Taker], None]") -> None:
        """Parameters of their own under one name, which is optional."""
        value = self._take(name, required=False)
        if value is None:
            return
        if not isinstance(value, dict):
            self.errors[name] = _("This is needed.")
            return
        inner = _Taker(value)
        check(inner)
        try:
            self.taken[name] = inner.finished()
        except ValidationError as error:
            self.errors[name] = [f"{field}: {text}" for field, texts in error.message_dict.items() for text in texts]

    def check_value(self) -> None:
        """Look at a configuration value by what is known of its key."""
        known = None if self.errors else known_key(self.taken["key"])
        remark = known.remark_on(self.taken["value"]) if known else None
        if remark:
            self.errors["value"] = remark

    def needs(self, name: str, why: Any) -> None:
        if name not in self.taken and name not in self.errors:
            self.errors[name] = why

    def _take(self, name: str, required: bool) -> Any:
        if name in self.given:
            self.taken[name] = self.given.pop(name)
        elif required:
            self.errors[name] = _("This is needed.")
        return self.taken.get(name)

    def finished(self) -> Parameters:
        unknown = {name: _("This command has no such parameter.") for name in self.given}
        if self.errors or unknown:
            raise ValidationError({**unknown, **self.errors})
        return self.taken


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_PERIODS:
        raise ValidationError(_("From 1 to %(most)d periods are needed.") % {"most": MAX_PERIODS})
    return value


def _period(given: Any, unit: str) -> Parameters:
    """A limit has one decimal (OCPP 1.6 errata 3.45)."""
    if not isinstance(given, dict) or given.keys() - {"start_s", "limit", "phases"}:
        raise ValidationError(_("A period has a start, a limit, and perhaps a number of phases."))
    start_s, limit, phases = given.get("start_s"), given.get("limit"), given.get("phases")
    if not isinstance(start_s, int) or isinstance(start_s, bool) or not 0 <= start_s <= MAX_SCHEDULE_S:
        raise ValidationError(_("A period begins so many whole seconds after the schedule."))
    highest = MAX_LIMIT[RateUnit.AMPERES if unit == RateUnit.AMPERES else RateUnit.WATTS]
    if not isinstance(limit, int | float) or isinstance(limit, bool) or not 0 <= limit <= highest:
        raise ValidationError(_("A limit is a number from 0 to %(highest)d.") % {"highest": highest})
    if phases is not None and phases not in PHASES:
        raise ValidationError(_("The number of phases is 1, 2 or 3."))
    said = {"start_s": start_s, "limit": round(float(limit), 1)}
    return said if phases is None else {**said, "phases": phases}


def _check_order(periods: list[Parameters]) -> None:
    """The first period begins with the schedule, each other one later than that before it (OCPP 1.6 §7.14)."""
    starts = [period["start_s"] for period in periods]
    if starts[0] != 0:
        raise ValidationError(_("The first period begins with the schedule, at 0."))
    if any(later <= earlier for earlier, later in pairwise(starts)):
        raise ValidationError(_("The periods begin one after the other."))


def _schedule(taker: _Taker) -> None:
    """What a profile says whatever it is for (OCPP 1.6 §7.8, §7.13)."""
    taker.text("name", 80, required=False)
    taker.number("profile_id", MAX_PROFILE_ID, required=False)
    taker.number("stack_level", MAX_STACK_LEVEL, required=False, lowest=0)
    taker.one_of("kind", tuple(ScheduleKind.values))
    taker.one_of("unit", tuple(RateUnit.values))
    taker.periods()
    taker.period("valid_from", "valid_to")
    taker.moment("start_at")
    taker.number("duration_s", MAX_SCHEDULE_S, required=False)
    taker.number("minimum", MAX_LIMIT[RateUnit.WATTS], required=False, whole=False, lowest=0)
    if taker.taken.get("kind") == ScheduleKind.RECURRING:
        taker.one_of("recurrency", tuple(Recurrency.values))
        taker.needs("start_at", _("A schedule that comes again needs a first beginning."))
    if taker.taken.get("kind") == ScheduleKind.RELATIVE and "start_at" in taker.taken:
        taker.errors["start_at"] = _("A schedule that begins with the session has no beginning of its own.")


def _session_schedule(taker: _Taker) -> None:
    """The profile of one session ends with it (OCPP 1.6 §7.8)."""
    _schedule(taker)
    for name in {"valid_from", "valid_to"} & taker.taken.keys():
        taker.errors[name] = _("A profile for one session has no validity of its own: it ends with the session.")


def _start_schedule(taker: _Taker) -> None:
    """What goes along with a start can only be for its session: its purpose may be said (OCPP 1.6 §5.11)."""
    if taker.given.get("purpose") is not None:
        taker.one_of("purpose", (ProfilePurpose.SESSION.value,))
        taker.taken.pop("purpose", None)
    _session_schedule(taker)


def _set_profile(taker: _Taker) -> None:
    """Which purpose goes with what: P02, OCPP 1.6 §3.13.1."""
    taker.one_of("purpose", tuple(ProfilePurpose.values))
    purpose = taker.taken.get("purpose")
    if purpose == ProfilePurpose.SESSION:
        taker.number("session_id", MAX_TRANSACTION_ID)
        _session_schedule(taker)
    else:
        _schedule(taker)
    if purpose == ProfilePurpose.STATION_MAXIMUM and taker.taken.get("kind") == ScheduleKind.RELATIVE:
        taker.errors["kind"] = _("The maximum of a station does not hang on a session.")


def _clear_profiles(taker: _Taker) -> None:
    taker.number("profile_id", MAX_PROFILE_ID, required=False)
    if taker.given.get("purpose") is not None:
        taker.one_of("purpose", tuple(ProfilePurpose.values))
    taker.number("stack_level", MAX_STACK_LEVEL, required=False, lowest=0)
    taker.truth("station_itself", required=False)


def _composite(taker: _Taker) -> None:
    taker.number("duration_s", LONGEST_COMPOSITE_S, lowest=SHORTEST_COMPOSITE_S)
    if taker.given.get("unit") is not None:
        taker.one_of("unit", tuple(RateUnit.values))


def _start(taker: _Taker) -> None:
    taker.text("id_tag", ID_TAG_LENGTH)
    taker.number("limit_a", MAX_LIMIT_A, required=False, whole=False)
    taker.nested("profile", _start_schedule)
    if "limit_a" in taker.taken and "profile" in taker.taken:
        taker.errors["limit_a"] = _("Either a limit or a charging profile, not both.")


def _stop(taker: _Taker) -> None:
    taker.number("session_id", MAX_TRANSACTION_ID)


def _reset(taker: _Taker) -> None:
    taker.one_of("type", RESETS)


def _availability(taker: _Taker) -> None:
    taker.truth("operative")
    taker.truth("permanent", required=False)


def _reserve(taker: _Taker) -> None:
    taker.number("reservation_id", MAX_TRANSACTION_ID)
    taker.text("id_tag", ID_TAG_LENGTH)
    taker.text("parent_id_tag", ID_TAG_LENGTH, required=False)
    taker.time("until")


def _cancel_reservation(taker: _Taker) -> None:
    taker.number("reservation_id", MAX_TRANSACTION_ID)


def _read_configuration(taker: _Taker) -> None:
    taker.texts("keys", KEY_LENGTH)


def _change_configuration(taker: _Taker) -> None:
    taker.text("key", KEY_LENGTH)
    taker.text("value", VALUE_LENGTH, blank=True)
    taker.check_value()


def _trigger(taker: _Taker) -> None:
    taker.one_of("message", TRIGGERS)


def _extended_trigger(taker: _Taker) -> None:
    taker.one_of("message", EXTENDED_TRIGGERS)


def _data_transfer(taker: _Taker) -> None:
    taker.text("vendor_id", 255)
    taker.text("message_id", 50, required=False)
    taker.text("data", DATA_LENGTH, required=False, blank=True)


def _nothing(taker: _Taker) -> None:
    """This kind has no parameters."""


def _get_diagnostics(taker: _Taker) -> None:
    taker.address("location")
    taker.period("start_at", "stop_at")
    taker.retries()


def _get_log(taker: _Taker) -> None:
    taker.one_of("log", LOGS)
    _get_diagnostics(taker)


def _update_firmware(taker: _Taker) -> None:
    """Firmware of the library, or that of an address elsewhere."""
    taker.address("location")
    taker.number("firmware_id", 2**63 - 1, required="location" not in taker.taken)
    taker.text("version", 120, required=False)
    taker.moment("retrieve_at")
    taker.retries()


def _signed_update_firmware(taker: _Taker) -> None:
    _update_firmware(taker)
    taker.moment("install_at")
    if "location" in taker.taken:
        taker.text("signing_certificate", SIGNING_CERTIFICATE_LENGTH)
        taker.text("signature", SIGNATURE_LENGTH)


def _send_local_list(taker: _Taker) -> None:
    """`full`: send everything, whatever is known of the station's list; `empty`: send an empty list."""
    taker.truth("full", required=False)
    taker.truth("empty", required=False)


def _certificate_use(taker: _Taker) -> None:
    taker.one_of("certificate_type", tuple(CertificateUse.values))


def _install_certificate(taker: _Taker) -> None:
    _certificate_use(taker)
    taker.text("certificate", CERTIFICATE_LENGTH)


def _delete_certificate(taker: _Taker) -> None:
    """The station's own words for one of its certificates (CertificateHashDataType)."""
    taker.one_of("hash_algorithm", HASH_ALGORITHMS)
    taker.text("issuer_name_hash", 128)
    taker.text("issuer_key_hash", 128)
    taker.text("serial_number", 40)


def _certificate_signed(taker: _Taker) -> None:
    taker.text("certificate_chain", CHAIN_LENGTH)


_CHECKS: dict[CommandKind, Callable[[_Taker], None]] = {
    CommandKind.START_CHARGING: _start,
    CommandKind.STOP_CHARGING: _stop,
    CommandKind.UNLOCK: _nothing,
    CommandKind.RESET: _reset,
    CommandKind.CHANGE_AVAILABILITY: _availability,
    CommandKind.READ_CONFIGURATION: _read_configuration,
    CommandKind.CHANGE_CONFIGURATION: _change_configuration,
    CommandKind.RESERVE: _reserve,
    CommandKind.CANCEL_RESERVATION: _cancel_reservation,
    CommandKind.CLEAR_CACHE: _nothing,
    CommandKind.TRIGGER_MESSAGE: _trigger,
    CommandKind.DATA_TRANSFER: _data_transfer,
    CommandKind.EXTENDED_TRIGGER: _extended_trigger,
    CommandKind.GET_LOCAL_LIST_VERSION: _nothing,
    CommandKind.GET_DIAGNOSTICS: _get_diagnostics,
    CommandKind.GET_LOG: _get_log,
    CommandKind.UPDATE_FIRMWARE: _update_firmware,
    CommandKind.SIGNED_UPDATE_FIRMWARE: _signed_update_firmware,
    CommandKind.SET_CHARGING_PROFILE: _set_profile,
    CommandKind.CLEAR_CHARGING_PROFILE: _clear_profiles,
    CommandKind.GET_COMPOSITE_SCHEDULE: _composite,
    CommandKind.SEND_LOCAL_LIST: _send_local_list,
    CommandKind.GET_INSTALLED_CERTIFICATE_IDS: _certificate_use,
    CommandKind.INSTALL_CERTIFICATE: _install_certificate,
    CommandKind.DELETE_CERTIFICATE: _delete_certificate,
    CommandKind.CERTIFICATE_SIGNED: _certificate_signed,
}
