from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from charging.choices import StartMethod
from charging.models import Activation, ChargingSession, IdToken, MeterValue, PortalStart, Tariff, Voucher
from charging.rights import (
    CHANGE_TARIFFS,
    CHANGE_TOKENS,
    CHANGE_VOUCHERS,
    EXPORT_SESSIONS,
    REVIEW_GOODWILL,
    VIEW_SCHEDULED,
    VIEW_TARIFFS,
    VIEW_TOKENS,
    VIEW_VOUCHERS,
)
from common.actor import author
from common.rights import Text
from common.tables import SHEET_PAGE_SIZE, BulkAction, Column, Empty, Table

_WH_PER_KWH = 1000


def energy_kwh(session: ChargingSession) -> Decimal:
    return Decimal(session.energy_wh) / _WH_PER_KWH


def billed_of(session: ChargingSession) -> Decimal | None:
    """What is to be paid; None where the session is not billed or not reckoned yet."""
    cost = getattr(session, "cost", None)
    return cost.total if cost and not cost.unbilled else None


def person_of(session: ChargingSession) -> str:
    return session.token.holder if session.token else ""


def remarks_of(session: ChargingSession) -> list[Text]:
    return [remark.label for remark in session.remarks]


def faults_of(session: ChargingSession) -> list[Text]:
    return [fault.label for fault in session.faults_found]


_STATION = Column("station", _("Station"), value="station.identity", template="charging/cells/station.html")
_ABOUT_SESSIONS = (
    Column("id", _("Session"), template="charging/cells/session.html", css="nowrap"),
    Column("port_number", _("Charge port"), css="number"),
    Column(
        "started_at",
        _("Start"),
        value="began_at",
        template="charging/cells/moment.html",
        sort="started_at",
        css="nowrap",
    ),
    Column("ended_at", _("End"), value="finished_at", template="charging/cells/moment.html", css="nowrap"),
    Column("duration", _("Duration"), "duration_s", "charging/cells/duration.html", css="number", exported=False),
    Column("duration_s", _("Duration (s)"), shown=False),
    Column("energy", _("Energy"), "energy_wh", "charging/cells/energy.html", css="number", exported=False),
    Column("energy_kwh", _("Energy (kWh)"), value=energy_kwh, shown=False),
    Column("cost", _("Cost"), billed_of, "charging/cells/cost.html", css="number"),
    Column("currency", _("Currency"), "cost.currency", shown=False),
    Column("unbilled", _("Not billed"), "cost.get_unbilled_display", shown=False),
    Column("meter_start_wh", _("Meter at the start (Wh)"), shown=False),
    Column("meter_stop_wh", _("Meter at the end (Wh)"), shown=False),
    Column("id_tag", _("Id token"), template="charging/cells/id_tag.html"),
    Column("person", _("Person"), value=person_of, shown=False),
    Column("contract", _("Contract"), value="contract.emaid", shown=False),
    Column("method", _("Started by"), value="get_method_display", shown=False),
    Column("state", _("State"), value="get_state_display", template="charging/cells/state.html"),
    Column("stop_reason", _("Stop reason")),
    Column("fault", _("Type of error"), value=faults_of, template="charging/cells/faults.html"),
    Column("remarks", _("Remarks"), value=remarks_of, template="charging/cells/remarks.html", css="remarks"),
)

STATION_SESSIONS = Table(
    name="charge-logs",
    label=_("Charge logs"),
    columns=_ABOUT_SESSIONS,
    default_sort="-started_at",
    row_actions="charging/cells/session_actions.html",
    csv_right=EXPORT_SESSIONS,
    empty=Empty(
        _("Nobody has charged here yet"), _("Every charging session of the station stands here, from its start on.")
    ),
    page_size=SHEET_PAGE_SIZE,
)

SESSIONS = Table(
    name="charge-logs",
    label=_("Charge logs"),
    columns=(_ABOUT_SESSIONS[0], _STATION, *_ABOUT_SESSIONS[1:]),
    default_sort="-started_at",
    row_actions="charging/cells/session_actions.html",
    bulk_actions=(BulkAction(_("Export wizard"), "session-export", EXPORT_SESSIONS, "file-export"),),
    csv_right=EXPORT_SESSIONS,
    empty=Empty(
        _("Nobody has charged yet"),
        _("Every charging session of your stations stands here, from its start on."),
        _("To the stations"),
        "stations",
    ),
)


def delay_s(value: MeterValue) -> float:
    """How long after the reading it arrived."""
    return (value.received_at - value.sampled_at).total_seconds()


