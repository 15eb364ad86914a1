from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from chargeports import selectors
from chargeports.choices import Severity, TargetState
from chargeports.error_catalogue import explanation_of
from chargeports.forms import summary_of
from chargeports.models import ConfigurationKey, EquipmentError, FileTransfer, MaintenanceWindow, Reservation
from chargeports.profiles import summary_of_limits
from chargeports.rights import (
    CHANGE_CONFIGURATION_KEYS,
    CHANGE_ERROR_CODES,
    CHANGE_FIRMWARE,
    CHANGE_PROFILES,
    CHANGE_TEMPLATES,
    RUN_CAMPAIGNS,
    VIEW_CAMPAIGNS,
    VIEW_COMMANDS,
    VIEW_CONFIGURATION,
    VIEW_DIAGNOSTICS,
    VIEW_ERRORS,
    VIEW_FIRMWARE,
    VIEW_MAINTENANCE,
    VIEW_PORTS,
    VIEW_PROFILES,
    VIEW_RESERVATIONS,
    VIEW_SECURITY,
    VIEW_TEMPLATES,
)
from common.tables import SHEET_PAGE_SIZE, Column, Empty, Table

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
        Column("actor_label", _("By"), value="author"),
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
    page_size=SHEET_PAGE_SIZE,
)


def place_of(error: EquipmentError) -> str:
    """The charge port that the error stands at, or the station itself."""
    return str(error.port_number) if error.port_number else now("Station")


def gravity_of(error: Any) -> Severity:
    """What the catalogue says, else what the charger's status tells (`error_catalogue.with_meanings`)."""
    return Severity(error.gravity)


def meaning_of(error: Any) -> str:
    """What the manufacturer's code means by the catalogue, else what OCPP says of its own."""
    if error.meaning:
        return str(error.meaning["meaning"])
    explanation = explanation_of(error)
    return str(explanation.title) if explanation else ""


def remedy_of(error: Any) -> str:
    """What the catalogue says to do."""
    return str(error.meaning["remedy"]) if error.meaning else ""


def duration_s(error: EquipmentError) -> int:
    return int(error.duration.total_seconds())


def in_maintenance(error: EquipmentError) -> str:
    return now("Yes") if error.in_maintenance else ""


def port_words(row: MaintenanceWindow | Reservation) -> str:
    """The port's number, or what stands under number 0: the whole station, or for a reservation any of its ports."""
    if row.port_number:
        return str(row.port_number)
    return now("any") if isinstance(row, Reservation) else now("whole station")


_STATION = Column(
    "station", _("Station"), value="station.identity", template="chargeports/cells/error_station.html", css="nowrap"
)
_ERROR = (
    Column("port_number", _("Charge port"), value=place_of),
    Column("gravity", _("Severity"), value=gravity_of, template="chargeports/cells/gravity.html"),
    Column("code", _("Error code"), explanation_of, "chargeports/cells/error_code.html", exported=False),
    Column("error_code", _("Error code"), shown=False),
    Column("vendor_error_code", _("Manufacturer's code"), template="chargeports/cells/vendor_code.html", css="breaks"),
    Column("meaning", _("Meaning"), value=meaning_of, shown=False),
    Column("remedy", _("What to do"), value=remedy_of, shown=False),
    Column("info", _("Info")),
    Column("since", _("Since"), template="chargeports/cells/error_since.html", sort="since", css="nowrap"),
    Column("until", _("Until"), template="chargeports/cells/error_until.html", sort="until", css="nowrap"),
    Column(
        "duration", _("Duration"), "duration", "chargeports/cells/error_duration.html", "", "number", exported=False
    ),
    Column("duration_s", _("Duration (s)"), value=duration_s, shown=False),
    Column("occurrences", _("Occurrences"), css="number"),
    Column("in_maintenance", _("Maintenance window"), value=in_maintenance),
)

STATION_ERRORS = Table(
    name="errors",
    label=_("Errors"),
    columns=_ERROR,
    default_sort="-since",
    csv_right=VIEW_ERRORS,
    redrawn_by="#errors-now",
    empty=Empty(_("No errors yet"), _("What the charger reports as an error of itself or of a port stands here.")),
    page_size=SHEET_PAGE_SIZE,
)
ERRORS = replace(
    STATION_ERRORS,
    columns=(_STATION, *_ERROR),
    empty=Empty(_("No errors yet"), _("What chargers report as errors of themselves or of their ports stands here.")),
)

