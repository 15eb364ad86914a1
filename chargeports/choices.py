from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from stations.choices import PortStatus


class CurrentType(TextChoices):
    AC = "AC", _("AC")
    DC = "DC", _("DC")


class Plug(TextChoices):
    """The value is OCPI's connector standard."""

    TYPE_1 = "IEC_62196_T1", _("Type 1")
    TYPE_2 = "IEC_62196_T2", _("Type 2")
    TYPE_2_CABLE = "IEC_62196_T2_CABLE", _("Type 2, attached cable")
    CCS_1 = "IEC_62196_T1_COMBO", _("CCS 1")
    CCS_2 = "IEC_62196_T2_COMBO", _("CCS 2")
    CHADEMO = "CHADEMO", _("CHAdeMO")
    SCHUKO = "DOMESTIC_F", _("Schuko")
    NACS = "SAE_J3400", _("NACS")


class CalibrationLaw(TextChoices):
    """How a port measures in conformity with calibration law; without a method nothing is billed."""

    NONE = "none", _("None")
    OCMF = "ocmf", _("OCMF")
    EXTERNAL = "external", _("External")


# Which of them a protocol knows, by the beginning of the protocol's name.
CALIBRATION_LAWS = {"ocpp": (CalibrationLaw.NONE, CalibrationLaw.OCMF, CalibrationLaw.EXTERNAL)}


class AuthenticationType(TextChoices):
    """How drivers show who they are at a port."""

    RFID = "rfid", _("RFID card")
    REMOTE = "remote", _("Remote (app, portal, website)")
    PLUG_AND_CHARGE = "plug_and_charge", _("Plug & Charge (ISO 15118)")
    AUTOCHARGE = "autocharge", _("Autocharge (the car's address)")
    TERMINAL = "terminal", _("Payment terminal")


class PortField(TextChoices):
    """What a configuration key can tell of a charge port: the names are those of `ChargePort`, and the meter's key."""

    MAX_POWER_W = "max_power_w", _("max. power (W)")
    MAX_VOLTAGE_V = "max_voltage_v", _("max. voltage (V)")
    MAX_CURRENT_A = "max_current_a", _("max. current (A)")
    PHASES = "phases", _("phases")
    AUTHENTICATION_REQUIRED = "authentication_required", _("authentication mode")
    AUTHENTICATION_TYPES = "authentication_types", _("authentication types")
    CALIBRATION_LAW = "calibration_law", _("calibration law method")
    METER_PUBLIC_KEY = "meter_public_key", _("meter public key")


class Reading(TextChoices):
    """How the value of a configuration key is read."""

    AS_IT_STANDS = "text", _("as it stands")
    NUMBER = "number", _("number, times the factor")
    YES_NO = "yes_no", _("yes or no")
    NO_YES = "no_yes", _("yes or no, the other way round")
    PHASE_ROTATION = "phase_rotation", _("order of phases per connector")
    WORDS = "words", _("words, translated as below")


class KeyForm(TextChoices):
    """How the value of a configuration key is written."""

    TEXT = "text", _("text")
    BOOLEAN = "boolean", _("true or false")
    INTEGER = "integer", _("whole number")
    LIST = "list", _("list with commas")


class MeterKeySource(TextChoices):
    """Where the public key of a meter was seen."""

    ENTERED = "entered", _("entered here")
    CONFIGURATION = "configuration", _("configuration of the station")
    SIGNED_VALUE = "signed_value", _("signed meter value")
    VENDOR_MESSAGE = "vendor_message", _("message of the manufacturer")


class PortSource(TextChoices):
    ENTERED = "entered", _("entered here")
    REPORTED = "reported", _("found by the charger's report")


class Severity(TextChoices):
    """How grave an error is. Chargers tell outages from warnings; the catalogue of codes knows all four."""

    DANGER = "danger", _("Danger")
    OUTAGE = "outage", _("Outage")
    WARNING = "warning", _("Warning")
    NOTE = "note", _("Note")


class LockReason(TextChoices):
    """Why a port is locked; what stands in place of its status."""

    MANUAL = "manual", _("Manually Locked")
    MAINTENANCE = "maintenance", _("Locked for maintenance")


class WindowState(TextChoices):
    PLANNED = "planned", _("Planned")
    ACTIVE = "active", _("Active")
    PAST = "past", _("Past")


