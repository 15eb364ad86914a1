"""What the public is told of the demo's stations: hours, portals, texts in two languages, pictures, roaming; and a
station where only some may charge.
"""

import random
from datetime import date, datetime, timedelta
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from accounts.models import Organisation
from charging.models import TokenGroup
from charging.services import admit_groups
from common.actor import SYSTEM
from cpms.demo.equipment import Unit
from stations import services
from stations.choices import (
    Accessibility,
    AccessType,
    ExceptionScope,
    HolidayRule,
    LifeCycle,
    OperatingKind,
    PaymentMethod,
    PortalKind,
)
from stations.models import (
    HoursException,
    MarketingText,
    Portal,
    Publication,
    RoamingData,
    Station,
    StationAccess,
)
from stations.opening_hours import ALWAYS, Hours, Period, weekly
from stations.services.marketing import add_picture

_SHOP = weekly({day: [("07:00", "22:00")] for day in range(1, 7)})
_OFFICE = weekly({day: [("06:30", "19:30")] for day in range(1, 6)})
_RULES = "Please park only while charging, four hours at most. Leave the bay when you are done."
_TEXTS = {
    "de": {
        "title": "Laden: {name}",
        "description": "{count} Ladepunkte, gut beleuchtet, mit Platz zum Rangieren.",
        "opening_hours": "Siehe Aushang; Feiertage wie sonntags.",
        "payment": "App, Ladekarte, Kreditkarte, PayPal",
        "condition": "Neu, barrierefrei erreichbar.",
        "surroundings": "Café und Spielplatz in zwei Minuten, Bahnhof in zehn.",
    },
    "en": {
        "title": "Charging: {name}",
        "description": "{count} charge points, well lit, with room to turn.",
        "opening_hours": "See the notice on site; public holidays as on Sundays.",
        "payment": "App, charging card, credit card, PayPal",
        "condition": "New, step-free access.",
        "surroundings": "Café and playground two minutes away, the railway station ten.",
    },
}
_WITH_TEXTS = 24
_WITH_PICTURES = 2


def make_publication(chance: random.Random, organisation: Organisation, units: list[Unit], now: datetime) -> None:
    """Set-based: a few statements, however many stations."""
    stations = [unit.station for unit in units]
    _hours(stations, now.date())
    _portals(organisation, stations)
    _texts(organisation, units[:_WITH_TEXTS])
    _roaming(chance, organisation, stations)
    for station in stations[:_WITH_PICTURES]:
        _pictures(station)
    groups = list(TokenGroup.objects.filter(organisation=organisation))
    offices = [station for station in stations if station.access_type == AccessType.RESTRICTED]
    admit_groups(SYSTEM, offices[0], groups)


def _hours(stations: list[Station], today: date) -> None:
    for station in stations:
        station.opening_hours = _hours_of(station)
    Station.objects.bulk_update(stations, ["opening_hours"])
    StationAccess.objects.bulk_create(_access(station) for station in stations)
    inventory = today + timedelta(days=9)
    market: list[Period] = [("10:00", "16:00")]
    HoursException.objects.bulk_create(
        HoursException(organisation_id=station.organisation_id, station=station, scope=ExceptionScope.OPENING, **values)
        for station in stations[::8]
        for values in (
            {"first_day": inventory, "last_day": inventory, "note": "Stocktaking"},
            {"first_day": today + timedelta(days=20), "last_day": today + timedelta(days=22), "openings": market},
        )
    )


def _hours_of(station: Station) -> Hours:
    if station.access_type == AccessType.RESTRICTED:
        return _OFFICE
    return _SHOP if station.name.startswith(("Shopping", "Supermarket")) else ALWAYS