ERROR_CODES = Table(
    name="error-catalogue",
    label=_("Catalogue of error codes"),
    columns=(
        Column("code", _("Code"), sort="code", template="chargeports/cells/catalogue_code.html"),
        Column("vendor", _("Manufacturer"), sort="vendor", template="chargeports/cells/any.html"),
        Column("model", _("Model"), template="chargeports/cells/any.html"),
        Column("meaning", _("Meaning")),
        Column("remedy", _("What to do")),
        Column("severity", _("Severity"), template="chargeports/cells/catalogue_severity.html"),
    ),
    default_sort="code",
    row_actions="chargeports/cells/catalogue_actions.html",
    csv_right=VIEW_ERRORS,
    empty=Empty(
        _("No codes yet"),
        _("Enter what the manufacturers' codes mean: it then stands beside every error with that code."),
        _("New code"),
        "error-code-create",
        CHANGE_ERROR_CODES,
    ),
)


def period_of(transfer: FileTransfer) -> str:
    return " – ".join(f"{at:%Y-%m-%d %H:%M}" if at else "…" for at in (transfer.start_at, transfer.stop_at))


_REQUESTED = Column("created_at", _("Requested"), template="chargeports/cells/requested.html", sort="id", css="nowrap")
_STATE = Column("state", _("State"), value="get_state_display", template="chargeports/cells/transfer_state.html")

DIAGNOSES = Table(
    name="diagnosis",
    label=_("Diagnosis"),
    columns=(
        _REQUESTED,
        Column("kind", _("Kind"), value="get_kind_display"),
        Column("period", _("Period"), value=period_of, template="chargeports/cells/period.html"),
        Column("actor_label", _("By")),
        _STATE,
        Column("file", _("File"), value="file_name", template="chargeports/cells/transfer_file.html"),
        Column("ended_at", _("Ended"), shown=False),
        Column("open_until", _("Address open until"), shown=False),
    ),
    default_sort="-created_at",
    csv_right=VIEW_DIAGNOSTICS,
    redrawn_by="#open-transfers",
    empty=Empty(
        _("No diagnostics yet"),
        _("Ask the station for them under Station management; what it sends can be downloaded here."),
    ),
)

UPDATES = Table(
    name="firmware-updates",
    label=_("Firmware updates"),
    columns=(
        _REQUESTED,
        Column("firmware", _("Firmware"), value=lambda transfer: str(transfer.firmware or "")),
        Column("version_before", _("Before"), css="mono"),
        Column("version_after", _("After"), css="mono"),
        Column("actor_label", _("By")),
        _STATE,
        Column("protocol", _("Fetched by"), css="mono"),
        Column("ended_at", _("Ended"), template="chargeports/cells/ended.html"),
    ),
    default_sort="-created_at",
    csv_right=VIEW_FIRMWARE,
    redrawn_by="#open-transfers",
    empty=Empty(
        _("No firmware updates yet"),
        _("Updates that are asked for here stand in this list, from the request to the boot with the new version."),
    ),
)

PROFILES = Table(
    name="charging-profiles",
    label=_("Charging profiles"),
    columns=(
        Column("name", _("Name"), sort="name"),
        Column(
            "limits",
            _("Limits"),
            value=lambda profile: summary_of_limits(profile.periods, profile.unit),
        ),
        Column("kind", _("Times count"), value="get_kind_display", template="chargeports/cells/profile_kind.html"),
        Column("valid_from", _("Valid from"), template="chargeports/cells/profile_from.html", css="nowrap"),
        Column("valid_to", _("Valid until"), template="chargeports/cells/profile_to.html", css="nowrap"),
        Column("stack_level", _("Stack level"), css="number"),
        Column("note", _("Note")),
        Column("created_by", _("By")),
        Column("created_at", _("Added"), sort="created_at", template="chargeports/cells/added.html", css="nowrap"),
    ),
    default_sort="name",
    row_actions="chargeports/cells/profile_actions.html",
    csv_right=VIEW_PROFILES,
    empty=Empty(
        _("No charging profiles yet"),
        _("A profile says how much may be charged at which hours; stations and starts can then be given it."),
        _("New charging profile"),
        "charging-profile-add",
        CHANGE_PROFILES,
    ),
)

