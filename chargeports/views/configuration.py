"""The station's tab *Settings*: its OCPP configuration as it reports it, what is known of each key, and its changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chargeports import selectors
from chargeports.choices import CommandKind
from chargeports.configuration import KnownKey, is_secret, known_key
from chargeports.forms import ChangeConfiguration, ReadConfiguration, Reset
from chargeports.models import Command, ConfigurationValue
from chargeports.rights import VIEW_CONFIGURATION
from common.access import Access
from common.rights import Text
from common.views import page, page_or_fragment
from stations.models import Station
from stations.selectors import station_by_identity
from stations.views.sheet import station_tab

SLUG = "settings"
TABLE = "settings-table"
_CONFIGURING = (CommandKind.READ_CONFIGURATION, CommandKind.CHANGE_CONFIGURATION)


@dataclass(frozen=True)
class Setting:
    """One line of the tab: what the station reported, what is known of the key, and our last change of it."""

    reported: ConfigurationValue
    known: KnownKey | None
    asked: Command | None
    history_url: str
    change_url: str

    @property
    def is_secret(self) -> bool:
        return is_secret(self.reported.key)

    @property
    def deviates(self) -> bool:
        return bool(self.known and self.known.deviates(self.reported.value))


# What the list can be narrowed to: the value in the address, its words, and which lines it leaves.
_SHOWN: dict[str, tuple[Text, Callable[[Setting], bool]]] = {
    "": (_("All"), lambda setting: bool(setting)),
    "deviating": (_("Not as recommended"), lambda setting: setting.deviates),
    "writable": (_("Can be changed"), lambda setting: not setting.reported.readonly),
    "vendor": (_("Of the manufacturer"), lambda setting: setting.known is None),
}


def configuration(request: HttpRequest, station: Station) -> HttpResponseBase:
    text, shown = request.GET.get("q", "").strip(), request.GET.get("show", "")
    everything = settings_of(station)
    wanted = _SHOWN.get(shown, _SHOWN[""])[1]
    context = {
        "station": station,
        "settings": [one for one in everything if wanted(one) and matches(one, text.lower())],
        "count": len(everything),
        "text": text,
        "shown": shown,
        "choices": [(value, label) for value, (label, _wanted) in _SHOWN.items()],
        "change_url": ask_url(ChangeConfiguration, station),
        "change_right": ChangeConfiguration.right.code,
        "read_url": ask_url(ReadConfiguration, station),
        "read_right": ReadConfiguration.right.code,
    }
    if getattr(request, "htmx", None) and request.htmx.target == TABLE:  # type: ignore[attr-defined]
        return render(request, "chargeports/settings_table.html", context)
    return station_tab(request, station, SLUG, "chargeports/settings.html", context)


def settings_of(station: Station) -> list[Setting]:
    """All that the station reported, by key. Two queries."""
    asked = selectors.last_changes_asked(station)
    values = ConfigurationValue.objects.filter(station=station).order_by("key")
    return [_setting(station, value, asked.get(value.key.lower())) for value in values]


def _setting(station: Station, value: ConfigurationValue, asked: Command | None) -> Setting:
    query = urlencode({"key": value.key})
    history = f"{reverse('setting-history', args=[station.identity])}?{query}"
    change = "" if value.readonly else f"{ask_url(ChangeConfiguration, station)}?{query}"
    return Setting(value, known_key(value.key), asked, history, change)


def matches(setting: Setting, text: str) -> bool:
    """Whether the text, in lower case, stands in the key, in its value or in what the key means."""
    meaning = str(setting.known.meaning) if setting.known else ""
    return any(text in place.lower() for place in (setting.reported.key, setting.reported.value or "", meaning))


def ask_url(form: type[Any], station: Station) -> str:
    return reverse(form.url_name(), args=[station.identity])


def state(access: Access, station: Station) -> dict[str, Any]:
    """What stands live above the list; a change of it draws the list anew."""
    latest = selectors.commands_of(station).filter(kind__in=_CONFIGURING).order_by("-pk").first()
    return {
        "station": station,
        "state": station.state,
        "latest": latest,
        "reset_url": ask_url(Reset, station),
        "may_reset": access.can(Reset.right),
    }


@page(VIEW_CONFIGURATION)
def setting_history(request: HttpRequest, identity: str) -> HttpResponseBase:
    """How the value of one setting changed, newest first. The key stands in the query: it may hold any letters."""
    station = station_by_identity(identity)
    key = request.GET.get("key", "")
    context = {
        "station": station,
        "key": key,
        "known": known_key(key),
        "value": selectors.configuration_value(station, key),
        "changes": selectors.history_of(station, key),
        "is_secret": is_secret(key),
        "back": reverse("station-tab", args=[station.identity, SLUG]),
    }
    return page_or_fragment(
        request, "chargeports/setting_history.html", context, "chargeports/setting_history_body.html"
    )
