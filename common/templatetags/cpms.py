"""Tags and filters of every template: units, times, icons, status pills, live fragments, parts of other apps."""

import zoneinfo
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from babel.numbers import format_currency
from django import template
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template.base import NodeList, render_value_in_context
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import get_language, gettext, to_locale

from common import sheets
from common.browsers import browser_of
from common.live import draw, find_fragment
from common.looks import look_of
from common.numbers import in_figures
from common.tables import BoundTable, Cell, Row

register = template.Library()

# How exactly an absolute time is written, as `time.isoformat` calls it.
_CLOCKS = {"second": "seconds", "millisecond": "milliseconds"}

RECENT = timedelta(hours=24)
NOTHING = "–"
HOURS_A_DAY = 24


@register.filter
def kwh(energy_wh: Decimal | float | None, decimals: int = 3) -> str:
    """Energy in kWh from Wh: 3 decimals in logs, `|kwh:1` in summaries."""
    return _quantity(energy_wh, 1000, decimals, "kWh")


@register.filter
def kw(power_w: Decimal | float | None, decimals: int = 1) -> str:
    return _quantity(power_w, 1000, decimals, "kW")


@register.filter
def tab_group(key: str) -> str:
    """The label of a group of tabs."""
    return str(sheets.GROUPS.get(key, key))


@register.filter
def any_active(links: list[sheets.TabLink]) -> bool:
    return any(link.active for link in links)


@register.filter
def quantity(value: Decimal | float | None, unit: str) -> str:
    """A number with its unit as it is, e.g. `{{ 230.4|quantity:"V" }}`."""
    return _quantity(value, 1, 1, unit)


@register.filter
def money(amount: Decimal | float | None, currency: str = "EUR") -> str:
    if amount is None:
        return NOTHING
    return format_currency(amount, currency, locale=to_locale(get_language() or "en"))