FIRMWARE = Table(
    name="firmware",
    label=_("Firmware"),
    columns=(
        Column("vendor", _("Manufacturer"), sort="vendor"),
        Column("model", _("Model"), template="chargeports/cells/firmware_model.html"),
        Column("version", _("Version"), sort="version", css="mono"),
        Column("file", _("File"), value="file.name", template="chargeports/cells/firmware_file.html"),
        Column("sha256", _("SHA-256"), value="file.sha256", template="chargeports/cells/checksum.html"),
        Column("signed", _("Signed"), value=lambda row: bool(row.signature), template="chargeports/cells/signed.html"),
        Column("note", _("Note"), css="breaks"),
        Column("created_by", _("By")),
        Column("created_at", _("Added"), sort="created_at", template="chargeports/cells/added.html", css="nowrap"),
    ),
    default_sort="-created_at",
    row_actions="chargeports/cells/firmware_actions.html",
    csv_right=VIEW_FIRMWARE,
    empty=Empty(
        _("No firmware yet"),
        _("Put the manufacturers' files here; stations whose model they fit can then be updated."),
        _("New firmware"),
        "firmware-add",
        CHANGE_FIRMWARE,
    ),
)

_STATION = Column("station", _("Station"), "station.identity", "chargeports/cells/station.html", css="nowrap")

_WINDOW_COLUMNS = (
    Column("port_number", _("Charge port"), value=port_words),
    Column("state", _("Status"), value="state.label", template="chargeports/cells/window_state.html"),
    Column("starts_at", _("Start"), template="chargeports/cells/moment.html", sort="starts_at", css="nowrap"),
    Column("ends_at", _("End"), template="chargeports/cells/window_end.html", css="nowrap"),
    Column("comment", _("Comment")),
    Column("locks_ports", _("Locked"), template="chargeports/cells/window_lock.html"),
    Column("tokens", _("May charge"), shown=False),
    Column("actor_label", _("By")),
    Column("ended_by", _("Ended early by"), shown=False),
)
_NO_WINDOWS = Empty(
    _("No maintenance windows yet"),
    _("Errors in a maintenance window are recorded and marked, but nobody is alarmed. Add one before the work begins."),
)

WINDOWS = Table(
    name="maintenance-windows",
    label=_("Maintenance windows"),
    columns=_WINDOW_COLUMNS,
    default_sort="-starts_at",
    row_actions="chargeports/cells/window_actions.html",
    csv_right=VIEW_MAINTENANCE,
    redrawn_by="#maintenance-now",
    empty=_NO_WINDOWS,
)

FLEET_WINDOWS = Table(
    name="all-maintenance-windows",
    label=_("Maintenance windows"),
    columns=(_STATION, *_WINDOW_COLUMNS),
    default_sort="-starts_at",
    row_actions="chargeports/cells/window_actions.html",
    csv_right=VIEW_MAINTENANCE,
    empty=_NO_WINDOWS,
)

_RESERVATION_COLUMNS = (
    # Numbers rise with the time, and the index is by number.
    Column("created_at", _("Reserved"), template="chargeports/cells/moment.html", sort="id", css="nowrap"),
    Column("port_number", _("Charge port"), value=port_words),
    Column("state", _("Status"), value="state_label", template="chargeports/cells/reservation_state.html"),
    Column("contact", _("Contact")),
    Column("id_tag", _("Id token"), css="mono"),
    Column("expires_at", _("Until"), template="chargeports/cells/moment.html", css="nowrap"),
    Column("answer", _("Answer of the station"), template="chargeports/cells/reservation_answer.html"),
    Column("session_id", _("Charging session"), template="chargeports/cells/reservation_session.html"),
    Column("actor_label", _("By")),
    Column("ended_at", _("Ended"), shown=False),
)
_NO_RESERVATIONS = Empty(
    _("No reservations yet"),
    _("Reserve a charge port under Charge control of its station. Each reservation stands here, with how it went."),
)

RESERVATIONS = Table(
    name="reservations",
    label=_("Reservations"),
    columns=_RESERVATION_COLUMNS,
    default_sort="-created_at",
    csv_right=VIEW_RESERVATIONS,
    redrawn_by="#reserved-now",
    empty=_NO_RESERVATIONS,
)

FLEET_RESERVATIONS = Table(
    name="all-reservations",
    label=_("Reservations"),
    columns=(_STATION, *_RESERVATION_COLUMNS),
    default_sort="-created_at",
    csv_right=VIEW_RESERVATIONS,
    empty=_NO_RESERVATIONS,
)


