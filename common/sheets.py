"""Data sheets: a header and tabs. A tab is one declaration; its address, its place in the bar, its badge and who may
open it all come from it. A tab that declares no right does not build.

Apps list their tabs in `<app>/sheets.py` as `TABS`; the sheet's own view hands each request to `open_tab`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from common.access import Access, access_of
from common.declarations import declared
from common.rights import Feature, Right, Text
from common.views import page_or_fragment

# A tab's view gets the request and the sheet's subject (a station, a charge port) and answers with the drawn tab.
TabView = Callable[[HttpRequest, Any], HttpResponseBase]
Visible = Callable[[Any, Access], bool]
Badge = Callable[[Any], int | str | None]


# The sheets that tabs hang on, as pages about tabs name them.
SHEETS: dict[str, Text] = {"station": _("Station"), "port": _("Charge port")}

# The groups of a sheet's tab bar; a tab names its group by the key.
GROUPS: dict[str, Text] = {
    "overview": _("Overview"),
    "charging": _("Charging"),
    "service": _("Service"),
    "communication": _("Communication"),
    "publication": _("Publication"),
}


def always(subject: Any, access: Access) -> bool:
    return True


@dataclass(frozen=True)
class Action:
    """Something a tab can do: POST to `<tab address>/<name>/`, with a right of its own."""

    name: str
    right: Right
    view: TabView


@dataclass(frozen=True)
class Tab:
    """`sheet` is the sheet it hangs on; `group` and `order` its place there; `visible` hides and forbids at once,
    and `condition` says in words for which of them it is there.
    """

    sheet: str
    slug: str
    label: Text
    group: str
    order: int
    right: Right
    view: TabView
    feature: Feature | None = None
    visible: Visible = always
    condition: Text = ""
    badge: Badge | None = None
    actions: tuple[Action, ...] = field(default=())

    @property
    def sheet_label(self) -> Text:
        return SHEETS[self.sheet]

    def open_to(self, subject: Any, access: Access) -> bool:
        return access.can(self.right) and self.exists_for(subject, access)

    def exists_for(self, subject: Any, access: Access) -> bool:
        return (self.feature is None or access.has(self.feature)) and self.visible(subject, access)


@dataclass(frozen=True)
class TabLink:
    """One entry of the tab bar, ready to draw."""

    tab: Tab
    badge: int | str | None
    active: bool


def tabs_of(sheet: str) -> list[Tab]:
    """All tabs declared for the sheet, in their order."""
    return sorted((tab for tab in declared("sheets", "TABS") if tab.sheet == sheet), key=lambda tab: tab.order)


def tabs_by_right() -> dict[str, list[Tab]]:
    """Which tabs of all sheets hang on each right, by the right's code."""
    found: dict[str, list[Tab]] = {}
    for sheet in SHEETS:
        for tab in tabs_of(sheet):
            found.setdefault(tab.right.code, []).append(tab)
    return found


def tabs_by_feature() -> dict[str, list[Tab]]:
    """Which tabs of all sheets hang on each feature of the subscription, by the feature's code."""
    found: dict[str, list[Tab]] = {}
    for sheet in SHEETS:
        for tab in tabs_of(sheet):
            if tab.feature:
                found.setdefault(tab.feature.code, []).append(tab)
    return found


def tab_bar(sheet: str, subject: Any, access: Access, active: str) -> dict[str, list[TabLink]]:
    """The tabs that this caller may open, by group in the tabs' order."""
    bar: dict[str, list[TabLink]] = {}
    for tab in tabs_of(sheet):
        if tab.open_to(subject, access):
            badge = tab.badge(subject) if tab.badge else None
            bar.setdefault(tab.group, []).append(TabLink(tab, badge, tab.slug == active))
    return bar


def first_tab(sheet: str, subject: Any, access: Access) -> Tab:
    """The first tab that the caller may open; PermissionDenied where there is none."""
    for tab in tabs_of(sheet):
        if tab.open_to(subject, access):
            return tab
    raise PermissionDenied