class ReservationState(TextChoices):
    """How a reservation stands. The charger's own answer is kept beside it."""

    REQUESTED = "requested", _("Requested")
    ACTIVE = "active", _("Reserved")
    REFUSED = "refused", _("Refused by the station")
    UNANSWERED = "unanswered", _("No answer")
    USED = "used", _("Used")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")


# While one of these holds, nobody else can reserve the port. Without an answer the station may have reserved it.
HOLDING = (ReservationState.REQUESTED, ReservationState.ACTIVE, ReservationState.UNANSWERED)


class CommandKind(TextChoices):
    """What the portal asks a station to do, in words that belong to no protocol version."""

    START_CHARGING = "start_charging", _("Start charging")
    STOP_CHARGING = "stop_charging", _("Stop charging")
    UNLOCK = "unlock", _("Unlock plug")
    RESET = "reset", _("Restart")
    CHANGE_AVAILABILITY = "change_availability", _("Lock or unlock")
    READ_CONFIGURATION = "read_configuration", _("Read configuration")
    CHANGE_CONFIGURATION = "change_configuration", _("Change configuration")
    RESERVE = "reserve", _("Reserve charge point")
    CANCEL_RESERVATION = "cancel_reservation", _("Cancel reservation")
    CLEAR_CACHE = "clear_cache", _("Clear cache")
    TRIGGER_MESSAGE = "trigger_message", _("Request a message")
    DATA_TRANSFER = "data_transfer", _("Vendor message")
    EXTENDED_TRIGGER = "extended_trigger", _("Request a message (security extension)")
    GET_LOCAL_LIST_VERSION = "get_local_list_version", _("Read version of the local list")
    SEND_LOCAL_LIST = "send_local_list", _("Send the local list")
    GET_DIAGNOSTICS = "get_diagnostics", _("Get charge point diagnostics")
    GET_LOG = "get_log", _("Get log")
    UPDATE_FIRMWARE = "update_firmware", _("Update firmware")
    SIGNED_UPDATE_FIRMWARE = "signed_update_firmware", _("Update firmware (signed)")
    SET_CHARGING_PROFILE = "set_charging_profile", _("Limit charging")
    CLEAR_CHARGING_PROFILE = "clear_charging_profile", _("Clear charging profiles")
    GET_COMPOSITE_SCHEDULE = "get_composite_schedule", _("Read charging schedule")

    GET_INSTALLED_CERTIFICATE_IDS = "get_installed_certificate_ids", _("List installed certificates")
    INSTALL_CERTIFICATE = "install_certificate", _("Install a certificate")
    DELETE_CERTIFICATE = "delete_certificate", _("Delete a certificate")
    CERTIFICATE_SIGNED = "certificate_signed", _("Hand over the station's certificate")


class ProfilePurpose(TextChoices):
    """What a charging profile limits (OCPP 1.6 §3.13.1)."""

    STATION_MAXIMUM = "station_maximum", _("Maximum of the whole station")
    SESSION_DEFAULT = "session_default", _("Default for every session")
    SESSION = "session", _("One session")


class ScheduleKind(TextChoices):
    """What the times of a charging profile count from."""

    ABSOLUTE = "absolute", _("From a point in time")
    RECURRING = "recurring", _("Again every day or week")
    RELATIVE = "relative", _("From the beginning of the session")


class Recurrency(TextChoices):
    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week")


class RateUnit(TextChoices):
    """Amperes count for each phase, watts for all of them together (OCPP 1.6 errata 3.69)."""

    AMPERES = "A", _("Amperes per phase")
    WATTS = "W", _("Watts in total")


class CertificateUse(TextChoices):
    """What a station uses an installed certificate for (security whitepaper, CertificateUseEnumType)."""

    CENTRAL_SYSTEM_ROOT = "central_system_root", _("Root of the portal's certificate")
    MANUFACTURER_ROOT = "manufacturer_root", _("Root of the manufacturer's certificates")


class CertificateState(TextChoices):
    """What became of a station's request for a certificate."""

    REFUSED = "refused", _("Request refused")
    ISSUED = "issued", _("On its way to the station")
    UNDELIVERED = "unsent", _("Did not reach the station")
    ACCEPTED = "accepted", _("Taken by the station")
    REJECTED = "rejected", _("Refused by the station")
    ACTIVE = "active", _("In use")
    REPLACED = "replaced", _("Replaced")
    REVOKED = "revoked", _("Revoked")


