"""`manage.py simulate`: a fleet of simulated OCPP 1.6J chargers against this portal or any other central system."""

import asyncio
import logging
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.open_files import allow_many
from ocpp_gateway.simulator.driver import ACTIVITIES
from ocpp_gateway.simulator.fleet import Fleet, Station, invented_tags, numbered_stations, read_stations, read_tags

STATUS_INTERVAL_S = 3


def positive(text: str) -> float:
    """A number above zero, as an option's type."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if number <= 0:
        raise ArgumentTypeError(f"{text!r} is not a number above zero")
    return number


def count(text: str) -> int:
    """A whole number from 1 on, as an option's type."""
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


class Command(BaseCommand):
    help = "Run simulated chargers until Ctrl-C. Needs no database: it only talks OCPP 1.6J to the given address."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="ws://127.0.0.1:8000/ocpp", help="address without the identity")
        parser.add_argument("--stations", type=count, default=10, help="how many, where no identities are given")
        parser.add_argument("--prefix", default="SIM", help="what their identities begin with")
        parser.add_argument(
            "--identities",
            metavar="FILE",
            help='one "identity[,password[,connectors[,AC|DC[,max_power_w]]]]" per line; "-" reads standard input',
        )
        parser.add_argument("--tags", metavar="FILE|LIST", help="id tags: a file with one per line, or a comma list")
        parser.add_argument("--speed", type=positive, default=1.0, help="how much faster charging and drivers are")
        parser.add_argument("--activity", choices=list(ACTIVITIES), default="quiet", help="how often drivers come")
        parser.add_argument("--seed", type=int, help="repeat the same course of events")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("websockets").setLevel(logging.CRITICAL)
        logging.getLogger("ocpp_gateway.simulator").setLevel(logging.ERROR)
        allow_many()
        try:
            stations, tags = _stations(options), _tags(options["tags"])
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        asyncio.run(self._run(stations, tags, options))

    async def _run(self, stations: list[Station], tags: list[str], options: dict[str, Any]) -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        fleet = Fleet(
            stations,
            options["url"],
            tags,
            activity=options["activity"],
            speed=options["speed"],
            seed=options["seed"],
        )
        fleet.start()
        await self._watch(fleet, stopped)
        await fleet.stop()

    async def _watch(self, fleet: Fleet, stopped: asyncio.Event) -> None:
        """Wait for the end, with a line about the fleet every few seconds where somebody looks at it."""
        while not stopped.is_set():
            try:
                async with asyncio.timeout(STATUS_INTERVAL_S):
                    await stopped.wait()
            except TimeoutError:
                if self.stderr.isatty():
                    self._tell(fleet)

    def _tell(self, fleet: Fleet) -> None:
        now = fleet.counts()
        self.stderr.write(
            f"\r{now.connected} of {now.stations} connected, {now.accepted} accepted, {now.charging} charging, "
            f"{now.sent} frames sent, {now.received} received  ",
            style_func=str,
            ending="",
        )
        self.stderr.flush()


def _stations(options: dict[str, Any]) -> list[Station]:
    source = options["identities"]
    if source is None:
        return numbered_stations(options["prefix"], options["stations"])
    lines = sys.stdin.readlines() if source == "-" else Path(source).read_text(encoding="utf-8").splitlines()
    stations = read_stations(lines)
    if not stations:
        raise ValueError("There is no identity to simulate.")
    return stations


def _tags(source: str | None) -> list[str]:
    if source is None:
        return invented_tags()
    path = Path(source)
    tags = read_tags(path.read_text(encoding="utf-8").splitlines() if path.is_file() else source.split(","))
    if not tags:
        raise ValueError("There is no tag in what --tags gives.")
    return tags