def _access(station: Station) -> StationAccess:
    is_shop = station.opening_hours is _SHOP
    return StationAccess(
        organisation_id=station.organisation_id,
        station=station,
        operating_kind=OperatingKind.OPENING if is_shop and station.pk % 3 == 0 else OperatingKind.ALWAYS,
        holiday_country=station.country,
        holiday_rule=HolidayRule.CLOSED if is_shop else HolidayRule.AS_USUAL,
        house_rules=_RULES if station.access_type == AccessType.PUBLIC else "",
    )


def _portals(organisation: Organisation, stations: list[Station]) -> None:
    own = services.built_in_portal(organisation, PortalKind.GEOJSON)
    open_charge_map = services.built_in_portal(organisation, PortalKind.OPEN_CHARGE_MAP)
    city = services.create_portal(SYSTEM, organisation, "City map", ["https://www.city.example"])
    working = [station for station in stations if station.life_cycle == LifeCycle.IN_OPERATION]
    Publication.objects.bulk_create(
        [
            *(_publication(station, own) for station in working),
            *(_publication(station, open_charge_map) for station in working[::2]),
            *(_publication(station, city) for station in working if station.city == working[0].city),
        ]
    )


def _publication(station: Station, portal: Portal) -> Publication:
    return Publication(organisation_id=station.organisation_id, station=station, portal=portal)


def _texts(organisation: Organisation, units: list[Unit]) -> None:
    """Every sixth station lacks its English texts, every fourth only a part of them."""
    made = []
    for number, unit in enumerate(units, start=1):
        for language, texts in _TEXTS.items():
            if language == "en" and number % 6 == 0:
                continue
            filled = {
                name: text.format(name=unit.station.name, count=len(unit.ports))
                for name, text in texts.items()
                if language == "de" or number % 4 or name not in ("condition", "surroundings")
            }
            made.append(MarketingText(organisation=organisation, station=unit.station, language=language, **filled))
    MarketingText.objects.bulk_create(made)


def _pictures(station: Station) -> None:
    for caption, language, colour in (
        ("Die Station von der Straße aus", "de", "#2a7de1"),
        ("The station as seen from the road", "en", "#2a7de1"),
        ("Lageplan / Site plan", "", "#2f9e44"),
    ):
        file = SimpleUploadedFile("station.png", _drawing(colour), "image/png")
        add_picture(SYSTEM, station, file, caption, language)


def _drawing(colour: str) -> bytes:
    """A street with a charging station and a car beside it."""
    picture = Image.new("RGB", (800, 450), "#dbe9f4")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 300, 800, 450), fill="#8a939e")
    for left in range(20, 800, 130):
        draw.rectangle((left, 370, left + 70, 380), fill="#f4f1ea")
    draw.rounded_rectangle((180, 130, 270, 310), 12, fill=colour)
    draw.rounded_rectangle((198, 150, 252, 190), 4, fill="#18202b")
    draw.rounded_rectangle((390, 220, 680, 310), 24, fill="#f4f1ea")
    draw.polygon([(440, 220), (490, 165), (600, 165), (645, 220)], fill="#c7d3dd")
    for middle in (460, 610):
        draw.ellipse((middle - 34, 280, middle + 34, 348), fill="#18202b")
    draw.line([(250, 200), (330, 250), (395, 255)], fill="#18202b", width=7)
    target = BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def _roaming(chance: random.Random, organisation: Organisation, stations: list[Station]) -> None:
    RoamingData.objects.bulk_create(
        RoamingData(
            organisation=organisation,
            station=station,
            accessibility=Accessibility.FREE if station.access_type == AccessType.PUBLIC else Accessibility.RESTRICTED,
            authentication_modes=["rfid", "app"],
            payment_methods=[PaymentMethod.CONTRACT, PaymentMethod.CREDIT_CARD],
            dynamic_information="yes",
            renewable_energy=chance.choice(("yes", "yes", "no")),
            calibration_law="yes",
            hotline="+49 30 5550100",
            direct_payment_deactivated=number % 9 == 4,
        )
        for number, station in enumerate(stations)
    )
