from django.utils.translation import gettext_lazy as _

from common.tables import SHEET_PAGE_SIZE, BulkAction, Column, Empty, Table
from ocpp_gateway.logbook import plainly
from ocpp_gateway.models import Exchange
from ocpp_gateway.rights import ADOPT, VIEW_CONNECTIONS, VIEW_LOG, VIEW_MESSAGES
from ocpp_gateway.versions import VERSIONS
from stations.choices import Protocol


def latency_ms(exchange: Exchange) -> int | None:
    """Milliseconds from the call to its answer."""
    if exchange.answered_at is None:
        return None
    return round((exchange.answered_at - exchange.received_at).total_seconds() * 1000)


MESSAGES = Table(
    name="communication-logs",
    label=_("Communication logs"),
    columns=(
        Column("received_at", _("Time"), template="ocpp_gateway/cells/time.html", sort="received_at"),
        Column(
            "direction", _("Direction"), value="get_direction_display", template="ocpp_gateway/cells/direction.html"
        ),
        Column("action", _("Message"), template="ocpp_gateway/cells/frames.html"),
        Column("port_number", _("Charge port"), css="number"),
        Column("latency_ms", _("Latency (ms)"), value=latency_ms, css="number"),
        Column("error_code", _("Error code"), template="ocpp_gateway/cells/error.html"),
        Column("mended", _("Mended"), template="ocpp_gateway/cells/mended.html"),
        Column("request", _("Frame"), shown=False),
        Column("response", _("Answer"), shown=False),
    ),
    default_sort="-received_at",
    csv_right=VIEW_MESSAGES,
    counted=False,
    empty=Empty(
        _("No messages in this period"),
        _("Frames appear here as soon as the station connects. Choose another period to look further back."),
    ),
)


def sentence(exchange: Exchange) -> str:
    """As the page told it, where it did; plainly for rows in bulk."""
    line = getattr(exchange, "line", None)
    return line.sentence if line else plainly(VERSIONS[Protocol.OCPP16], exchange)


LOGS = Table(
    name="logs",
    label=_("Logs"),
    columns=(
        Column("received_at", _("Time"), template="ocpp_gateway/cells/log_time.html", sort="received_at"),
        Column("sentence", _("What happened"), value=sentence, template="ocpp_gateway/cells/sentence.html"),
        Column("action", _("Message"), shown=False),
        Column("error_code", _("Error code"), shown=False),
    ),
    default_sort="-received_at",
    csv_right=VIEW_LOG,
    counted=False,
    empty=Empty(
        _("No messages in this period"),
        _("What the station and the portal say to each other appears here as soon as the station connects."),
    ),
    page_size=SHEET_PAGE_SIZE,
)

CONNECTIONS = Table(
    name="connection-history",
    label=_("Connection history"),
    columns=(
        Column("opened_at", _("Connected"), template="ocpp_gateway/cells/moment.html", sort="opened_at"),
        Column("closed_at", _("Disconnected"), template="ocpp_gateway/cells/moment.html"),
        Column("duration", _("Duration"), template="ocpp_gateway/cells/duration.html", exported=False, css="number"),
        Column("code", _("Code"), template="ocpp_gateway/cells/code.html"),
        Column("side", _("Side"), value="get_side_display"),
        Column("reason", _("Reason")),
        Column("address", _("Address")),
        Column("security_profile", _("Security profile"), css="number"),
        Column("node_host", _("Node")),
        Column("messages_in", _("Messages from the charger"), css="number"),
        Column("messages_out", _("Messages to the charger"), css="number"),
    ),
    default_sort="-opened_at",
    csv_right=VIEW_CONNECTIONS,
    empty=Empty(_("Never connected"), _("Each connection of the station stands here, with how it ended.")),
    page_size=SHEET_PAGE_SIZE,
)

UNKNOWN_STATIONS = Table(
    name="unknown-stations",
    label=_("Unknown stations"),
    columns=(
        Column("identity", _("Station id"), sort="identity", css="mono"),
        Column("reason", _("Reason"), value="get_reason_display", sort="reason"),
        Column("address", _("Address"), css="mono"),
        Column("subprotocols", _("Offered subprotocols"), template="ocpp_gateway/cells/subprotocols.html"),
        Column("first_at", _("First seen"), template="ocpp_gateway/cells/seen.html"),
        Column("last_at", _("Last seen"), template="ocpp_gateway/cells/seen.html", sort="last_at"),
        Column("count", _("Attempts"), sort="count", css="number"),
    ),
    default_sort="-last_at",
    row_actions="ocpp_gateway/cells/unknown_actions.html",
    bulk_actions=(BulkAction(_("Forget"), "unknown-stations-forget", ADOPT, "trash"),),
    empty=Empty(
        _("No charger was refused"),
        _("Point a charger at the address above. It appears here and can be adopted in one click."),
    ),
)
