"""What people keep of the demo's stations: history, free fields, service packages, components."""

import random
from datetime import datetime, timedelta

from django.core.files.base import ContentFile

from accounts.models import Organisation
from common.actor import Actor
from cpms.demo.devices import make_devices
from cpms.demo.equipment import Unit
from stations import services
from stations.choices import ArticleKind, HistoryKind, PackageKind
from stations.models import Article, ArticleGroup, FieldTemplate, Station

_GRETA = Actor(kind="user", label="Greta Lang")
_ENTRIES = (
    (HistoryKind.CALL, "A driver called: the cable cannot be unplugged. Unlocked from the portal."),
    (HistoryKind.FAILURE, "The display stays dark. The fuse in the meter box had blown."),
    (HistoryKind.ACTIVITY, "Yearly inspection done, protocol is with the documents."),
    (HistoryKind.MAINTENANCE, "New firmware applied for with the manufacturer."),
    (HistoryKind.SALES, "The owner wants an offer for two more charge ports."),
    (HistoryKind.NOTE, "The key for the meter box is with the caretaker."),
)
_PROTOCOL = b"Yearly inspection\nResidual current device: 24 ms\nInsulation: above 500 MOhm\nSeals: intact\n"
_FIELDS = (("Meter box", "In the cellar, left of the stairs"), ("Parking operator", "Contipark, level -1"))
_STATIONS = 12


def make_records(chance: random.Random, organisation: Organisation, units: list[Unit], now: datetime) -> None:
    """For the first stations: enough to fill every tab, and no more."""
    stations = [unit.station for unit in units[:_STATIONS]]
    FieldTemplate.objects.create(organisation=organisation, name="Meter box")
    articles = _articles(organisation)
    services.book_package(
        _GRETA, stations[::2], PackageKind.SUPPORT, since=now.date() - timedelta(days=200), includes="Hotline 24/7"
    )
    services.book_package(_GRETA, stations[::3], PackageKind.OPERATION, since=now.date() - timedelta(days=90))
    # A window is made and seen in a tab that comes with a package.
    maintained = Station.objects.filter(organisation=organisation, maintenance_windows__isnull=False).distinct()
    services.book_package(_GRETA, list(maintained), PackageKind.OPERATION, since=now.date() - timedelta(days=180))
    make_devices(chance, stations, now)
    for number, station in enumerate(stations):
        _write(chance, station, now)
        _install(station, articles, number, now)


def _write(chance: random.Random, station: Station, now: datetime) -> None:
    for kind, text in chance.sample(_ENTRIES, 4):
        files = [ContentFile(_PROTOCOL, "protocol.txt")] if kind == HistoryKind.ACTIVITY else []
        services.write_entry(_GRETA, station, kind, text, now - timedelta(hours=chance.randint(1, 4_000)), files)
    for name, value in _FIELDS:
        services.add_field(_GRETA, station, name, value)


def _articles(organisation: Organisation) -> list[Article]:
    """Each answers what its group asks."""
    made = []
    for group_name, kind, maker, name, values in (
        ("Routers", ArticleKind.GATEWAY, "Teltonika", "RUT240", {"SIM slots": "1", "Network": "LTE Cat 4"}),
        ("Electricity meters", ArticleKind.METER, "Eastron", "SDM630", {"Accuracy": "Class B", "Phases": "3"}),
        ("Modems", ArticleKind.MODEM, "Quectel", "EC25", {"Network": "LTE Cat 4"}),
    ):
        group = ArticleGroup.objects.create(organisation=organisation, name=group_name, kind=kind, fields=list(values))
        fields = {"manufacturer": maker, "article_number": f"A-{name}", "warranty_months": 24, "values": values}
        made.append(Article.objects.create(organisation=organisation, group=group, name=name, **fields))
    return made


def _install(station: Station, articles: list[Article], number: int, now: datetime) -> None:
    day = now.date() - timedelta(days=30 * number + 20)
    for place, article in enumerate(articles):
        values = {"serial_number": f"{article.name}-{number:04}", "installed_on": day, "installed_by": "Elektro Krug"}
        port = {"port_number": 1} if article.group.kind == ArticleKind.METER else {}
        component = services.install_component(
            _GRETA, station, {"article": article, "installation_number": f"I-{number}{place}", **values, **port}
        )
        if number % 5 == 4 and place == 0:
            services.replace_component(
                _GRETA, component, {**values, "article": article, "serial_number": f"{article.name}-{number:04}-B"}
            )