METER_VALUES = Table(
    name="meter-values",
    label=_("Meter values"),
    columns=(
        Column("sampled_at", _("Time"), template="charging/cells/sampled_at.html", sort="sampled_at", css="nowrap"),
        Column("context", _("Occasion")),
        Column("energy_wh", _("Register"), template="charging/cells/kilo3.html", css="number", exported=False),
        Column("power_w", _("Power"), template="charging/cells/kilo1.html", css="number", exported=False),
        Column("current_a", _("Current (A)"), css="number"),
        Column("voltage_v", _("Voltage (V)"), css="number"),
        Column("soc_percent", _("State of charge (%)"), css="number"),
        Column("energy", _("Register (Wh)"), value="energy_wh", shown=False),
        Column("power", _("Power (W)"), value="power_w", shown=False),
        Column("delay_s", _("Arrived after (s)"), value=delay_s, template="charging/cells/delay.html", css="number"),
        Column("samples", _("As sent"), template="charging/cells/samples.html"),
    ),
    default_sort="sampled_at",
    csv_right=EXPORT_SESSIONS,
    empty=Empty(
        _("No meter values"), _("The charger sent none for this session, or they are older than what is kept.")
    ),
)


def group_of(token: IdToken) -> str:
    return str(token.group or "")


ID_TOKENS = Table(
    name="id-tokens",
    label=_("Id tokens"),
    columns=(
        Column("token", _("Id token"), template="charging/cells/token.html", sort="tag_key", css="nowrap"),
        Column("label", _("Label")),
        Column("holder", _("Person")),
        Column("kind", _("Kind"), value="get_kind_display", css="nowrap"),
        Column("status", _("Status"), value="get_status_display", template="charging/cells/token_status.html"),
        Column("expires_at", _("Expires"), template="charging/cells/moment_of_reader.html", css="nowrap"),
        Column("group", _("Group"), value=group_of),
        Column("contract", _("Contract"), value="contract.emaid", template="charging/cells/contract_of.html"),
        Column("concurrent_sessions", _("Several sessions at once"), shown=False),
        Column("created_at", _("Created"), shown=False),
    ),
    default_sort="token",
    row_actions="charging/cells/token_actions.html",
    bulk_actions=(
        BulkAction(_("Block"), "id-tokens-block", CHANGE_TOKENS, "ban"),
        BulkAction(_("Unblock"), "id-tokens-unblock", CHANGE_TOKENS, "check"),
    ),
    csv_right=VIEW_TOKENS,
    empty=Empty(
        _("No id tokens yet"),
        _("Tokens are the cards and other tags that people charge with. Those that are not known are refused."),
        _("New id token"),
        "id-token-create",
        CHANGE_TOKENS,
    ),
)

CONTRACTS = Table(
    name="contracts",
    label=_("Contracts"),
    columns=(
        Column("emaid", _("EMAID"), template="charging/cells/emaid.html", sort="emaid_key"),
        Column("holder", _("Customer")),
        Column("status", _("Status"), value="get_status_display", template="charging/cells/contract_status.html"),
        Column("valid_from", _("Valid from"), template="charging/cells/moment_of_reader.html", css="nowrap"),
        Column("valid_until", _("Valid until"), template="charging/cells/moment_of_reader.html", css="nowrap"),
        Column("token_count", _("Id tokens"), template="charging/cells/contract_tokens.html", css="number"),
    ),
    default_sort="emaid",
    row_actions="charging/cells/contract_actions.html",
    bulk_actions=(
        BulkAction(_("Block"), "contracts-block", CHANGE_TOKENS, "ban"),
        BulkAction(_("Unblock"), "contracts-unblock", CHANGE_TOKENS, "check"),
    ),
    csv_right=VIEW_TOKENS,
    empty=Empty(
        _("No contracts yet"),
        _("A contract bundles the id tokens of a customer. Blocking it blocks them all."),
        _("New contract"),
        "contract-create",
        CHANGE_TOKENS,
    ),
)

TOKEN_GROUPS = Table(
    name="token-groups",
    label=_("Token groups"),
    columns=(
        Column(
            "parent_id",
            _("Parent id tag"),
            template="charging/cells/token_group.html",
            sort="parent_id",
            css="mono",
        ),
        Column("name", _("Name")),
        Column("token_count", _("Id tokens"), template="charging/cells/group_tokens.html", css="number"),
    ),
    default_sort="parent_id",
    empty=Empty(
        _("No token groups yet"),
        _("Tokens of one group may end each other's sessions, e.g. the cards of a family or a fleet."),
        _("New token group"),
        "token-group-create",
        CHANGE_TOKENS,
    ),
)