METERS_DUE = Table(
    name="meters-due",
    label=_("Meters due"),
    columns=(
        Column("port", _("Charge port"), template="chargeports/cells/meter_port.html", css="nowrap"),
        Column(
            "calibrated_until",
            _("Calibrated until"),
            template="chargeports/cells/calibration.html",
            sort="calibrated_until",
            css="nowrap",
        ),
        Column("days", _("Days left"), value="days_calibrated", css="number"),
        Column("meter_number", _("Meter number"), css="mono"),
        Column("metering_point_id", _("Metering point id"), css="mono"),
        Column("meter_server_id", _("Meter server id"), shown=False),
        Column("position", _("Position")),
        Column("station", _("Station"), value="port.station.name"),
        Column("city", _("City"), value="port.station.city"),
    ),
    default_sort="calibrated_until",
    csv_right=VIEW_PORTS,
    empty=Empty(
        _("No meters with an end of calibration yet"),
        _("Enter under Device details of a charge port until when its meter is calibrated: here it is warned of."),
        _("To the charge ports"),
        "charge-ports",
    ),
)


def vendor_of(key: ConfigurationKey) -> str:
    return key.vendor or now("any")


CONFIGURATION_KEYS = Table(
    name="configuration-keys",
    label=_("Configuration keys"),
    columns=(
        Column("key", _("Key"), sort="key", css="mono breaks"),
        Column("vendor", _("Manufacturer"), value=vendor_of, sort="vendor"),
        Column("model", _("Model")),
        Column("meaning", _("Meaning")),
        Column("form", _("Type"), value="get_form_display"),
        Column("unit", _("Unit")),
        Column("recommended", _("Recommended"), css="mono"),
        Column("risky", _("Risky"), value=lambda key: now("Yes") if key.risky else ""),
        Column("port_field", _("Tells of charge ports"), value="get_port_field_display"),
    ),
    default_sort="key",
    row_actions="chargeports/cells/key_actions.html",
    csv_right=VIEW_CONFIGURATION,
    empty=Empty(
        _("No keys described yet"),
        _(
            "The keys of the standard are known. Describe those of your manufacturers: what they mean, what you "
            "recommend, and what they tell of charge ports."
        ),
        _("New key"),
        "configuration-key-create",
        CHANGE_CONFIGURATION_KEYS,
    ),
)


CAMPAIGNS = Table(
    name="campaigns",
    label=_("Campaigns"),
    columns=(
        Column("name", _("Name"), template="chargeports/cells/campaign.html", sort="name"),
        Column("kind", _("Command"), value="get_kind_display", sort="kind"),
        Column("audience", _("For")),
        Column("state", _("State"), value="get_state_display", shown=False),
        Column("progress", _("State"), template="chargeports/cells/campaign_state.html", exported=False),
        Column("total", _("Stations"), css="number"),
        Column("done", _("Done"), value=lambda one: one.count(TargetState.DONE), css="number"),
        Column("failed", _("Failed"), value=lambda one: one.count(TargetState.FAILED), css="number"),
        Column("left_out", _("Left out"), value=lambda one: one.count(TargetState.LEFT_OUT), css="number"),
        Column("created_at", _("Created"), template="chargeports/cells/added.html", sort="pk", css="nowrap"),
        Column("actor_label", _("By")),
    ),
    default_sort="-created_at",
    csv_right=VIEW_CAMPAIGNS,
    empty=Empty(
        _("No campaigns yet"),
        _(
            "A campaign asks many stations for the same: restart, settings, firmware. Choose them here or in the list"
            " of stations."
        ),
        _("New campaign"),
        "campaign-new",
        RUN_CAMPAIGNS,
    ),
)

_TARGET = (
    Column("station", _("Station"), value="station.identity", template="chargeports/cells/target.html", sort="pk"),
    Column("name", _("Name"), value="station.name"),
)
_WHAT_BECAME = (
    Column(
        "state", _("State"), value="get_state_display", template="chargeports/cells/target_state.html", sort="state"
    ),
    Column("reason", _("Why not"), value="get_reason_display", sort="reason"),
    Column("outcome", _("Answer"), value="outcome_label"),
    Column("attempt", _("Attempts"), css="number"),
    Column("asked_at", _("Asked"), template="chargeports/cells/target_asked.html", css="nowrap"),
    Column("ended_at", _("Ended"), template="chargeports/cells/target_ended.html", css="nowrap"),
    Column("command", _("Command"), value="command_id", shown=False),
)
CAMPAIGN_TARGETS = Table(
    name="campaign",
    label=_("Stations"),
    columns=(*_TARGET, *_WHAT_BECAME),
    default_sort="station",
    csv_right=VIEW_CAMPAIGNS,
    redrawn_by="#campaign-progress",
)
SETTING_TARGETS = replace(
    CAMPAIGN_TARGETS,
    columns=(
        *_TARGET,
        Column("key", _("Setting"), css="mono breaks"),
        Column("value", _("Value"), css="mono breaks"),
        *_WHAT_BECAME,
    ),
)


