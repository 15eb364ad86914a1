from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.rights import Text


class LifeCycle(TextChoices):
    """Where a station stands; the answer to its BootNotification follows from it (docs/ocpp.md)."""

    PLANNED = "planned", _("Planned")
    IN_OPERATION = "in_operation", _("In operation")
    OUT_OF_OPERATION = "out_of_operation", _("Out of operation")
    DECOMMISSIONED = "decommissioned", _("Decommissioned")


class Protocol(TextChoices):
    """The value is the websocket subprotocol."""

    OCPP16 = "ocpp1.6", "OCPP 1.6J"


class AccessType(TextChoices):
    PUBLIC = "public", _("Public")
    RESTRICTED = "restricted", _("Restricted")
    PRIVATE = "private", _("Private")


class OperatingKind(TextChoices):
    """When charging is possible at a station, apart from when it can be reached."""

    ALWAYS = "", _("At any time")
    OPENING = "opening", _("During the opening hours")
    WEEKLY = "weekly", _("By weekday")


class HolidayRule(TextChoices):
    AS_USUAL = "", _("As on any other day")
    CLOSED = "closed", _("Closed")
    SUNDAY = "sunday", _("As on Sundays")
    OPENINGS = "openings", _("Openings of their own")


class ExceptionScope(TextChoices):
    BOTH = "both", _("Opening and charging")
    OPENING = "opening", _("Opening hours only")
    OPERATING = "operating", _("Charging only")


class PortalKind(TextChoices):
    """There is at most one portal of each kind in an organisation, but any number of others."""

    GEOJSON = "geojson", "GeoJSON"
    OPEN_CHARGE_MAP = "open_charge_map", "OpenChargeMap"
    GOOGLE_PLACES = "google_places", "Google Places"
    OTHER = "other", _("Other portal")

    @property
    def note(self) -> Text:
        """What switching a station on for it does."""
        return _PORTAL_NOTES[self]


_PORTAL_NOTES = {
    PortalKind.GEOJSON: _("The organisation's own feed: for its website, its app and the map to embed."),
    PortalKind.OPEN_CHARGE_MAP: _("A feed of its own; give its address to OpenChargeMap as a data source."),
    PortalKind.GOOGLE_PLACES: _("A feed of its own; give its address to Google as a partner for charging stations."),
    PortalKind.OTHER: _("A feed with an address of its own."),
}


class YesNo(TextChoices):
    """A statement that may be missing."""

    UNKNOWN = "", _("Not stated")
    YES = "yes", _("Yes")
    NO = "no", _("No")


class Accessibility(TextChoices):
    """Who reaches the place, in the words of roaming platforms (OICP 2.3)."""

    FREE = "free", _("Free publicly accessible")
    PAYING = "paying", _("Paying publicly accessible")
    RESTRICTED = "restricted", _("Restricted access")
    TEST = "test", _("Test station")


class AuthenticationMode(TextChoices):
    RFID = "rfid", _("RFID card")
    APP = "app", _("App")
    PLUG_AND_CHARGE = "plug_charge", _("Plug & Charge")
    DIRECT_PAYMENT = "direct", _("Direct payment")
    NONE = "none", _("No authentication needed")


class PaymentMethod(TextChoices):
    CONTRACT = "contract", _("Contract")
    CREDIT_CARD = "credit_card", _("Credit card")
    DEBIT_CARD = "debit_card", _("Debit card")
    PAYPAL = "paypal", "PayPal"
    CASH = "cash", _("Cash")
    FREE = "free", _("Free of charge")


class SecurityProfile(IntegerChoices):
    """OCPP security whitepaper §2: what a station must show before its connection is accepted."""

    UNSECURED = 0, _("0 – no authentication")
    BASIC = 1, _("1 – password")
    TLS_BASIC = 2, _("2 – TLS and password")
    TLS_CERTIFICATE = 3, _("3 – TLS and client certificate")


class BootStatus(TextChoices):
    """What the station's last BootNotification was answered (OCPP 1.6 §7.45)."""

    NEVER = "", _("never booted")
    ACCEPTED = "Accepted", _("accepted")
    PENDING = "Pending", _("pending")
    REJECTED = "Rejected", _("rejected")


class PortStatus(TextChoices):
    """OCPP 1.6 §7.7 ChargePointStatus, of a charge port and, summed up, of its station; the empty value is a port that
    never reported.
    """

    UNKNOWN = "", _("Unknown")
    AVAILABLE = "Available", _("Available")
    PREPARING = "Preparing", _("Preparing")
    CHARGING = "Charging", pgettext_lazy("status", "Charging")
    SUSPENDED_EVSE = "SuspendedEVSE", _("Suspended by the station")
    SUSPENDED_EV = "SuspendedEV", _("Suspended by the car")
    FINISHING = "Finishing", _("Finishing")
    RESERVED = "Reserved", _("Reserved")
    UNAVAILABLE = "Unavailable", _("Unavailable")
    FAULTED = "Faulted", _("Faulted")


class HistoryKind(TextChoices):
    """What an entry of a station's history is about; people write all kinds but the last."""

    FAILURE = "failure", _("Failure")
    NOTE = "note", _("Note")
    CALL = "call", _("Telephone call")
    ACTIVITY = "activity", _("Activity performed")
    MAINTENANCE = "maintenance", _("Maintenance application")
    SALES = "sales", _("Sales activity")
    EVENT = "event", _("System event")