_STOP_COLUMNS = (
    Column("due_at", _("Planned for"), template="charging/cells/moment.html", sort="due_at", css="nowrap"),
    Column("port_number", _("Charge port"), css="number"),
    Column("session_id", _("Session"), template="charging/cells/stop_session.html"),
    Column("cause", _("Reason"), value="get_cause_display"),
    Column("state", _("State"), value="get_state_display", template="charging/cells/stop_state.html"),
    Column("ended_at", _("Done"), template="charging/cells/moment.html", css="nowrap"),
    Column("command", _("Command"), value="command_id", template="charging/cells/stop_command.html", exported=False),
    Column("answer", _("Answer"), value="command.outcome", shown=False),
    Column("attempts", _("Attempts"), shown=False),
    Column("actor_label", _("By"), value=author),
    Column("ended_by", _("Cancelled by"), shown=False),
)
_NO_STOPS = Empty(
    _("No scheduled stops"),
    _("Sessions that run when operating hours end or a longest duration is reached are stopped, and stand here."),
)

STOPS = Table(
    name="scheduled-jobs",
    label=_("Scheduled jobs"),
    columns=_STOP_COLUMNS,
    default_sort="-due_at",
    row_actions="charging/cells/stop_actions.html",
    csv_right=VIEW_SCHEDULED,
    redrawn_by="#hours-now",
    empty=_NO_STOPS,
)

FLEET_STOPS = Table(
    name="scheduled-jobs",
    label=_("Scheduled jobs"),
    columns=(_STATION, *_STOP_COLUMNS),
    default_sort="-due_at",
    row_actions="charging/cells/stop_actions.html",
    csv_right=VIEW_SCHEDULED,
    empty=_NO_STOPS,
)


def with_what(attempt: Activation) -> str:
    """The card, the contract or the voucher, as people know it."""
    return str(attempt.contract if attempt.method == StartMethod.CONTRACT and attempt.contract else attempt.id_tag)


def person_of_attempt(attempt: Activation) -> str:
    return attempt.person or (attempt.token.holder if attempt.token else "")


ACTIVATIONS = Table(
    name="activations",
    label=_("Activation overview"),
    columns=(
        Column("received_at", _("Time"), template="charging/cells/moment.html", sort="received_at", css="nowrap"),
        Column("station", _("Station"), value="station.identity", template="charging/cells/station.html"),
        Column("port_number", _("Charge port"), css="number"),
        Column("occasion", _("Occasion"), value="get_occasion_display"),
        Column("method", _("Kind"), value="get_method_display", css="nowrap"),
        Column("id_tag", _("With"), value=with_what, template="charging/cells/id_tag.html"),
        Column("contract", _("Contract"), value="contract.emaid", shown=False),
        Column("voucher", _("Voucher"), value="voucher.code", shown=False),
        Column("person", _("Person"), value=person_of_attempt),
        Column("outcome", _("Outcome"), value="get_outcome_display", template="charging/cells/outcome.html"),
        Column("reason", _("Reason"), value="reason_label"),
        Column("session_id", _("Session"), template="charging/cells/session_of.html", css="nowrap"),
        Column("followed", _("A session began"), shown=False),
    ),
    default_sort="-received_at",
    csv_right=EXPORT_SESSIONS,
    counted=False,
    empty=Empty(
        _("Nobody has asked to charge here"),
        _("Every card held to a reader, every session that begins and every start from the portal stands here."),
    ),
)


def session_energy_wh(start: PortalStart | Voucher) -> int | None:
    session = start.start.session if isinstance(start, Voucher) and start.start else getattr(start, "session", None)
    return session.energy_wh if session else None


GOODWILL = Table(
    name="goodwill-starts",
    label=_("Goodwill starts"),
    columns=(
        Column("created_at", _("Time"), template="charging/cells/moment.html", sort="created_at", css="nowrap"),
        Column("station", _("Station"), value="station.identity", template="charging/cells/station.html"),
        Column("port_number", _("Charge port"), css="number"),
        Column("customer", _("Customer")),
        Column("problem", _("Problem")),
        Column("actor_label", _("By")),
        Column("state", _("State"), value="get_state_display"),
        Column("session_id", _("Session"), template="charging/cells/session_of.html", css="nowrap"),
        Column("energy", _("Energy"), session_energy_wh, "charging/cells/kilo3.html", css="number", exported=False),
        Column("energy_wh", _("Energy (Wh)"), value=session_energy_wh, shown=False),
        Column("cost", _("Cost"), "session.cost.total", "charging/cells/goodwill_cost.html", css="number"),
        Column("currency", _("Currency"), "session.cost.currency", shown=False),
        Column("unbilled", _("Not billed"), "session.cost.get_unbilled_display", shown=False),
        Column("reviewed_at", _("Reviewed"), template="charging/cells/reviewed.html"),
        Column("reviewed_by", _("Reviewed by"), shown=False),
    ),
    default_sort="-created_at",
    bulk_actions=(BulkAction(_("Mark as reviewed"), "goodwill-review", REVIEW_GOODWILL, "check"),),
    csv_right=EXPORT_SESSIONS,
    empty=Empty(
        _("No goodwill starts"),
        _("Sessions that agents start for customers who are not charged stand here for review."),
    ),
)