TEMPLATES = Table(
    name="configuration-templates",
    label=_("Configuration templates"),
    columns=(
        Column("name", _("Name"), template="chargeports/cells/template.html", sort="name"),
        Column("vendor", _("Manufacturer"), value=lambda one: one.vendor or now("any")),
        Column("model", _("Model"), value=lambda one: one.model or now("any")),
        Column("setting_count", _("Settings"), css="number"),
        Column(
            "deviating_count", _("Stations that deviate"), template="chargeports/cells/deviating.html", css="number"
        ),
        Column("checked_at", _("Compared"), template="chargeports/cells/checked.html", css="nowrap"),
        Column("nightly", _("Every night"), value="get_nightly_display"),
    ),
    default_sort="name",
    csv_right=VIEW_TEMPLATES,
    empty=Empty(
        _("No configuration templates yet"),
        _("A template says what the settings of stations shall be; where they deviate is shown and can be set right."),
        _("New template"),
        "configuration-template-create",
        CHANGE_TEMPLATES,
    ),
)

DEVIATIONS = Table(
    name="deviations",
    label=_("What deviates"),
    columns=(
        Column(
            "station",
            _("Station"),
            value="station.identity",
            template="chargeports/cells/deviating_station.html",
            sort="station__identity",
        ),
        Column("name", _("Name"), value="station.name"),
        Column("key", _("Setting"), sort="key", css="mono breaks"),
        Column("wanted", _("Wanted"), css="mono breaks"),
        Column("found", _("Reported"), template="chargeports/cells/found.html", css="breaks"),
        Column("since", _("Seen since"), template="chargeports/cells/seen_since.html", sort="since", css="nowrap"),
    ),
    default_sort="station",
    csv_right=VIEW_TEMPLATES,
    redrawn_by="#template-state",
    empty=Empty(_("Nothing deviates"), _("All stations that were read have what the template wants.")),
)

CERTIFICATES = Table(
    name="certificates",
    label=_("Certificates"),
    columns=(
        Column(
            "station", _("Station"), value="station.identity", template="chargeports/cells/station.html", css="nowrap"
        ),
        # Numbers rise with the time, and the index is by number.
        Column("requested_at", _("Requested"), template="chargeports/cells/moment.html", sort="id", css="nowrap"),
        Column("state", _("State"), value="get_state_display", template="chargeports/cells/certificate_state.html"),
        Column("problem", _("Reason"), value="problem_label"),
        Column("serial_number", _("Serial number"), template="chargeports/cells/serial_number.html", css="nowrap"),
        Column("fingerprint", _("Fingerprint (SHA-256)"), shown=False),
        Column("not_after", _("Valid until"), template="chargeports/cells/moment.html", css="nowrap"),
        Column("used_at", _("First used"), template="chargeports/cells/moment.html", css="nowrap"),
    ),
    default_sort="-requested_at",
    row_actions="chargeports/cells/certificate_actions.html",
    csv_right=VIEW_SECURITY,
    empty=Empty(
        _("No certificates yet"),
        _(
            "Stations ask for one by themselves, or when they are requested to (Request a message: request for a"
            " certificate). The organisation's authority signs it."
        ),
    ),
)

_EVENT = (
    Column("received_at", _("Time"), template="chargeports/cells/moment.html", sort="received_at", css="nowrap"),
    Column("type", _("Event"), template="chargeports/cells/security_event.html"),
    Column("meaning", _("Meaning")),
    Column("tech_info", _("Details"), css="breaks"),
    Column("is_critical", _("Critical"), shown=False),
    Column("at", _("By the station's clock"), template="chargeports/cells/moment.html", css="nowrap"),
)
_NO_EVENTS = Empty(
    _("No security events yet"),
    _("What stations report for their security (OCPP's security extension) stands here: logins, tampering, restarts."),
)

STATION_SECURITY_EVENTS = Table(
    name="security-events",
    label=_("Security events"),
    columns=_EVENT,
    default_sort="-received_at",
    csv_right=VIEW_SECURITY,
    counted=False,
    redrawn_by="#security-now",
    empty=_NO_EVENTS,
)
SECURITY_EVENTS = replace(
    STATION_SECURITY_EVENTS,
    columns=(
        Column(
            "station", _("Station"), value="station.identity", template="chargeports/cells/station.html", css="nowrap"
        ),
        *_EVENT,
    ),
    redrawn_by="",
)
