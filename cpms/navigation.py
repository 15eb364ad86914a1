"""The menu at the left: each entry once, with the right and the feature that open its page."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

import accounts.rights
import chargeports.rights
import charging.rights
import ocpp_gateway.rights
import stations.rights
import tickets.rights
from common.access import Access
from common.rights import Feature, Right, Text


@dataclass(frozen=True)
class Entry:
    """`url_name` is the page's; an entry whose page does not exist is not shown."""

    label: Text
    url_name: str
    icon: str
    right: Right
    feature: Feature | None = None

    def open_to(self, access: Access) -> bool:
        return access.can(self.right) and (self.feature is None or access.has(self.feature))


@dataclass(frozen=True)
class Section:
    label: Text
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Link:
    """An entry ready to draw; `current` on its own page and on what lies below it."""

    entry: Entry
    url: str
    current: bool


NAVIGATION = (
    Section("", (Entry(_("Dashboard"), "dashboard", "dashboard", stations.rights.VIEW_STATIONS),)),
    Section(
        _("Infrastructure"),
        (
            Entry(_("Stations"), "stations", "charging-pile", stations.rights.VIEW_STATIONS),
            Entry(_("Charge ports"), "charge-ports", "plug", chargeports.rights.VIEW_PORTS),
            Entry(_("Map"), "map", "map-2", stations.rights.VIEW_STATIONS),
            Entry(_("Station groups"), "station-groups", "sitemap", stations.rights.VIEW_STATIONS),
            Entry(_("Portals"), "portals", "world", stations.rights.VIEW_INTERFACES),
            Entry(_("Firmware"), "firmware", "cloud-download", chargeports.rights.VIEW_FIRMWARE),
            Entry(_("Campaigns"), "campaigns", "send", chargeports.rights.VIEW_CAMPAIGNS, chargeports.rights.CAMPAIGNS),
            Entry(
                _("Configuration templates"),
                "configuration-templates",
                "clipboard-list",
                chargeports.rights.VIEW_TEMPLATES,
                chargeports.rights.CAMPAIGNS,
            ),
            Entry(_("Charging profiles"), "charging-profiles", "gauge", chargeports.rights.VIEW_PROFILES),
            Entry(_("Configuration keys"), "configuration-keys", "settings", chargeports.rights.VIEW_CONFIGURATION),
            Entry(_("Meters due"), "meters-due", "dashboard", chargeports.rights.VIEW_PORTS),
            Entry(_("Meter corrections"), "meter-corrections", "tools", charging.rights.VIEW_SESSIONS),
            Entry(_("Contacts"), "contacts", "users-group", stations.rights.VIEW_STATIONS),
            Entry(_("Unknown stations"), "unknown-stations", "question-mark", ocpp_gateway.rights.VIEW_UNKNOWN),
        ),
    ),
    Section(
        _("Asset management"),
        (
            Entry(_("Articles"), "articles", "packages", stations.rights.VIEW_COMPONENTS),
            Entry(_("Installed components"), "components", "cpu", stations.rights.VIEW_COMPONENTS),
        ),
    ),
    Section(
        _("Charging"),
        (
            Entry(_("Charge logs"), "charge-logs", "bolt", charging.rights.VIEW_SESSIONS),
            Entry(_("Statistics"), "statistics", "chart-bar", charging.rights.VIEW_STATISTICS),
            Entry(_("Scheduled jobs"), "scheduled-stops", "clock", charging.rights.VIEW_SCHEDULED),
            Entry(_("Activation overview"), "activations", "id-badge-2", charging.rights.VIEW_SESSIONS),
            Entry(_("Goodwill starts"), "goodwill-starts", "star", charging.rights.REVIEW_GOODWILL),
            Entry(_("Vouchers"), "vouchers", "ticket", charging.rights.VIEW_VOUCHERS),
            Entry(_("Reservations"), "reservations", "calendar-event", chargeports.rights.VIEW_RESERVATIONS),
            Entry(_("Tariffs"), "tariffs", "receipt-2", charging.rights.VIEW_TARIFFS),
            Entry(_("Id tokens"), "id-tokens", "id-badge-2", charging.rights.VIEW_TOKENS),
            Entry(_("Contracts"), "contracts", "file-text", charging.rights.VIEW_TOKENS),
        ),
    ),
    Section(
        _("Service"),
        (
            Entry(_("Tickets"), "tickets", "ticket", tickets.rights.VIEW_TICKETS, tickets.rights.TICKETS),
            Entry(_("Errors"), "errors", "alert-triangle", chargeports.rights.VIEW_ERRORS),
            Entry(_("Error rate"), "error-rate", "chart-pie", charging.rights.VIEW_ERROR_RATE),
            Entry(_("Security events"), "security-events", "shield", chargeports.rights.VIEW_SECURITY),
            Entry(_("Maintenance windows"), "maintenance-windows", "tool", chargeports.rights.VIEW_MAINTENANCE),
            Entry(_("Catalogue of error codes"), "error-catalogue", "list-details", chargeports.rights.VIEW_ERRORS),
            Entry(_("Escalation rules"), "escalation-rules", "bell", tickets.rights.VIEW_RULES, tickets.rights.TICKETS),
            Entry(_("Teams"), "ticket-teams", "users-group", tickets.rights.VIEW_TICKETS, tickets.rights.TICKETS),
            Entry(
                _("Categories of tickets"),
                "ticket-categories",
                "tag",
                tickets.rights.VIEW_TICKETS,
                tickets.rights.TICKETS,
            ),
        ),
    ),
    Section(
        _("Administration"),
        (
            Entry(_("Organisation"), "organisation", "building", accounts.rights.CHANGE_ORGANISATION),
            Entry(_("Users"), "users", "users", accounts.rights.VIEW_USERS),
            Entry(_("Roles"), "roles", "shield-check", accounts.rights.VIEW_ROLES),
            Entry(_("Subscription"), "subscription", "package", accounts.rights.VIEW_SUBSCRIPTION),
            Entry(_("API tokens"), "api-tokens", "key", accounts.rights.VIEW_TOKENS),
            Entry(_("Webhooks"), "webhooks", "send", accounts.rights.VIEW_WEBHOOKS),
            Entry(_("Certificates"), "certificates", "certificate", chargeports.rights.VIEW_SECURITY),
            Entry(_("Background jobs"), "jobs", "list-details", accounts.rights.VIEW_JOBS),
            Entry(_("Audit log"), "audit-log", "history", accounts.rights.VIEW_AUDIT),
        ),
    ),
)


def navigation(request: HttpRequest, access: Access) -> list[tuple[Section, list[Link]]]:
    """The sections with the entries that this caller may open; sections without any are left out."""
    shown = ((section, _links(request, access, section)) for section in NAVIGATION)
    return [(section, links) for section, links in shown if links]


def address_of(url_name: str) -> str:
    """The address of a page without parameters; empty where there is no such page."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def _links(request: HttpRequest, access: Access, section: Section) -> list[Link]:
    found = ((entry, address_of(entry.url_name)) for entry in section.entries if entry.open_to(access))
    return [Link(entry, url, _is_current(request.path, url)) for entry, url in found if url]


def _is_current(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
