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
from benchmarks import exports, faults, fleet, pages, traffic  # noqa: E402
from benchmarks.load import TAG  # noqa: E402
from benchmarks.traffic import Server  # noqa: E402
from common.garbage import collect_seldom  # noqa: E402
from stations.models import Station  # noqa: E402

MESSAGE_AIM = 1 / 3
MEMORY_AIM_KIB = 60
WAIT_AIM_S = 2
EXPORT_AIM = 100_000
# Ten million sessions in a quarter of an hour.
JUDGING_AIM = 11_000


@dataclass(frozen=True)
class Size:
    """`talking`, `idle`, `storm`: numbers of connections; `messages` and `sessions`: what one station has behind it;
    `judged`: sessions of all stations by which the error rate is measured.

    Every page is timed `times` times.
    """

    stations: int
    talking: int
    idle: int
    storm: int
    seconds: float
    messages: int
    sessions: int
    judged: int
    times: int


WHOLE = Size(
    stations=100_000,
    talking=500,
    idle=5_000,
    storm=500,
    seconds=10,
    messages=130_000,
    sessions=10_000,
    judged=500_000,
    times=5,
)
SMALL = Size(
    stations=200, talking=20, idle=50, storm=20, seconds=0.3, messages=500, sessions=100, judged=2_000, times=1
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the gateway and the pages.")
    parser.add_argument(
        "--small", action="store_true", help="a small fleet and short times: shows that everything runs"
    )
    size = SMALL if parser.parse_args().small else WHOLE
    call_command("migrate", verbosity=0)
    organisation, person = made(size)
    say("what", "measured", "beside it", "aim")
    with traffic.serving(traffic.GATEWAY) as ours, traffic.serving(traffic.PLAIN) as plain:
        compare_memory(ours, plain, size)
        for mix in ("meters", "sessions"):
            compare_messages(ours, plain, mix, size)
        show_storm(ours, size)
    collect_seldom()  # as whatever serves the pages does
    with scope(organisation=organisation):
        show_pages(person, organisation, size)


def made(size: Size) -> tuple[Organisation, User]:
    with scopes_disabled():
        organisation, person = fleet.make_organisation(TAG)
        fleet.make_stations(organisation, max(size.stations, size.idle))
    connection.close()
    return organisation, person


def compare_messages(gateway: Server, other: Server, mix: str, size: Size) -> None:
    """This gateway, every message committed, beside `websockets` with `ocpp.ChargePoint`, nothing stored."""
    ours, plain = (traffic.measure(server, mix, size.talking, size.seconds) for server in (gateway, other))
    what = f"{size.talking} chargers, {mix}"
    say(f"{what}: CPU per message", f"{ours.cpu_us:.0f} µs", f"{plain.cpu_us:.0f} µs")
    say(f"{what}: messages per second", f"{ours.per_second:.0f}", f"{plain.per_second:.0f}", note=ours.batches)
    ratio = ours.cpu_us / plain.cpu_us
    say(f"{what}: share of CPU", f"{ratio:.2f}", "1", f"{MESSAGE_AIM:.2f}", is_good=ratio < MESSAGE_AIM)


def compare_memory(gateway: Server, other: Server, size: Size) -> None:
    ours, plain = (traffic.measure(server, "idle", size.idle, 0).memory_kib for server in (gateway, other))
    what = f"{size.idle} idle chargers: memory per connection"
    say(what, f"{ours:.0f} KiB", f"{plain:.0f} KiB", f"{MEMORY_AIM_KIB} KiB", is_good=ours < MEMORY_AIM_KIB)


def show_storm(gateway: Server, size: Size) -> None:
    longest_s = traffic.longest_wait_s(gateway, size.storm, 2)
    what = f"{size.storm} chargers reconnect at once, twice: longest wait of another"
    say(what, f"{longest_s:.2f} s", "", f"{WAIT_AIM_S} s", is_good=longest_s < WAIT_AIM_S)


def show_pages(person: User, organisation: Organisation, size: Size) -> None:
    stations = Station.objects.order_by("identity")
    busy, last = stations[0], stations[int(stations.count() * 0.9)]
    fleet.make_history(organisation, busy, size.messages, size.sessions)
    for shown in pages.measure(person, busy, last, size.times):
        queries, aim = f"{shown.queries} queries", f"{shown.page.aim_ms} ms, {pages.MOST_QUERIES}"
        say(shown.page.name, f"{shown.milliseconds:.1f} ms", queries, aim, is_good=shown.is_good)
    show_export(busy)
    show_judging(organisation, size)


def show_judging(organisation: Organisation, size: Size) -> None:
    judged = faults.measure(organisation, size.judged)
    ways = {"for the first time": judged.first, "anew": judged.again, "anew, all differ": judged.changed}
    for what, per_second in ways.items():
        is_good = per_second > JUDGING_AIM or size is SMALL
        say(f"sessions judged {what}: per second", f"{per_second:,.0f}", "", f"{JUDGING_AIM:,}", is_good=is_good)


def show_export(of: Station) -> None:
    export = exports.measure(of)
    per_second = export.messages / export.wall_s
    share = f"{export.cpu_s / export.wall_s:.0%} CPU"
    what = "export of a station's messages: per second"
    say(what, f"{per_second:,.0f}", share, f"{EXPORT_AIM:,}", is_good=per_second > EXPORT_AIM)


def say(what: str, measured: str, beside: str, aim: str = "", *, is_good: bool = True, note: str = "") -> None:
    """A line of the table; what misses its aim is marked."""
    print(
        f"{what:72} {measured:>10} {beside:>12} {aim:>12} {note if is_good else '← misses its aim'}".rstrip(),
        flush=True,
    )


if __name__ == "__main__":
    main()
