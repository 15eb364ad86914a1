"""A station's settings: its OCPP configuration as it reports it, what is known of each key, and its changes. They
stand in the station's tab *Settings* and, the same, in its ports' tab *OCPP parameters*.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chargeports import selectors, services
from chargeports.choices import CommandKind
from chargeports.configuration import KnownKey, is_secret, known_key
from chargeports.forms import ChangeConfiguration, ReadConfiguration, Reset
from chargeports.forms.settings import MOST_AT_ONCE, ManySettingsForm
from chargeports.models import ChargePort, Command, ConfigurationValue
from chargeports.rights import CHANGE_CONFIGURATION, CHANGE_CONFIGURATION_KEYS, VIEW_CONFIGURATION
from chargeports.views.control import is_offered
from chargeports.views.sheet import port_tab
from common.access import Access, access_of
from common.doors import fits, posted
from common.forms import done, form_page
from common.rights import Text
from common.views import page, page_or_fragment
from stations.models import Station
from stations.selectors import entered_or_reported, station_by_identity
from stations.views.sheet import station_tab

SLUG = "settings"
PARAMETERS = "ocpp-parameters"
TABLE = "settings-table"
_CONFIGURING = (CommandKind.READ_CONFIGURATION, CommandKind.CHANGE_CONFIGURATION)


@dataclass(frozen=True)
class Setting:
    """One line of the tab: what the station reported, what is known of the key, our last change of it, and the query
    that names the key in addresses.
    """

    reported: ConfigurationValue
    known: KnownKey | None
    asked: Command | None
    query: str

    @property
    def is_secret(self) -> bool:
        return is_secret(self.reported.key)

    @property
    def deviates(self) -> bool:
        return bool(self.known and self.known.deviates(self.reported.value))

    @property
    def is_vendors(self) -> bool:
        return known_key(self.reported.key) is None


# What the list can be narrowed to: the value in the address, its words, and which lines it leaves.
_SHOWN: dict[str, tuple[Text, Callable[[Setting], bool]]] = {
    "": (_("All"), lambda setting: bool(setting)),
    "deviating": (_("Not as recommended"), lambda setting: setting.deviates),
    "writable": (_("Can be changed"), lambda setting: not setting.reported.readonly),
    "vendor": (_("Of the manufacturer"), lambda setting: setting.is_vendors),
}


def configuration(request: HttpRequest, station: Station) -> HttpResponseBase:
    context = settings_context(request, station)
    if _wants_table(request):
        return render(request, "chargeports/settings_table.html", context)
    return station_tab(request, station, SLUG, "chargeports/settings.html", context)


def parameters(request: HttpRequest, port: ChargePort) -> HttpResponseBase:
    context = settings_context(request, port.station)
    if _wants_table(request):
        return render(request, "chargeports/settings_table.html", context)
    return port_tab(request, port, PARAMETERS, "chargeports/settings.html", context)


def parameters_are_offered(port: ChargePort, access: Access) -> bool:
    """As control: a planned station is not there yet. The parameters are those of one family of protocols."""
    return is_offered(port, access) and str(port.station.protocol).startswith("ocpp")


def _wants_table(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", None)) and request.htmx.target == TABLE  # type: ignore[attr-defined]


def settings_context(request: HttpRequest, station: Station) -> dict[str, Any]:
    text, shown = request.GET.get("q", "").strip(), request.GET.get("show", "")
    everything, access = settings_of(station), access_of(request)
    wanted = _SHOWN.get(shown, _SHOWN[""])[1]
    return {
        "station": station,
        "settings": [one for one in everything if wanted(one) and matches(one, text.lower())],
        "count": len(everything),
        "text": text,
        "shown": shown,
        "choices": [(value, label) for value, (label, _wanted) in _SHOWN.items()],
        "described_as": urlencode({name: entered_or_reported(station, name) for name in ("vendor", "model")}),
        "change_url": ask_url(ChangeConfiguration, station),
        "may_change": access.can(ChangeConfiguration.right),
        "may_describe": access.can(CHANGE_CONFIGURATION_KEYS),
        "read_url": ask_url(ReadConfiguration, station),
        "may_read": access.can(ReadConfiguration.right),
    }


def settings_of(station: Station) -> list[Setting]:
    """All that the station reported, by key. Four queries."""
    asked, catalogue = selectors.last_changes_asked(station), selectors.key_catalogue(station)
    values = ConfigurationValue.objects.filter(station=station).order_by("key")
    return [
        Setting(value, catalogue.find(value.key), asked.get(value.key.lower()), urlencode({"key": value.key}))
        for value in values
    ]


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
        "known": selectors.key_catalogue(station).find(key),
        "value": selectors.configuration_value(station, key),
        "changes": selectors.history_of(station, key),
        "is_secret": is_secret(key),
        "back": settings_url(station),
    }
    return page_or_fragment(
        request, "chargeports/setting_history.html", context, "chargeports/setting_history_body.html"
    )


def settings_url(station: Station) -> str:
    return reverse("station-tab", args=[station.identity, SLUG])


# --- Many at once -------------------------------------------------------------------------------------------------
@page(CHANGE_CONFIGURATION)
def change_many(request: HttpRequest, identity: str) -> HttpResponseBase:
    """The settings that the address names (`?key=` each), those alone that can be changed."""
    station = station_by_identity(identity)
    keys = request.GET.getlist("key")[:MOST_AT_ONCE]
    values = list(ConfigurationValue.objects.filter(station=station, key__in=keys, readonly=False).order_by("key"))
    form = ManySettingsForm(posted(request), values=values, catalogue=selectors.key_catalogue(station))
    actor = access_of(request).actor
    if form.is_valid() and fits(form, services.change_settings, actor, station, form.changes):
        return _asked(request, station, len(form.changes))
    return _many_page(request, station, form)


def _many_page(request: HttpRequest, station: Station, form: ManySettingsForm) -> HttpResponse:
    intro = now("Values that you leave as they are are not sent. The station takes each or says why not.")
    if not form.values:
        intro = now("Tick settings that can be changed, on the tab Settings.")
    return form_page(
        request,
        form,
        title=now("Change settings of %(station)s") % {"station": station.identity},
        submit=now("Send") if form.values else "",
        back=settings_url(station),
        intro=intro,
    )


def _asked(request: HttpRequest, station: Station, count: int) -> HttpResponse:
    text = ngettext("%(count)d change is on its way.", "%(count)d changes are on their way.", count)
    messages.success(request, text % {"count": count} if count else now("Nothing was changed."))
    return done(request, settings_url(station))


# --- Two stations -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Compared:
    """One key with the values of two stations; None where a station does not report it."""

    key: str
    known: KnownKey | None
    here: ConfigurationValue | None
    there: ConfigurationValue | None

    @property
    def is_secret(self) -> bool:
        return is_secret(self.key)

    @property
    def differs(self) -> bool:
        if self.here is None or self.there is None:
            return True
        return not self.is_secret and self.here.value != self.there.value


@page(VIEW_CONFIGURATION)
def compare(request: HttpRequest, identity: str) -> HttpResponseBase:
    """`?with=` names the other station, `?all=1` shows what is the same too."""
    station = station_by_identity(identity)
    named, everything = request.GET.get("with", "").strip(), request.GET.get("all") == "1"
    other = Station.objects.filter(identity__iexact=named).first() if named else None
    lines = compared(station, other) if other else []
    context = {
        "station": station,
        "other": other,
        "named": named,
        "everything": everything,
        "lines": lines if everything else [line for line in lines if line.differs],
        "count": len(lines),
        "back": settings_url(station),
    }
    return render(request, "chargeports/settings_compared.html", context)


def compared(station: Station, other: Station) -> list[Compared]:
    """All keys of both stations, in any case of letters. Three queries."""
    catalogue = selectors.key_catalogue(station)
    mine, theirs = _by_key(station), _by_key(other)
    pairs = [(key, mine.get(key), theirs.get(key)) for key in sorted({*mine, *theirs})]
    named = [((here or there), here, there) for _key, here, there in pairs]
    return [Compared(one.key, catalogue.find(one.key), here, there) for one, here, there in named if one]


def _by_key(station: Station) -> dict[str, ConfigurationValue]:
    return {value.key.lower(): value for value in ConfigurationValue.objects.filter(station=station)}