def open_tab(request: HttpRequest, sheet: str, subject: Any, slug: str, action: str | None = None) -> HttpResponseBase:
    """Enforce the tab's declaration and draw it, or run one of its actions (POST only)."""
    access = access_of(request)
    tab = _find(tabs_of(sheet), slug)
    if not tab.exists_for(subject, access):
        raise Http404
    if action is None:
        _require(access, tab.right)
        return tab.view(request, subject)
    return _run(request, access, tab, subject, action)


def draw_tab(
    request: HttpRequest,
    sheet: str,
    subject: Any,
    slug: str,
    *,
    url: str,
    page: str,
    template: str,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    """The sheet's page with the tab `slug` open, for HTMX only the tab bar and the tab. `url` is the sheet's address,
    `page` a template that extends sheet.html, `template` draws the tab.
    """
    bar = tab_bar(sheet, subject, access_of(request), slug)
    values = {**context, "tabs": bar, "sheet_url": url, "tab_template": template}
    return page_or_fragment(request, page, values, "sheet_tab.html", status)


def _run(request: HttpRequest, access: Access, tab: Tab, subject: Any, name: str) -> HttpResponseBase:
    found = next((action for action in tab.actions if action.name == name), None)
    if found is None or request.method != "POST":
        raise Http404
    _require(access, tab.right)
    _require(access, found.right)
    return found.view(request, subject)


def _find(tabs: Iterable[Tab], slug: str) -> Tab:
    for tab in tabs:
        if tab.slug == slug:
            return tab
    raise Http404


def _require(access: Access, right: Right) -> None:
    if not access.can(right):
        raise PermissionDenied


@dataclass(frozen=True)
class Panel:
    """A part of a page that another app adds; `place` is where: `station.header`, `station.information`, `station.now`,
    `dashboard` …

    `context` gets the caller's access and the subject, and answers with what `template` draws.
    """

    place: str
    order: int
    right: Right
    template: str
    context: Callable[[Access, Any], dict[str, Any]]
    feature: Feature | None = None
    visible: Visible = always

    def open_to(self, subject: Any, access: Access) -> bool:
        subscribed = self.feature is None or access.has(self.feature)
        return subscribed and access.can(self.right) and self.visible(subject, access)


def live_panel(place: str, order: int, right: Right, fragment: str, feature: Feature | None = None) -> Panel:
    """A panel that is nothing but the live fragment of that name, of the page's subject."""

    def context(access: Access, subject: Any) -> dict[str, Any]:
        return {"fragment": fragment, "subject": subject}

    return Panel(place, order, right, "live_panel.html", context, feature)


def no_doubt(subject: Any) -> Text:
    return ""


@dataclass(frozen=True)
class MenuItem:
    """An entry of a sheet's action menu; `place` is `station.management`, `station.charge-control`, `port.control` …

    `url` gives the address of a form, which opens in a dialog and stands alone without JavaScript. The view behind the
    address enforces the same right. `doubt` says why it will probably come to nothing: then the entry is greyed.
    `shortcut` is the key that opens it where it stands as a button; `frame/shortcuts.html` lists them.
    """

    place: str
    order: int
    label: Text
    icon: str
    right: Right
    url: Callable[[Any], str]
    visible: Visible = always
    doubt: Callable[[Any], Text] = no_doubt
    shortcut: str = ""


def panels(place: str, subject: Any, access: Access) -> list[Panel]:
    """The panels declared for the place that this caller may see, in their order."""
    found = (panel for panel in declared("sheets", "PANELS") if panel.place == place)
    return sorted((panel for panel in found if panel.open_to(subject, access)), key=lambda panel: panel.order)


def menu(place: str, subject: Any, access: Access) -> list[MenuItem]:
    """The entries of an action menu that this caller may use now, in their order."""
    found = (item for item in declared("sheets", "MENU") if item.place == place)
    open_items = (item for item in found if access.can(item.right) and item.visible(subject, access))
    return sorted(open_items, key=lambda item: item.order)
