from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from common.rights import Text


class TokenKind(TextChoices):
    RFID = "rfid", _("RFID card")
    REMOTE = "remote", _("App or portal")
    VEHICLE = "vehicle", _("Vehicle")
    # Made for one start from the portal, and blocked when its session has ended.
    ONCE = "once", _("For one start")


class StartMethod(TextChoices):
    """What a start is authorised with."""

    TOKEN = "token", _("Id token")
    CONTRACT = "contract", _("Customer contract")
    GOODWILL = "goodwill", _("Goodwill")
    VOUCHER = "voucher", _("Voucher")


class PortalStartState(TextChoices):
    """The way of a start from the portal to its session."""

    WAITING = "waiting", _("Waiting for the session")
    CHARGING = "charging", _("Charging")
    DONE = "done", _("Done")
    FAILED = "failed", _("Not begun")


class LimitKind(TextChoices):
    """What ended a session that was started with limits."""

    DURATION = "duration", _("The longest duration was reached")
    ENERGY = "energy", _("The energy of the voucher was used up")
    AMOUNT = "amount", _("The money of the voucher was used up")


class VoucherState(TextChoices):
    OPEN = "open", _("Open")
    NOT_YET_VALID = "early", _("Not valid yet")
    REDEEMED = "redeemed", _("Redeemed")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


class RebootState(TextChoices):
    WAITING = "waiting", _("Waiting until nobody charges")
    DONE = "done", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")


class AttemptOccasion(TextChoices):
    """When somebody asked whether a token may charge."""

    READER = "reader", _("At the reader")
    START = "start", _("At the start of a session")
    PORTAL = "portal", _("From the portal")


class TokenStatus(TextChoices):
    ACTIVE = "active", _("Active")
    BLOCKED = "blocked", _("Blocked")


class ContractStatus(TextChoices):
    ACTIVE = "active", _("Active")
    BLOCKED = "blocked", _("Blocked")


class AuthorizationStatus(TextChoices):
    """OCPP 1.6 §7.2."""

    ACCEPTED = "Accepted", _("Accepted")
    BLOCKED = "Blocked", _("Blocked")
    EXPIRED = "Expired", _("Expired")
    INVALID = "Invalid", _("Invalid")
    CONCURRENT_TX = "ConcurrentTx", _("Charging elsewhere")


class Refusal(TextChoices):
    """Why a token may not charge; the charger is told `status` only."""

    UNKNOWN = "unknown", _("The token is not known")
    BLOCKED = "blocked", _("The token is blocked")
    EXPIRED = "expired", _("The token has expired")
    CONTRACT_BLOCKED = "contract_blocked", _("The contract is blocked")
    CONTRACT_EXPIRED = "contract_expired", _("The contract has ended")
    CONTRACT_NOT_BEGUN = "contract_not_begun", _("The contract is not valid yet")
    NOT_ADMITTED = "not_admitted", _("The token is in no group that may charge at this station")
    LOCKED = "locked", _("The charge port is locked")
    CHARGING_ELSEWHERE = "charging_elsewhere", _("The token charges elsewhere already")
    WRONG_PASSWORD = "wrong_password", _("EMAID and password do not belong together")
    TOO_MANY_ATTEMPTS = "too_many_attempts", _("Too many wrong passwords")
    VOUCHER_UNKNOWN = "voucher_unknown", _("There is no such voucher")
    VOUCHER_REDEEMED = "voucher_redeemed", _("The voucher is redeemed already")
    VOUCHER_REVOKED = "voucher_revoked", _("The voucher is revoked")
    VOUCHER_EXPIRED = "voucher_expired", _("The voucher has expired")
    VOUCHER_NOT_BEGUN = "voucher_not_begun", _("The voucher is not valid yet")
    VOUCHER_ELSEWHERE = "voucher_elsewhere", _("The voucher is not good at this charge port")
    NOT_ASKED = "not_asked", _("The station could not be asked")

    @property
    def status(self) -> AuthorizationStatus:
        """The status of OCPP 1.6 §7.2."""
        return _STATUS_OF_REFUSAL[self]


