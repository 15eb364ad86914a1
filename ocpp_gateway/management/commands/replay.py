"""`manage.py replay`: plays the charger's side of exported frames against this portal or any other central system."""

import asyncio
import logging
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from websockets.exceptions import WebSocketException

from ocpp_gateway.management.commands.simulate import positive
from ocpp_gateway.replay.player import Outcome, Player
from ocpp_gateway.replay.recording import Unreadable, read

DIFFERENT, UNUSABLE = 1, 2


class Command(BaseCommand):
    help = (
        "Play the charger's side of a file of the tab OCPP export, and show where the answers differ from the recorded "
        "ones. Exit status: 0 all alike, 1 some differ, 2 the file or the address cannot be used. Needs no database."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the export, also packed with gzip")
        parser.add_argument("--url", default="ws://127.0.0.1:8000/ocpp", help="address without the identity")
        parser.add_argument("--identity", help="another identity than the recorded one")
        parser.add_argument("--password", help="of HTTP Basic authentication")
        parser.add_argument("--speed", type=positive, default=1.0, help="how much faster than it was recorded")
        parser.add_argument("--patience", type=positive, default=30.0, help="seconds to wait for an answer")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("websockets").setLevel(logging.CRITICAL)
        try:
            recording = read(options["file"])
            player = Player(
                recording,
                options["url"],
                identity=options["identity"],
                password=options["password"],
                speed=options["speed"],
                patience_s=options["patience"],
            )
            outcome = asyncio.run(player.play())
        except (OSError, Unreadable, WebSocketException) as error:
            raise CommandError(str(error) or repr(error), returncode=UNUSABLE) from error
        self._tell(outcome)
        if outcome.differences:
            sys.exit(DIFFERENT)

    def _tell(self, outcome: Outcome) -> None:
        for one in outcome.differences:
            self.stdout.write(f"{one.action or 'Frame'}  {one.frame}")
            self.stdout.write(f"  recorded  {one.recorded or 'no answer'}")
            self.stdout.write(f"  now       {one.found or 'no answer'}")
        alike = outcome.compared - len(outcome.differences)
        self.stdout.write(f"{alike} of {outcome.compared} answers are alike; asked {outcome.asked} times.")
        if outcome.unknown:
            self.stdout.write(f"Asked, but not recorded: {', '.join(sorted(set(outcome.unknown)))}.")
