"""What comes between the servers and the portal, in one process: migrations, demo data, lists for the demo fleet.

`python -m cpms.prepare FOLDER` leaves in FOLDER what the supervisor prints and starts the demo fleet from.
"""

import os
import sys
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

FIRST_ADMINISTRATOR = (
    "There is no user yet. Make the first administrator with:\n  .venv/bin/python manage.py createadmin\n"
)


def main(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate()
    if settings.DEMO:
        make_demo()
    write(folder / "identities", demo_list("identities") if settings.DEMO else "")
    write(folder / "welcome", welcome())


def migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print("Bringing the database up to date …", flush=True)
        call_command("migrate", verbosity=0, interactive=False)


def make_demo() -> None:
    if not has_users():
        print("Making demo data …", flush=True)
        call_command("demo")


def has_users() -> bool:
    return get_user_model()._base_manager.exists()


def welcome() -> str:
    """What the person who starts the portal needs to get in."""
    if not has_users():
        return FIRST_ADMINISTRATOR
    return demo_list("logins") if settings.DEMO else ""


def demo_list(kind: str) -> str:
    """The lines of `manage.py demo --identities` or `--logins`; none when the demo data is gone."""
    lines = StringIO()
    call_command("demo", f"--{kind}", stdout=lines)
    return lines.getvalue()


def write(path: Path, text: str) -> None:
    """Write a file only we may read: station secrets are in it."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpms.settings")
    django.setup()
    main(Path(sys.argv[1]))
