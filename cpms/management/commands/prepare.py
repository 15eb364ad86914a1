import os
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from cpms.demo import making, people
from cpms.management.commands.demo import identity_lines, tags
from cpms.servers import check_servers


class Command(BaseCommand):
    help = "Bring the database up to date, make the demo on the first start, and list what `make run` works with."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="where to leave `identities`, `tags` and `welcome`")

    def handle(self, *args: Any, **options: Any) -> None:
        check_servers()
        call_command("messages", compile=True)
        self.migrate()
        if people.is_allowed() and not has_users():
            self.say("Making demo data …")
            call_command("demo", stdout=self.stdout)
        folder: Path = options["folder"]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        has_demo = people.is_allowed() and making.exists()
        write(folder / "identities", identity_lines() if has_demo else [])
        write(folder / "tags", tags() if has_demo else [])
        write(folder / "welcome", welcome(has_demo=has_demo))

    def migrate(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Bringing the database up to date …")
            call_command("migrate", verbosity=0, interactive=False)

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def has_users() -> bool:
    return get_user_model()._base_manager.exists()


def welcome(*, has_demo: bool) -> Iterator[str]:
    """What the person who started the portal needs to get in."""
    if not has_users():
        yield "There is no user yet. Make the first administrator with:"
        yield "  .venv/bin/python manage.py createadmin"
    if has_demo:
        yield f"Demo logins, all with the password {people.PASSWORD!r}:"
        for email, _name, role, slugs, is_platform_administrator in people.LOGINS:
            yield f"  {email:24} {'everything' if is_platform_administrator else role} ({', '.join(slugs)})"


def write(path: Path, lines: Iterator[str] | list[str]) -> None:
    """Write a file only we may read: station secrets are in it."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{line}\n" for line in lines)