@register.filter
def duration(seconds: float | timedelta | None) -> str:
    """Hours, minutes and seconds, e.g. `1:05:09 h`, `4:12 min`; from a day on days and minutes, e.g. `87 d 9:38 h`."""
    if seconds is None:
        return NOTHING
    total = int(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    sign, total = ("-", -total) if total < 0 else ("", total)
    hours, minutes, rest = total // 3600, total // 60 % 60, total % 60
    if hours >= HOURS_A_DAY:
        words = gettext("%(days)s d %(hours)d:%(minutes)02d h")
        days, hours = divmod(hours, HOURS_A_DAY)
        return sign + words % {"days": in_figures(days, 0), "hours": hours, "minutes": minutes}
    return f"{sign}{hours}:{minutes:02}:{rest:02} h" if hours else f"{sign}{minutes}:{rest:02} min"


@register.filter
def browser(user_agent: str) -> str:
    """`Firefox 128 · Windows` from what a browser calls itself; that text itself where it is of no known form."""
    return browser_of(user_agent)


@register.filter
def between(start: datetime | None, end: datetime | None) -> str:
    """How long it took from `start` to `end`, in seconds with one decimal below a minute."""
    if start is None or end is None:
        return NOTHING
    passed = (end - start).total_seconds()
    return f"{in_figures(passed, 1)} s" if 0 <= passed < 60 else duration(passed)


@register.simple_tag
def when(moment: datetime | None, zone: str | None = None, precision: str = "") -> SafeString | str:
    """A time in `zone` (by default the reader's): relative where it is recent, absolute on hover with its offset.

    `precision` "minute", "second" or "millisecond" shows the absolute time; then the relative one is on hover.
    """
    if moment is None:
        return NOTHING
    there = timezone.localtime(moment, zoneinfo.ZoneInfo(zone) if zone else None)
    iso, relative, exact = there.isoformat(), _relative(moment), _absolute(there, "second")
    full = f"{exact} {iso[-6:]} ({there.tzinfo})"
    # Nothing in it was typed by anybody, and a page has hundreds: no need to escape each part.
    if not precision and relative:
        return SafeString(f'<time datetime="{iso}" title="{full}" data-relative>{relative}</time>')
    text = exact if precision == "second" else _absolute(there, precision or "minute")
    title = f"{full} · {relative}" if relative else full
    return SafeString(f'<time datetime="{iso}" title="{title}">{text}</time>')


@register.filter
def as_moment(text: str) -> datetime:
    """A time that is kept as ISO 8601 inside JSON."""
    return datetime.fromisoformat(text)


@register.simple_tag
def moment(at: datetime | None, zone: str | None = None) -> str:
    """A time in `zone` as plain text, for what cannot hold an element, e.g. a hint on hover."""
    return _absolute(timezone.localtime(at, zoneinfo.ZoneInfo(zone) if zone else None), "minute") if at else NOTHING


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite. It is decoration: the words stand beside it."""
    return _icon(name)


@cache
def _icon(name: str) -> SafeString:
    """Pages have hundreds of them."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#icon-{}"/></svg>',
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag
def map_source() -> SafeString:
    """The attributes of an element that `static/js/maps.js` draws a map into: where everything comes from."""
    return format_html(
        'data-tiles="{}" data-attribution="{}" data-outlines="{}" data-icons="{}"'
        ' data-leaflet="{}" data-leaflet-css="{}"',
        settings.MAP_TILES_URL,
        settings.MAP_TILES_ATTRIBUTION,
        static("vendor/countries.json"),
        static("vendor/icons.svg"),
        static("vendor/leaflet.js"),
        static("vendor/leaflet.css"),
    )


@register.simple_tag
def status(value: Any, label: Any = None, title: str = "") -> SafeString:
    """A status as a pill: colour, icon and word. `label` is the word; without one the value's own. `title` on hover."""
    look = look_of(value)
    word = label or getattr(value, "label", None) or value or gettext("Unknown")
    hover = format_html(' title="{}"', title) if title else ""
    return format_html(
        '<span class="pill look-{}"{}>{}<span>{}</span></span>', look.colour, hover, icon(look.icon), word
    )


@register.simple_tag
def online(is_online: bool) -> SafeString:
    return status("online", gettext("Online")) if is_online else status("offline", gettext("Offline"))


@register.simple_tag
def copy(text: str) -> SafeString:
    """A button that copies `text`; it appears only where a script can do so."""
    if not text:
        return SafeString("")
    return format_html(
        '<button type="button" class="copy" data-copy="{}" hidden>{}<span class="visually-hidden">{}</span></button>',
        text,
        icon("copy"),
        gettext("Copy"),
    )


@register.inclusion_tag("command.html")
def command(command: Any) -> dict[str, Any]:
    """A command's life: queued → sent → its end, with the times each took and the charger's own words."""
    return {"command": command}


@register.simple_tag(takes_context=True)
def live(context: Context, name: str, subject: Any) -> SafeString:
    """A fragment that is drawn anew whenever one of its topics is announced; nothing without its right."""
    access = context.get("access")
    fragment = find_fragment(name)
    if fragment is None:
        raise ImproperlyConfigured(f"No app declares the live fragment {name!r} in its sheets.FRAGMENTS.")
    if not access or not fragment.open_to(access):
        return SafeString("")
    return draw(fragment, access, subject, csrf_token=context.get("csrf_token"))


@register.simple_tag(takes_context=True)
def panels(context: Context, place: str, subject: Any) -> SafeString:
    """What the apps declared for this place of a page (`sheets.PANELS`), in their order."""
    access = context["access"]
    request = context.get("request")
    drawn = [
        render_to_string(panel.template, {**panel.context(access, subject), "access": access}, request)
        for panel in sheets.panels(place, subject, access)
    ]
    return SafeString("".join(drawn))


@register.simple_tag
def tab_link(link: sheets.TabLink, sheet_url: str, prefix: str, css: str) -> SafeString:
    """A link of the tab bar, which has some forty; `prefix` keeps the ids of its two lists apart."""
    url = f"{sheet_url}{link.tab.slug}/"
    badge = "" if link.badge is None else format_html('<span class="tab-badge">{}</span>', link.badge)
    current = mark_safe(' aria-current="page"') if link.active else ""
    return format_html(
        '<a id="{}-{}" class="{}" href="{}" hx-get="{}"{}>{}{}</a>',
        prefix,
        link.tab.slug,
        css,
        url,
        url,
        current,
        link.tab.label,
        badge,
    )


@register.simple_tag(takes_context=True)
def cells(context: Context, table: BoundTable, row: Row) -> SafeString:
    """A row's cells: a column's template gets the object as `row`, its `value`, and the reader's `access`.

    What `{% include %}` would do for each of them, without its price: a page has many hundreds.
    """
    with context.push(row=row.object, access=table.access):
        return SafeString("".join(_cell(context, table, cell) for cell in row.cells))


def _cell(context: Context, table: BoundTable, cell: Cell) -> str:
    content = _content(context, cell, table.cell_templates).strip()
    return f"{table.cell_openings[cell.column.key]}{content}</td>"


def _content(context: Context, cell: Cell, templates: dict[str, NodeList]) -> str:
    if not cell.column.template:
        return render_value_in_context("" if cell.value is None else cell.value, context)
    context["value"] = cell.value
    return templates[cell.column.template].render(context)


@register.inclusion_tag("menu.html", takes_context=True)
def menu(context: Context, place: str, subject: Any, label: str, symbol: str = "dots-vertical") -> dict[str, Any]:
    """The action menu that the apps declared for this place (`sheets.MENU`); nothing where it is empty."""
    items = sheets.menu(place, subject, context["access"])
    return {
        "items": [(item, item.url(subject), item.doubt(subject)) for item in items],
        "label": label,
        "symbol": symbol,
    }


def _quantity(value: Decimal | float | None, divisor: int, decimals: int, unit: str) -> str:
    if value is None:
        return NOTHING
    return f"{in_figures(Decimal(value) / divisor, decimals)} {unit}"


def _absolute(there: datetime, precision: str) -> str:
    clock = there.time().isoformat(_CLOCKS.get(precision, "minutes"))
    return f"{_day(there.date(), get_language())}, {clock}"


@lru_cache(maxsize=2048)
def _day(day: date, _language: str | None) -> str:
    """A page names the same few days hundreds of times."""
    return date_format(day, "DATE_FORMAT")


def _relative(moment: datetime) -> str:
    """`4 minutes ago`, `in 2 hours`; empty for what is a day or more away."""
    distance = moment - timezone.now()
    if abs(distance) >= RECENT:
        return ""
    if abs(distance) < timedelta(minutes=1):
        return gettext("just now") if distance <= timedelta(0) else gettext("in a moment")
    if distance > timedelta(0):
        return gettext("in %(time)s") % {"time": timeuntil(moment, depth=1)}
    return gettext("%(time)s ago") % {"time": timesince(moment, depth=1)}
