from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scopes_disabled

from charging.choices import TokenStatus
from charging.models import IdToken
from cpms.demo import equipment, making, people
from stations.choices import LifeCycle
from stations.models import Station


class Command(BaseCommand):
    help = "Make the demo data on the first start; with --identities, list the chargers that the simulator plays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--identities", action="store_true", help="one identity,password,ports,AC|DC,power a line")
        parser.add_argument("--tags", action="store_true", help="the id tags that the drivers show, one a line")

    def handle(self, *args: Any, **options: Any) -> None:
        if not people.is_allowed():
            raise CommandError("Demo data is off (CPMS_DEMO=0 or production).")
        if options["identities"]:
            self.stdout.write("\n".join(identity_lines()))
        elif options["tags"]:
            self.stdout.write("\n".join(tags()))
        elif making.exists():
            self.stdout.write("The demo data is there already.")
        else:
            making.make_demo()
            self.stdout.write("Made the demo data.")


def identity_lines() -> list[str]:
    """The simulated fleet: every demo station that is not decommissioned, in the simulator's own notation."""
    with scopes_disabled():
        stations = Station.objects.exclude(life_cycle=LifeCycle.DECOMMISSIONED).prefetch_related("ports")
        mine = [station for station in stations.filter(organisation__slug__in=making.SLUGS) if station.ports.all()]
        return [_line(station) for station in mine]


def _line(station: Station) -> str:
    ports = list(station.ports.all())
    first = ports[0]
    fields = (
        station.identity,
        equipment.secret_of(station.identity),
        len(ports),
        first.current_type,
        first.max_power_w,
    )
    return ",".join(str(field) for field in fields)


def tags() -> list[str]:
    with scopes_disabled():
        tokens = IdToken.objects.filter(organisation__slug="demo", status=TokenStatus.ACTIVE)
        return list(tokens.order_by("token").values_list("token", flat=True)) + list(people.UNKNOWN_TOKENS)
