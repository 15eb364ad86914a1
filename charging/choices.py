from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TokenKind(TextChoices):
    RFID = "rfid", _("RFID card")
    REMOTE = "remote", _("App or portal")
    VEHICLE = "vehicle", _("Vehicle")


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
