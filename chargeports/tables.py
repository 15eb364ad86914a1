from django.utils.translation import gettext_lazy as _

from chargeports import selectors
from chargeports.forms import summary_of
from chargeports.rights import VIEW_COMMANDS, VIEW_PORTS
from common.tables import Column, Empty, Table

PORTS = Table(
    name="charge-ports",
    label=_("Charge ports"),
    columns=(
        Column(
            "station",
            _("Charge port"),
            value="station.identity",
            template="chargeports/cells/port.html",
            sort="station__identity",
            css="nowrap",
        ),
        Column("number", _("Number"), shown=False),
        Column("status", _("Status"), value=selectors.status_of, template="chargeports/cells/status.html"),
        Column("error", _("Error"), value=selectors.error_of, shown=False),
        Column("since", _("Since"), value="state.since", shown=False),
        Column("name", _("Name")),
        Column("evse_id", _("EVSE ID"), template="chargeports/cells/evse_id.html", sort="evse_id_key", css="nowrap"),
        Column("plugs", _("Plugs"), value="plug_labels", template="chargeports/cells/plugs.html"),
        Column("current_type", _("Current")),
        Column("power", _("Max. power"), "max_power_w", "chargeports/cells/power.html", css="number", exported=False),
        Column("max_power_w", _("Max. power (W)"), shown=False),
        Column("city", _("City"), value="station.city"),
    ),
    default_sort="station",
    csv_right=VIEW_PORTS,
    empty=Empty(
        _("No charge ports yet"),
        _("They belong to stations: enter them on a station's tab Charge points, or let the charger report them."),
        _("To the stations"),
        "stations",
    ),
)

COMMANDS = Table(
    name="commands",
    label=_("History of commands"),
    columns=(
        # Numbers rise with the time, and the index is by number.
        Column("created_at", _("Time"), template="chargeports/cells/command_time.html", sort="id", css="nowrap"),
        Column("kind", _("Command"), value="get_kind_display"),
        Column("summary", _("What"), value=summary_of),
        Column("port_number", _("Charge port"), css="number"),
        Column("actor_label", _("By")),
        Column("state", _("State"), value="get_state_display", template="chargeports/cells/command_state.html"),
        Column("outcome", _("Answer"), value="outcome_label", template="chargeports/cells/outcome.html"),
        Column("sent_at", _("Sent"), shown=False),
        Column("ended_at", _("Ended"), shown=False),
        Column("took", _("Took"), "ended_at", "chargeports/cells/command_took.html", css="number", exported=False),
    ),
    default_sort="-created_at",
    csv_right=VIEW_COMMANDS,
    redrawn_by="#open-commands",
    empty=Empty(
        _("No commands yet"),
        _("What people and programs ask the station to do stands here, with the station's answers."),
    ),
)
