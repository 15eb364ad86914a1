from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Direction(TextChoices):
    """Who called: the charger (in) or the portal (out). `INVALID` is a frame that no call could be read from."""

    IN = "in", _("from the charger")
    OUT = "out", _("to the charger")
    INVALID = "invalid", _("unreadable")


class RefusalReason(TextChoices):
    UNKNOWN_IDENTITY = "unknown_identity", _("Unknown identity")
    NO_CREDENTIALS = "no_credentials", _("No password was sent")
    WRONG_PASSWORD = "wrong_password", _("Wrong password")
    USER_MISMATCH = "user_mismatch", _("User name differs from the identity")
    SUBPROTOCOL = "subprotocol", _("No supported subprotocol")
    NOT_TLS = "not_tls", _("The connection was not encrypted")
    CERTIFICATE = "certificate", _("Client certificate missing or wrong")
    OLD_TLS = "old_tls", _("TLS 1.0 or 1.1, which this station may not use")
    DECOMMISSIONED = "decommissioned", _("The station is decommissioned")
    THROTTLED = "throttled", _("Too many failed attempts")
    MALFORMED = "malformed", _("Malformed request")


class CloseSide(TextChoices):
    STATION = "station", _("Station")
    BROKER = "broker", _("Broker")
    UNKNOWN = "unknown", _("Unknown")


AUDIT_ACTIONS = (
    ("ocpp_gateway.adopted", _("Unknown station adopted")),
    ("ocpp_gateway.lower_profile_allowed", _("Lower security profile allowed")),
    ("ocpp_gateway.refusals_forgotten", _("Refused chargers removed from the list")),
    ("ocpp_gateway.secret_made", _("Station password made")),
    ("ocpp_gateway.settings_changed", _("Connection settings changed")),
)

AUDIT_NAMES = (
    ("address", _("IP address")),
    ("count", _("number of entries")),
    ("highest_profile", _("highest security profile")),
    ("security_profile", _("security profile")),
)
