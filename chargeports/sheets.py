"""What the chargeports app adds to pages: its tabs, its menu entries, its panels and its live fragments."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chargeports import selectors
from chargeports.capabilities import doubts
from chargeports.choices import CommandKind
from chargeports.forms import COMMAND_FORMS, CommandForm
from chargeports.forms.commands import PORT_CONTROL
from chargeports.models import Campaign, ChargePort, Command, ConfigurationTemplate
from chargeports.rights import (
    CAMPAIGNS,
    RUN_CAMPAIGNS,
    VIEW_CAMPAIGNS,
    VIEW_COMMANDS,
    VIEW_CONFIGURATION,
    VIEW_DIAGNOSTICS,
    VIEW_ERRORS,
    VIEW_FIRMWARE,
    VIEW_MAINTENANCE,
    VIEW_PORT_CONFIGURATION,
    VIEW_PORT_DEVICES,
    VIEW_PORTS,
    VIEW_PROFILES,
    VIEW_RESERVATIONS,
    VIEW_SECURITY,
    VIEW_TEMPLATES,
)
from chargeports.views import (
    campaigns,
    charging_limit,
    commands,
    configuration,
    control,
    errors,
    log_files,
    maintenance,
    notes,
    points,
    port_configuration,
    port_devices,
    reservations,
    security,
    templates,
    transfers,
)
from chargeports.views.sheet import SHEET as PORT
from common.access import Access
from common.live import Fragment, by_pk, load_organisation, organisation_topics
from common.rights import Text
from common.sheets import MenuItem, Panel, Tab, live_panel
from common.tables import BulkAction
from stations.choices import LifeCycle
from stations.models import Station
from stations.views.sheet import SHEET as STATION

# Of a large fleet some station changes all the time.
_FLEET_PAUSE_S = 2
_NEWEST = 8
# How many open errors a station's Information counts; it names the first few.
_MOST = 100

TABS = (
    Tab(STATION, points.SLUG, _("Charge points"), "overview", 20, VIEW_PORTS, points.charge_points),
    Tab(
        STATION,
        configuration.SLUG,
        _("Settings"),
        "communication",
        30,
        VIEW_CONFIGURATION,
        configuration.configuration,
    ),
    Tab(
        STATION,
        commands.SLUG,
        _("Commands"),
        "communication",
        40,
        VIEW_COMMANDS,
        commands.station_history,
    ),
    Tab(STATION, errors.SLUG, _("Errors"), "service", 200, VIEW_ERRORS, errors.station_errors),
    Tab(STATION, transfers.DIAGNOSIS, _("Diagnosis"), "service", 330, VIEW_DIAGNOSTICS, transfers.diagnosis),
    Tab(STATION, transfers.FIRMWARE, _("Firmware"), "service", 340, VIEW_FIRMWARE, transfers.firmware),
    Tab(
        PORT,
        control.SLUG,
        _("Control"),
        "overview",
        10,
        VIEW_PORTS,
        control.control,
        visible=control.is_offered,
        condition=_("not while the station is planned"),
    ),
    Tab(PORT, commands.SLUG, _("Commands"), "communication", 40, VIEW_COMMANDS, commands.port_history),
    Tab(
        PORT,
        port_configuration.SLUG,
        _("Configuration"),
        "overview",
        20,
        VIEW_PORT_CONFIGURATION,
        port_configuration.configuration,
    ),
    Tab(PORT, port_devices.SLUG, _("Device details"), "overview", 30, VIEW_PORT_DEVICES, port_devices.devices),
    Tab(
        PORT,
        configuration.PARAMETERS,
        _("OCPP parameters"),
        "communication",
        35,
        VIEW_CONFIGURATION,
        configuration.parameters,
        visible=configuration.parameters_are_offered,
        condition=_("not while the station is planned; only for stations that speak OCPP"),
    ),
    Tab(
        STATION,
        maintenance.SLUG,
        _("Maintenance windows"),
        "service",
        340,
        VIEW_MAINTENANCE,
        maintenance.windows,
        visible=maintenance.is_offered,
        condition=_("only with the service package 360.SUPPORT or Chargepoint.OPERATION"),
    ),
    Tab(
        STATION,
        charging_limit.SLUG,
        _("Charging limit"),
        "charging",
        105,
        VIEW_PROFILES,
        charging_limit.station_limit,
        visible=charging_limit.is_offered,
        condition=_("not while the station is planned"),
    ),
    Tab(
        PORT,
        charging_limit.SLUG,
        _("Charging limit"),
        "charging",
        45,
        VIEW_PROFILES,
        charging_limit.port_limit,
        visible=charging_limit.is_offered,
        condition=_("not while the station is planned"),
    ),
    Tab(STATION, security.SLUG, _("Security"), "communication", 440, VIEW_SECURITY, security.security),
    Tab(STATION, reservations.SLUG, _("Reservations"), "charging", 110, VIEW_RESERVATIONS, reservations.reservations),
)


# --- Live fragments -----------------------------------------------------------------------------------------------
def station_topics(station: Station) -> list[str]:
    return [f"station.{station.pk}"]


def port_topics(port: ChargePort) -> list[str]:
    return [f"port.{port.station_id}.{port.number}", f"station.{port.station_id}"]


def command_topics(command: Command) -> list[str]:
    """A start and a stop go on at the port: the plug, and then the session or its end."""
    topics = [f"command.{command.pk}"]
    if command.kind in (CommandKind.START_CHARGING, CommandKind.STOP_CHARGING):
        topics.append(f"port.{command.station_id}.{command.port_number}")
    return topics


def transfers_topics(station: Station) -> list[str]:
    return [f"transfers.{station.pk}"]


def load_station(access: Access, key: str) -> Station | None:
    return by_pk(Station.objects.select_related("state"), key)


def port_rows(access: Access) -> QuerySet[ChargePort]:
    return selectors.port_list(access.organisation)


def load_port(access: Access, key: str) -> ChargePort | None:
    return by_pk(port_rows(access), key)


def command_rows(access: Access) -> QuerySet[Command]:
    return selectors.commands()


def load_command(access: Access, key: str) -> Command | None:
    return by_pk(selectors.commands(), key)


def campaign_rows(access: Access) -> QuerySet[Campaign]:
    return Campaign.objects.all()


def load_campaign(access: Access, key: str) -> Campaign | None:
    return by_pk(campaign_rows(access), key)


def campaign_topics(campaign: Campaign) -> list[str]:
    return [f"campaign.{campaign.pk}"]


def load_template(access: Access, key: str) -> ConfigurationTemplate | None:
    return by_pk(ConfigurationTemplate.objects, key)


def template_topics(template: ConfigurationTemplate) -> list[str]:
    """What deviates from it, and the campaigns that set it right."""
    return [f"template.{template.pk}"]


def errors_here(access: Access, station: Station) -> dict[str, Any]:
    return {"station": station, "errors": list(selectors.open_errors(station)[:_MOST])}


def newest_errors(access: Access, organisation: Any) -> dict[str, Any]:
    found = selectors.all_open_errors()
    return {"errors": found[:_NEWEST], "count": found.count()}


FRAGMENTS = (
    Fragment(
        "chargeports.campaign",
        VIEW_CAMPAIGNS,
        campaign_topics,
        load_campaign,
        "chargeports/campaign_progress.html",
        campaigns.progress,
        feature=CAMPAIGNS,
        pause_s=_FLEET_PAUSE_S,
    ),
    Fragment(
        "chargeports.campaign-state",
        VIEW_CAMPAIGNS,
        campaign_topics,
        load_campaign,
        "chargeports/campaign_state.html",
        campaigns.progress,
        feature=CAMPAIGNS,
        tag="span",
        pause_s=_FLEET_PAUSE_S,
        rows=campaign_rows,
    ),
    Fragment(
        "chargeports.template",
        VIEW_TEMPLATES,
        template_topics,
        load_template,
        "chargeports/template_state.html",
        templates.state,
        feature=CAMPAIGNS,
    ),
    Fragment(
        "chargeports.templates-of-station",
        VIEW_TEMPLATES,
        station_topics,
        load_station,
        "chargeports/templates_of_station.html",
        templates.of_station,
        feature=CAMPAIGNS,
    ),
    Fragment(
        "chargeports.limit-of-station",
        VIEW_PROFILES,
        station_topics,
        load_station,
        "chargeports/charging_limit_card.html",
        charging_limit.of_station,
    ),
    Fragment(
        "chargeports.limit-of-port",
        VIEW_PROFILES,
        port_topics,
        load_port,
        "chargeports/charging_limit_card.html",
        charging_limit.of_port,
    ),
    Fragment(
        "chargeports.security-now",
        VIEW_SECURITY,
        station_topics,
        load_station,
        "chargeports/security_now.html",
        security.security_now,
    ),
    Fragment(
        "chargeports.port-configuration",
        VIEW_PORT_CONFIGURATION,
        port_topics,
        load_port,
        "chargeports/port_configuration_card.html",
        port_configuration.shown,
    ),
    Fragment(
        "chargeports.notes",
        VIEW_PORTS,
        port_topics,
        load_port,
        "chargeports/note_icon.html",
        notes.count,
        tag="span",
    ),
    Fragment(
        "chargeports.log-files",
        VIEW_DIAGNOSTICS,
        transfers_topics,
        load_station,
        "chargeports/log_files_list.html",
        log_files.files_of,
    ),
    Fragment(
        "chargeports.maintenance-now",
        VIEW_MAINTENANCE,
        station_topics,
        load_station,
        "chargeports/maintenance_now.html",
        maintenance.active_now,
    ),
    Fragment(
        "chargeports.reserved-now",
        VIEW_RESERVATIONS,
        station_topics,
        load_station,
        "chargeports/reserved_now.html",
        reservations.held_now,
    ),
    Fragment(
        "chargeports.status",
        VIEW_PORTS,
        port_topics,
        load_port,
        "chargeports/list_status.html",
        control.state,
        tag="span",
        rows=port_rows,
    ),
    Fragment("chargeports.header", VIEW_PORTS, port_topics, load_port, "chargeports/header.html", control.header),
    Fragment("chargeports.state", VIEW_PORTS, port_topics, load_port, "chargeports/state_card.html", control.state),
    Fragment(
        "chargeports.latest-commands",
        VIEW_COMMANDS,
        port_topics,
        load_port,
        "chargeports/latest_commands.html",
        control.latest_commands,
    ),
    Fragment(
        "chargeports.points", VIEW_PORTS, station_topics, load_station, "chargeports/points_table.html", points.points
    ),
    Fragment(
        "chargeports.command",
        VIEW_COMMANDS,
        command_topics,
        load_command,
        "chargeports/command.html",
        commands.progress,
        rows=command_rows,
    ),
    Fragment(
        "chargeports.open-commands",
        VIEW_COMMANDS,
        station_topics,
        load_station,
        "chargeports/open_commands.html",
        commands.open_commands,
    ),
    Fragment(
        "chargeports.configuration",
        VIEW_CONFIGURATION,
        station_topics,
        load_station,
        "chargeports/settings_state.html",
        configuration.state,
    ),
    Fragment(
        "chargeports.errors-now",
        VIEW_ERRORS,
        station_topics,
        load_station,
        "chargeports/errors_now.html",
        errors.errors_now,
    ),
    Fragment(
        "chargeports.errors-card",
        VIEW_ERRORS,
        station_topics,
        load_station,
        "chargeports/errors_card.html",
        lambda access, station: errors_here(access, station),
    ),
    Fragment(
        "chargeports.fleet-errors",
        VIEW_ERRORS,
        organisation_topics,
        load_organisation,
        "chargeports/fleet_errors.html",
        errors.fleet_errors,
        pause_s=_FLEET_PAUSE_S,
    ),
    Fragment(
        "chargeports.open-uploads",
        VIEW_DIAGNOSTICS,
        transfers_topics,
        load_station,
        "chargeports/open_transfers.html",
        transfers.open_uploads,
    ),
    Fragment(
        "chargeports.open-updates",
        VIEW_FIRMWARE,
        transfers_topics,
        load_station,
        "chargeports/open_transfers.html",
        transfers.open_updates,
    ),
    Fragment(
        "chargeports.newest-errors",
        VIEW_ERRORS,
        organisation_topics,
        load_organisation,
        "chargeports/newest_errors.html",
        newest_errors,
        pause_s=_FLEET_PAUSE_S,
    ),
)


# --- Panels of the station's sheet --------------------------------------------------------------------------------
def pills(access: Access, station: Station) -> dict[str, Any]:
    return {"ports": selectors.ports_shown(station)}


def figures(access: Access, station: Station) -> dict[str, Any]:
    return {"station": station, "ports": selectors.ports_shown(station)}


PANELS = (
    live_panel("station.settings", 10, VIEW_TEMPLATES, "chargeports.templates-of-station", CAMPAIGNS),
    live_panel("station.now", 5, VIEW_MAINTENANCE, "chargeports.maintenance-now"),
    Panel("station.device-details", 10, VIEW_PORTS, "chargeports/station_meters.html", port_devices.meters_of),
    Panel("station.header", 10, VIEW_PORTS, "chargeports/pills.html", pills),
    Panel("station.driver", 10, VIEW_PORTS, "chargeports/driver_ports.html", pills),
    Panel("station.information", 10, VIEW_PORTS, "chargeports/figures.html", figures),
    live_panel("station.now", 30, VIEW_ERRORS, "chargeports.errors-card"),
    Panel(
        "command.progress",
        20,
        VIEW_DIAGNOSTICS,
        "chargeports/transfer_of_command.html",
        transfers.progress,
        visible=transfers.asks_for_upload,
    ),
    Panel(
        "command.progress",
        21,
        VIEW_FIRMWARE,
        "chargeports/transfer_of_command.html",
        transfers.progress,
        visible=transfers.asks_for_download,
    ),
    Panel(
        "command.progress",
        22,
        VIEW_PROFILES,
        "chargeports/schedule_of_command.html",
        charging_limit.schedule_of_command,
        visible=charging_limit.read_schedule,
    ),
    Panel(
        "command.progress",
        23,
        VIEW_PROFILES,
        "chargeports/other_limit.html",
        charging_limit.other_way,
        visible=charging_limit.is_refused,
    ),
    live_panel("dashboard", 30, VIEW_ERRORS, "chargeports.newest-errors"),
)


BULK_ACTIONS = (BulkAction(_("Campaign …"), "campaign-for-stations", RUN_CAMPAIGNS, "send", "stations", CAMPAIGNS),)


# --- Menus --------------------------------------------------------------------------------------------------------
def _address(form: type[CommandForm], place: str) -> Callable[[Any], str]:
    def station_form(station: Station) -> str:
        return reverse(form.url_name(), args=[station.identity])

    def port_form(port: ChargePort) -> str:
        return f"{station_form(port.station)}?port_number={port.number}"

    return port_form if place == PORT_CONTROL else station_form


def _is_asked_for_things(subject: Station | ChargePort, access: Access) -> bool:
    station = subject.station if isinstance(subject, ChargePort) else subject
    return bool(station.life_cycle != LifeCycle.DECOMMISSIONED)


def _doubt(kind: CommandKind) -> Callable[[Any], Text]:
    """Why the station will probably not do this. Asked for once for all entries of a page."""

    def doubt(subject: Station | ChargePort) -> Text:
        station = subject.station if isinstance(subject, ChargePort) else subject
        known: dict[str, Text] | None = station.__dict__.get("command_doubts")
        if known is None:
            known = station.__dict__["command_doubts"] = doubts(station)
        return known.get(kind, "")

    return doubt


def menu_items(forms: tuple[type[CommandForm], ...]) -> tuple[MenuItem, ...]:
    """The entries of kinds of commands, in all menus that they name."""
    return tuple(
        MenuItem(
            place,
            order,
            form.kind.label,
            form.icon,
            form.right,
            _address(form, place),
            visible=_is_asked_for_things,
            doubt=_doubt(form.kind),
            shortcut=form.shortcut,
        )
        for form in forms
        for place, order in form.menus.items()
    )


def _log_files(port: ChargePort) -> str:
    return reverse("port-log-files", args=[port.station.identity, port.number])


MENU = (
    *menu_items(COMMAND_FORMS),
    MenuItem("port.header", 20, _("Log files"), "file-export", VIEW_DIAGNOSTICS, _log_files, shortcut="l"),
)