_STATUS_OF_REFUSAL = {
    Refusal.UNKNOWN: AuthorizationStatus.INVALID,
    Refusal.BLOCKED: AuthorizationStatus.BLOCKED,
    Refusal.EXPIRED: AuthorizationStatus.EXPIRED,
    Refusal.CONTRACT_BLOCKED: AuthorizationStatus.BLOCKED,
    Refusal.CONTRACT_EXPIRED: AuthorizationStatus.EXPIRED,
    Refusal.CONTRACT_NOT_BEGUN: AuthorizationStatus.BLOCKED,
    Refusal.NOT_ADMITTED: AuthorizationStatus.BLOCKED,
    Refusal.LOCKED: AuthorizationStatus.BLOCKED,
    Refusal.CHARGING_ELSEWHERE: AuthorizationStatus.CONCURRENT_TX,
    Refusal.WRONG_PASSWORD: AuthorizationStatus.INVALID,
    Refusal.TOO_MANY_ATTEMPTS: AuthorizationStatus.BLOCKED,
    Refusal.VOUCHER_UNKNOWN: AuthorizationStatus.INVALID,
    Refusal.VOUCHER_REDEEMED: AuthorizationStatus.INVALID,
    Refusal.VOUCHER_REVOKED: AuthorizationStatus.BLOCKED,
    Refusal.VOUCHER_EXPIRED: AuthorizationStatus.EXPIRED,
    Refusal.VOUCHER_NOT_BEGUN: AuthorizationStatus.BLOCKED,
    Refusal.VOUCHER_ELSEWHERE: AuthorizationStatus.BLOCKED,
    Refusal.NOT_ASKED: AuthorizationStatus.INVALID,
}


class SessionState(TextChoices):
    RUNNING = "running", _("Running")
    ENDED = "ended", _("Ended")
    # The charger never sent the end; the last meter value stands in until a late StopTransaction corrects it.
    ENDED_WITHOUT_STOP = "ended_without_stop", _("Ended without record")
    SUPERSEDED = "superseded", _("Superseded")
    # A StopTransaction or meter values for a transaction that nobody started here.
    ORPHAN = "orphan", _("Without start")


CLOSED_WITHOUT_STOP = (SessionState.ENDED_WITHOUT_STOP, SessionState.SUPERSEDED)
COUNTED = (SessionState.ENDED, *CLOSED_WITHOUT_STOP)


class SessionFlag(TextChoices):
    """What is odd about a session; none of it ever kept a charger from its answer (OCPP 1.6 §4.7–4.10)."""

    NOT_AUTHORISED = "not_authorised", _("The token was refused at the start")
    UNKNOWN_PORT = "unknown_port", _("Started on a port that was not known")
    CLOCK = "clock", _("The charger's clock was wrong")
    NEGATIVE_ENERGY = "negative_energy", _("The meter ran backwards")
    NEGATIVE_DURATION = "negative_duration", _("Ended before it started")
    OFFLINE = "offline", _("Reported afterwards")
    NO_TRANSACTION_ID = "no_transaction_id", _("The charger did not know the transaction id")
    OTHER_TOKEN = "other_token", _("Stopped by a token that may not")
    REGISTER_RESET = "register_reset", _("The meter register fell during the session")
    LATE_STOP = "late_stop", _("The end arrived after the session was closed")
    METER_START = "meter_start", _("The meter's start value was taken from its readings")
    IMPLAUSIBLE_ENERGY = "implausible_energy", _("More energy than the charge port can deliver")

    @property
    def meaning(self) -> Text:
        """What it means for the session, in a sentence."""
        return _MEANINGS[self]


_MEANINGS = {
    SessionFlag.NOT_AUTHORISED: _(
        "The charger began before it asked, and the portal refused the token. Whether it goes on is a setting of the "
        "charger (StopTransactionOnInvalidId)."
    ),
    SessionFlag.UNKNOWN_PORT: _("The charger named a charge port that had been neither entered nor reported."),
    SessionFlag.CLOCK: _("The charger's times cannot be right. The times at which its messages arrived count instead."),
    SessionFlag.NEGATIVE_ENERGY: _(
        "The meter's end value lies below its start value or its last reading. The energy is what the readings say."
    ),
    SessionFlag.NEGATIVE_DURATION: _("The charger's end lies before its start. The duration counts as zero."),
    SessionFlag.OFFLINE: _("The charger had no connection, kept the session and reported it when it was back."),
    SessionFlag.NO_TRANSACTION_ID: _(
        "The charger ended the session under a number that is not ours. It was matched by what else it said."
    ),
    SessionFlag.OTHER_TOKEN: _("The token that ended the session is neither its own nor one of the same group."),
    SessionFlag.REGISTER_RESET: _(
        "The meter began anew while charging, e.g. after a restart. The energy before and after it was added up."
    ),
    SessionFlag.LATE_STOP: _(
        "The portal had closed the session for want of an end. The charger's own end came later and replaced it."
    ),
    SessionFlag.METER_START: _("The charger's start value was missing or wrong. Its first reading stands in."),
    SessionFlag.IMPLAUSIBLE_ENERGY: _("Check the meter and the entered power before the session is billed."),
}


class Unbilled(TextChoices):
    """Why a session is not billed."""

    NO_TARIFF = "no_tariff", _("No tariff holds here")
    CALIBRATION = "calibration", _("Measured without conformity to calibration law")
    GOODWILL = "goodwill", _("Goodwill")


class StopCause(TextChoices):
    """Why the portal stops a session by itself."""

    HOURS = "hours", _("End of operating hours")
    DURATION = "duration", _("Longest duration reached")
    ASKED = "asked", _("Planned by hand")
    LIMIT = "limit", _("Limit reached")