class SigningRefusal(TextChoices):
    """Why a request for a certificate was not signed. What it was about follows the code after a colon."""

    NO_AUTHORITY = "no_authority", _("The organisation has no certificate authority.")
    LOCKED_AUTHORITY = "locked_authority", _("The authority's key cannot be opened: SECRET_KEY was changed.")
    TOO_OFTEN = "too_often", _("The station asked too often in one day.")
    UNREADABLE = "unreadable", _("What the station sent is no request for a certificate.")
    OTHER_NAME = "other_name", _("The request names another station:")
    OTHER_OPERATOR = "other_operator", _("CpoName in the station is not the organisation's name, but:")
    WEAK_KEY = "weak_key", _("The key is too weak or of another kind than OCPP allows (RSA 2048, curve P-256).")
    WEAK_HASH = "weak_hash", _("The request is signed with a broken algorithm (MD5 or SHA-1).")
    NO_PROOF = "no_proof", _("The request does not prove that the station holds the key.")


# A connection with one of these is let in: an old certificate counts until the new one was used (Z03).
GOOD_CERTIFICATES = (CertificateState.ISSUED, CertificateState.ACCEPTED, CertificateState.ACTIVE)
SENDABLE_CERTIFICATES = (
    CertificateState.ISSUED,
    CertificateState.ACCEPTED,
    CertificateState.UNDELIVERED,
    CertificateState.REJECTED,
)


class CommandState(TextChoices):
    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    FAILED = "failed", _("Failed")
    TIMED_OUT = "timed_out", _("Timed out")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")


class TransferKind(TextChoices):
    """A file that a station sends us, or fetches from us."""

    DIAGNOSTICS = "diagnostics", _("Diagnostics")
    DIAGNOSTICS_LOG = "diagnostics_log", _("Diagnostics log")
    SECURITY_LOG = "security_log", _("Security log")
    FIRMWARE = "firmware", _("Firmware")
    SIGNED_FIRMWARE = "signed_firmware", _("Signed firmware")


class TransferState(TextChoices):
    """How far a transfer has come; see `chargeports.transfers` for their order."""

    REQUESTED = "requested", _("Requested")
    ACCEPTED = "accepted", _("Accepted")
    NOTHING = "nothing", _("Nothing to send")
    UPLOADING = "uploading", _("Uploading")
    UPLOADED = "uploaded", _("Uploaded")
    DOWNLOADING = "downloading", _("Downloading")
    DOWNLOADED = "downloaded", _("Downloaded")
    INSTALLING = "installing", _("Installing")
    INSTALLED = "installed", _("Installed")
    CONFIRMED = "confirmed", _("Booted with the new version")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_STATES = (CommandState.QUEUED, CommandState.SENT)


class CampaignState(TextChoices):
    DRAFT = "draft", _("Draft")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    HALTED = "halted", _("Stopped: too many failures")
    FINISHED = "finished", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")


# In these states somebody may let it go on.
RESUMABLE = (CampaignState.PAUSED, CampaignState.HALTED)


class TargetState(TextChoices):
    """How far a campaign is with one station."""

    WAITING = "waiting", _("Waiting")
    ASKED = "asked", _("Asked")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    LEFT_OUT = "left_out", _("Left out")
    CANCELLED = "cancelled", _("Cancelled")


class Obstacle(TextChoices):
    """Why a campaign does not ask a station (`chargeports.obstacles`)."""

    DECOMMISSIONED = "decommissioned", _("Decommissioned")
    REJECTED = "rejected", _("Rejected when it booted")
    NO_PORT = "no_port", _("Has no such charge port")
    LOCKED = "locked", _("Locked permanently")
    BOOTED = "booted", _("Its boot was accepted already")
    READ_ONLY = "read_only", _("Can only be read")
    LOWERS_PROFILE = "lowers_profile", _("Would lower the security profile")
    UNFIT = "unfit", _("Not made for its model")
    LACKS = "lacks", _("Says that it does not know this")
    HAS_IT = "has_it", _("Is so already")
    UNDER_WAY = "under_way", _("Is being asked the same already")
    OFFLINE = "offline", _("Offline")


class Nightly(TextChoices):
    """What happens with a configuration template every night."""

    NOTHING = "", _("Nothing")
    CHECK = "check", _("Compare")
    SET_RIGHT = "set_right", _("Compare, and set right what deviates")


