"""All measurements, one after the other, against the servers named in the environment."""

import argparse
import os
from dataclasses import dataclass

import django
from django.db import connection
from django_scopes import scope, scopes_disabled

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpms.settings")
django.setup()

# The apps are loaded only now.
from django.core.management import call_command  # noqa: E402

from accounts.models import Organisation, User  # noqa: E402
from benchmarks import exports, fleet, pages, traffic  # noqa: E402
from benchmarks.load import TAG  # noqa: E402
from stations.models import Station  # noqa: E402

AIM = 1 / 3


@dataclass(frozen=True)
class Size:
    """`talking` and `idle` are numbers of connections; `messages` and `sessions` are what one station has behind it."""

    stations: int
    talking: int
    idle: int
    seconds: float
    messages: int
    sessions: int


WHOLE = Size(stations=100_000, talking=200, idle=5_000, seconds=12, messages=100_000, sessions=20_000)
QUICK = Size(stations=300, talking=20, idle=50, seconds=0.5, messages=500, sessions=100)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the gateway and the pages.")
    parser.add_argument(
        "--quick", action="store_true", help="a small fleet and short times: shows that everything runs"
    )
    size = QUICK if parser.parse_args().quick else WHOLE
    call_command("migrate", verbosity=0)
    organisation, person = made(size)
    say(f"\n{size.talking} chargers: this gateway (every message committed), plain websockets + ocpp (nothing stored)")
    for mix in ("meters", "sessions"):
        compare_messages(mix, size)
    say(f"\n{size.idle} idle connections")
    compare_memory(size)
    say(f"\nPages at {size.stations} stations, {size.messages} messages and {size.sessions} sessions at one of them")
    with scope(organisation=organisation):
        show_pages(person, organisation, size)


def made(size: Size) -> tuple[Organisation, User]:
    with scopes_disabled():
        organisation, person = fleet.make_organisation(TAG)
        fleet.make_stations(organisation, max(size.stations, size.idle))
    connection.close()
    return organisation, person


def compare_messages(mix: str, size: Size) -> None:
    ours, plain = (traffic.measure(server, mix, size.talking, size.seconds) for server in traffic.BOTH)
    for name, found in (("gateway", ours), ("plain", plain)):
        say(f"  {mix:9} {name:8} {found.cpu_us:7.0f} µs CPU per message {found.per_second:8.0f} messages/s")
    say(f"  {mix:9} ratio    {ours.cpu_us / plain.cpu_us:7.2f} (aim: below {AIM:.2f}); batches: {ours.batches}")


def compare_memory(size: Size) -> None:
    for name, server in zip(("gateway", "plain"), traffic.BOTH, strict=True):
        found = traffic.measure(server, "idle", size.idle, 0)
        say(f"  {name:8} {found.memory_kib:6.1f} KiB per connection")


def show_pages(person: User, organisation: Organisation, size: Size) -> None:
    stations = Station.objects.order_by("identity")
    busy, last = stations[0], stations[int(stations.count() * 0.9)]
    fleet.make_history(organisation, busy, size.messages, size.sessions)
    for shown in pages.measure(person, busy, last):
        say(f"  {shown.page:36} {shown.milliseconds:7.1f} ms {shown.queries:3} queries")
    export = exports.measure(busy)
    say(
        f"  OCPP export: {export.messages / export.wall_s:,.0f} messages/s written (aim: 100,000),"
        f" {export.cpu_s / export.wall_s:.0%} of a core in the worker"
    )


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