def limits_of(voucher: Voucher) -> str:
    """What the voucher is good for, in few words."""
    batch = voucher.batch
    minutes = (batch.limit_duration_s or 0) // 60
    found = [
        f"{Decimal(batch.limit_energy_wh) / _WH_PER_KWH:n} kWh" if batch.limit_energy_wh else "",
        f"{minutes} min" if minutes else "",
        str(batch.limit_amount) if batch.limit_amount is not None else "",
    ]
    return " · ".join(filter(None, found))


def redeemed_at_station(voucher: Voucher) -> str:
    return f"{voucher.start.station.identity} · {voucher.start.port_number}" if voucher.start else ""


VOUCHERS = Table(
    name="vouchers",
    label=_("Vouchers"),
    columns=(
        Column("code", _("Code"), css="nowrap mono"),
        Column("batch", _("Name"), value="batch.name"),
        Column("state", _("State"), value="state_label", template="charging/cells/voucher_state.html"),
        Column("limits", _("At most"), value=limits_of, css="nowrap"),
        Column("valid_from", _("Valid from"), "batch.valid_from", "charging/cells/moment_of_reader.html", css="nowrap"),
        Column(
            "valid_until", _("Valid until"), "batch.valid_until", "charging/cells/moment_of_reader.html", css="nowrap"
        ),
        Column("redeemed_at", _("Redeemed"), template="charging/cells/moment_of_reader.html", css="nowrap"),
        Column("where", _("Where"), value=redeemed_at_station, css="nowrap"),
        Column("by", _("By"), value="start.actor_label"),
        Column("energy_wh", _("Energy (Wh)"), value=session_energy_wh, shown=False),
        Column("created_by", _("Created by"), value="batch.created_by", shown=False),
        Column("id", _("Number"), sort="pk", shown=False),
    ),
    default_sort="-id",
    bulk_actions=(BulkAction(_("Revoke"), "vouchers-revoke", CHANGE_VOUCHERS, "ban"),),
    csv_right=VIEW_VOUCHERS,
    empty=Empty(
        _("No vouchers yet"),
        _("A voucher is a code with which a hotline agent starts one charging process for its holder."),
        _("New vouchers"),
        "vouchers-create",
        CHANGE_VOUCHERS,
    ),
)


def price_kwh(tariff: Tariff) -> Decimal | None:
    """The price of a kWh that holds now."""
    now = timezone.now()
    return next((one.price_kwh for one in tariff.versions.all() if one.valid_from <= now), None)


def assigned(tariff: Tariff) -> int:
    return len(tariff.assignments.all())


TARIFFS = Table(
    name="tariffs",
    label=_("Tariffs"),
    columns=(
        Column("name", _("Name"), template="charging/cells/tariff.html", sort="name"),
        Column("price_kwh", _("Price of a kWh"), value=price_kwh, css="number"),
        Column("currency", _("Currency")),
        Column("assigned", _("Assignments"), value=assigned, css="number"),
    ),
    default_sort="name",
    csv_right=VIEW_TARIFFS,
    empty=Empty(
        _("No tariffs yet"),
        _("A tariff says what charging costs. Sessions are billed where one holds and calibration law is met."),
        _("New tariff"),
        "tariff-create",
        CHANGE_TARIFFS,
    ),
)


METER_CORRECTIONS = Table(
    name="meter-corrections",
    label=_("Meter corrections"),
    columns=(
        Column("vendor", _("Manufacturer"), sort="vendor"),
        Column("model", _("Model"), sort="model"),
        Column("firmware_version", _("Firmware")),
        Column("energy_factor", _("Factor for energy"), css="number"),
        Column("power_factor", _("Factor for power"), css="number"),
        Column("note", _("Note")),
    ),
    default_sort="vendor",
    row_actions="charging/cells/correction_actions.html",
    csv_right=EXPORT_SESSIONS,
    empty=Empty(
        _("No corrections"),
        _("Where the meters of a model tell wrong figures, e.g. ten times the energy, they are put right here."),
    ),
)