class StopState(TextChoices):
    PLANNED = "planned", _("Planned")
    STOPPING = "stopping", _("Stopping")
    STOPPED = "stopped", _("Stopped")
    NOT_NEEDED = "not_needed", _("Had ended before")
    NOT_BEGUN = "not_begun", _("Never began")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_STOPS = (StopState.PLANNED, StopState.STOPPING)


class Fault(IntegerChoices):
    """The types of errors of sessions, in the order in which they are looked for: the first that hits is the primary
    one. `charging.faults` holds their rules. Failed authorisations are no errors and are left out of every rate.
    """

    FAILED_AUTHORISATION = 0, _("Failed authorisation")
    NO_RECORD = 1, _("Charge point failed to provide charge record")
    CANCELLED = 2, _("Cancelled by EV driver or timeout")
    INCOMPLETE = 3, _("Received incomplete charge record")
    FUTURE_START = 4, _("Start time implausible or in the future")
    NEGATIVE_DURATION = 5, _("Negative session duration")
    NEGATIVE_ENERGY = 6, _("Negative energy consumption")
    NEGATIVE_POWER = 7, _("Negative charging power")
    IMPLAUSIBLE_POWER = 8, _("Power implausible for the charge port")
    IMPLAUSIBLE_ENERGY = 9, _("Energy too low or implausible")
    CALIBRATION_LAW = 10, _("No calibration law compliance")
    OTHER = 11, _("Others")


class SignedVerdict(TextChoices):
    """What the pre-check of signed meter values found. UNCHECKED: there is no key, or the format is not understood."""

    WAITING = "waiting", _("Not checked yet")
    VALID = "valid", _("Valid")
    INVALID = "invalid", _("Not valid")
    UNCHECKED = "unchecked", _("Cannot be checked")


# The token of starts that belong to nobody's card, e.g. for a driver on the telephone.
PORTAL_TAG = "PORTAL"


class LocalListState(TextChoices):
    """How a station's own list of tokens stands, as far as the portal knows."""

    WAITING = "waiting", _("Not sent yet")
    CURRENT = "current", _("Sent and verified")
    FAILED = "failed", _("Not taken")
    UNSUPPORTED = "unsupported", _("The station has no list")


AUDIT_ACTIONS = (
    ("charging.admission_imported", _("Who may charge at a station imported")),
    ("charging.admission_changed", _("Who may charge at a station changed")),
    ("charging.contract_password_asked", _("Link for a contract's password sent")),
    ("charging.contract_password_refused", _("Wrong password of a contract entered")),
    ("charging.contract_password_set", _("Password of a contract set")),
    ("charging.goodwill_reviewed", _("Goodwill start reviewed")),
    ("charging.imported", _("Imported from a file")),
    ("charging.local_list_kept", _("Keeping a station's local list switched on or off")),
    ("charging.meter_correction_changed", _("Correction of meters changed")),
    ("charging.meter_correction_created", _("Correction of meters made")),
    ("charging.meter_correction_deleted", _("Correction of meters deleted")),
    ("charging.reboot_cancelled", _("Pending restart cancelled")),
    ("charging.reboot_planned", _("Restart planned for when nobody charges")),
    ("charging.session_forced", _("Session ended in the portal without the charger")),
    ("charging.started_from_portal", _("Session started from the portal")),
    ("charging.stopped_at_limit", _("Session stopped at its limit")),
    ("charging.vouchers_created", _("Vouchers created")),
    ("charging.vouchers_revoked", _("Vouchers revoked")),
    ("charging.closed_without_stop", _("Session closed without a record of its end")),
    ("charging.contract_blocked", _("Contract blocked")),
    ("charging.contract_changed", _("Contract changed")),
    ("charging.contract_created", _("Contract created")),
    ("charging.contract_unblocked", _("Contract unblocked")),
    ("charging.stop_cancelled", _("Scheduled stop cancelled")),
    ("charging.stop_hastened", _("Scheduled stop brought forward")),
    ("charging.stop_scheduled", _("Stop of a session scheduled")),
    ("charging.fault_rules_changed", _("Rules of the error rate changed")),
    ("charging.tariff_assigned", _("Tariff assigned")),
    ("charging.tariff_created", _("Tariff created")),
    ("charging.tariff_unassigned", _("Tariff taken away")),
    ("charging.tariff_version_added", _("Prices of a tariff added")),
    ("charging.tariff_version_removed", _("Prices of a tariff removed")),
    ("charging.token_blocked", _("Id token blocked")),
    ("charging.token_changed", _("Id token changed")),
    ("charging.token_created", _("Id token created")),
    ("charging.token_group_changed", _("Token group changed")),
    ("charging.token_group_created", _("Token group created")),
    ("charging.token_unblocked", _("Id token unblocked")),
)