# The status that stands for a whole station is the first of these that one of its ports has.
_WORST_FIRST = (
    PortStatus.FAULTED,
    PortStatus.UNAVAILABLE,
    PortStatus.SUSPENDED_EVSE,
    PortStatus.SUSPENDED_EV,
    PortStatus.FINISHING,
    PortStatus.RESERVED,
    PortStatus.PREPARING,
    PortStatus.CHARGING,
    PortStatus.AVAILABLE,
)


def worst_status(statuses: Iterable[str]) -> str:
    """What lists and maps show for a station whose ports have these statuses; empty where no port ever reported."""
    present = set(statuses)
    return next((status.value for status in _WORST_FIRST if status in present), "")


AUDIT_ACTIONS = (
    ("chargeports.campaign_planned", _("Campaign planned")),
    ("chargeports.campaign_changed", _("Campaign changed")),
    ("chargeports.campaign_started", _("Campaign started")),
    ("chargeports.campaign_paused", _("Campaign paused")),
    ("chargeports.campaign_resumed", _("Campaign resumed")),
    ("chargeports.campaign_retried", _("Failed stations of a campaign asked again")),
    ("chargeports.campaign_halted", _("Campaign stopped after too many failures")),
    ("chargeports.campaign_finished", _("Campaign finished")),
    ("chargeports.campaign_cancelled", _("Campaign cancelled")),
    ("chargeports.campaign_discarded", _("Draft of a campaign discarded")),
    ("chargeports.template_created", _("Configuration template created")),
    ("chargeports.template_changed", _("Configuration template changed")),
    ("chargeports.template_deleted", _("Configuration template deleted")),
    ("chargeports.authority_made", _("Certificate authority made")),
    ("chargeports.authority_retired", _("Certificate authority retired")),
    ("chargeports.certificate_revoked", _("Certificate of a station revoked")),
    ("chargeports.configuration_key_created", _("Configuration key described")),
    ("chargeports.configuration_key_changed", _("Description of a configuration key changed")),
    ("chargeports.configuration_key_deleted", _("Description of a configuration key deleted")),
    ("chargeports.device_changed", _("Device details of a charge port changed")),
    ("chargeports.note_written", _("Note written")),
    ("chargeports.note_changed", _("Note changed")),
    ("chargeports.note_deleted", _("Note deleted")),
    ("chargeports.command_cancelled", _("Command cancelled")),
    ("chargeports.command_requested", _("Command requested")),
    ("chargeports.error_code_changed", _("Error code changed")),
    ("chargeports.error_code_created", _("Error code created")),
    ("chargeports.error_code_deleted", _("Error code deleted")),
    ("chargeports.error_codes_imported", _("Error codes imported")),
    ("chargeports.file_received", _("File of a station received")),
    ("chargeports.firmware_added", _("Firmware added")),
    ("chargeports.firmware_changed", _("Firmware changed")),
    ("chargeports.firmware_removed", _("Firmware removed")),
    ("chargeports.locked", _("Locked permanently")),
    ("chargeports.port_changed", _("Charge port changed")),
    ("chargeports.port_created", _("Charge port created")),
    ("chargeports.port_deleted", _("Charge port deleted")),
    ("chargeports.port_imported", _("Charge port imported")),
    ("chargeports.profile_created", _("Charging profile created")),
    ("chargeports.profile_changed", _("Charging profile changed")),
    ("chargeports.profile_deleted", _("Charging profile deleted")),
    ("chargeports.reservation_cancelled", _("Reservation cancelled")),
    ("chargeports.reserved", _("Charge port reserved")),
    ("chargeports.unlocked", _("Unlocked permanently")),
    ("chargeports.window_added", _("Maintenance window added")),
    ("chargeports.window_changed", _("Maintenance window changed")),
    ("chargeports.window_ended", _("Maintenance window ended early")),
    ("chargeports.window_removed", _("Maintenance window removed")),
)

AUDIT_NAMES = (
    ("asked_again", _("asked again")),
    ("counts", _("stations by state")),
    ("groups", _("groups")),
    ("settings", _("settings")),
    ("stations", _("stations")),
    ("data", _("data")),
    ("id_tag", _("id token")),
    ("key", _("setting")),
    ("keys", _("settings")),
    ("limit_a", _("limit (A)")),
    ("message", _("message")),
    ("message_id", _("message id")),
    ("operative", _("operative")),
    ("parameters", _("parameters")),
    ("session_id", _("charging session")),
    ("type", _("kind")),
    ("value", _("value")),
    ("vendor_id", _("vendor id")),
)
