from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scopes_disabled

from charging.choices import TokenStatus
from charging.models import IdToken
from cpms.demo import equipment, making, people
from ocpp_gateway import credentials
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
    """The simulated fleet, in the simulator's own notation: the demo's stations that are not decommissioned.

    A station that somebody added, or gave another password, is played by whoever did that.
    """
    with scopes_disabled():
        stations = Station.objects.filter(organisation__slug__in=making.SLUGS).exclude(
            life_cycle=LifeCycle.DECOMMISSIONED
        )
        candidates = stations.select_related("credential").prefetch_related("ports")
        return [_line(station) for station in candidates if _is_played(station)]


def _is_played(station: Station) -> bool:
    credential = getattr(station, "credential", None)
    secret = equipment.secret_of(station.identity).encode()
    return credential is not None and credentials.match(credential, secret) is not None and bool(station.ports.all())


def _line(station: Station) -> str:
    ports = list(station.ports.all())
    first = ports[0]
    fields = [station.identity, equipment.secret_of(station.identity), str(len(ports)), first.current_type]
    if first.max_power_w:
        fields.append(str(first.max_power_w))
    return ",".join(fields)


def tags() -> list[str]:
    with scopes_disabled():
        tokens = IdToken.objects.filter(organisation__slug="demo", status=TokenStatus.ACTIVE)
        return list(tokens.order_by("token").values_list("token", flat=True)) + list(people.UNKNOWN_TOKENS)