class PackageKind(TextChoices):
    """A service package that can be active for a station."""

    SUPPORT = "support", "360.SUPPORT"
    OPERATION = "operation", "Chargepoint.OPERATION"


class ArticleKind(TextChoices):
    """What the articles of a group are; some kinds stand among a station's device details."""

    CONTROLLER = "controller", _("Controller")
    GATEWAY = "gateway", _("Gateway or router")
    METER = "meter", _("Electricity meter")
    MODEM = "modem", _("Modem")
    LOAD = "load", _("Load management")
    SPARE_PART = "spare_part", _("Spare part")
    OTHER = "other", _("Other component")


class ComponentState(TextChoices):
    STOCK = "stock", _("In stock")
    INSTALLED = "installed", _("Installed")
    RETIRED = "retired", _("Out of use")


class MoveKind(TextChoices):
    """What happened to a component."""

    STOCKED = "stocked", _("Taken into stock")
    INSTALLED = "installed", _("Installed")
    REMOVED = "removed", _("Removed")
    REPLACED = "replaced", _("Replaced")
    RETIRED = "retired", _("Removed, out of use")


class HardwareSource(TextChoices):
    ENTERED = "entered", _("Master data")
    REPORTED = "reported", _("Charging station")


class SearchKind(TextChoices):
    """What a line of the quick search names, best first where two lines match alike."""

    IDENTITY = "identity", _("Station id")
    EVSE_ID = "evse_id", _("EVSE ID")
    PORT_NAME = "port_name", _("Charge port")
    NAME = "name", _("Name")
    SERIAL = "serial", _("Serial number")
    ADDRESS = "address", _("Address")
    FREE_FIELD = "field", _("Additional information")
    COMPONENT = "component", _("Component")


AUDIT_ACTIONS = (
    ("stations.device_changed", _("Device details changed")),
    ("stations.article_deleted", _("Article deleted")),
    ("stations.article_group_deleted", _("Article group deleted")),
    ("stations.article_group_saved", _("Article group created or changed")),
    ("stations.article_saved", _("Article created or changed")),
    ("stations.component_changed", _("Component changed")),
    ("stations.component_installed", _("Component installed")),
    ("stations.component_moved", _("Component moved")),
    ("stations.component_removed", _("Component removed")),
    ("stations.component_replaced", _("Component replaced")),
    ("stations.component_stocked", _("Component taken into stock")),
    ("stations.field_added", _("Free field added")),
    ("stations.field_changed", _("Free field changed")),
    ("stations.field_deleted", _("Free field deleted")),
    ("stations.field_template_created", _("Description of free fields created")),
    ("stations.field_template_deleted", _("Description of free fields deleted")),
    ("stations.fields_ordered", _("Free fields put into another order")),
    ("stations.package_booked", _("Service package activated")),
    ("stations.package_changed", _("Service package changed")),
    ("stations.access_changed", _("Access changed")),
    ("stations.changed", _("Station changed")),
    ("stations.cloned", _("Station cloned")),
    ("stations.contact_changed", _("Contact changed")),
    ("stations.contact_created", _("Contact created")),
    ("stations.contact_deleted", _("Contact deleted")),
    ("stations.created", _("Station created")),
    ("stations.document_added", _("Document added")),
    ("stations.document_changed", _("Document described")),
    ("stations.document_deleted", _("Document deleted")),
    ("stations.document_replaced", _("Newer version of a document")),
    ("stations.document_restored", _("Deleted document restored")),
    ("stations.exception_added", _("Exception of the hours added")),
    ("stations.exception_removed", _("Exception of the hours removed")),
    ("stations.group_created", _("Station group created")),
    ("stations.group_deleted", _("Station group deleted")),
    ("stations.group_joined", _("Station put into a group")),
    ("stations.group_left", _("Station taken out of a group")),
    ("stations.group_renamed", _("Station group renamed")),
    ("stations.hardware_confirmed", _("Hardware confirmed")),
    ("stations.history_changed", _("History entry changed")),
    ("stations.history_deleted", _("History entry deleted")),
    ("stations.history_pinned", _("History entry pinned or unpinned")),
    ("stations.history_restored", _("History entry restored")),
    ("stations.history_written", _("History entry written")),
    ("stations.imported", _("Station imported")),
    ("stations.portal_changed", _("Portal changed")),
    ("stations.portal_created", _("Portal created")),
    ("stations.portal_deleted", _("Portal deleted")),
    ("stations.portal_token_renewed", _("Address of a portal renewed")),
    ("stations.published", _("Station switched on for a portal")),
    ("stations.withdrawn", _("Station switched off for a portal")),
    ("stations.marketing_changed", _("Marketing texts changed")),
    ("stations.picture_added", _("Picture added")),
    ("stations.picture_removed", _("Picture removed")),
    ("stations.portals_imported", _("Portals of a station imported")),
    ("stations.roaming_imported", _("Data for roaming partners imported")),
    ("stations.roaming_changed", _("Data for roaming partners changed")),
    ("stations.other_hardware", _("Other hardware answered")),
)

AUDIT_NAMES = (
    ("from", _("cloned from")),
    ("groups", _("station groups")),
    ("portals", _("portals")),
    ("stations", _("number of stations")),
)
