from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_scopes import scope

from accounts import services
from accounts.models import Organisation
from accounts.selectors import every_code
from common.actor import SYSTEM


class Command(BaseCommand):
    help = "Make an API token and print its secret, once. Without --right it holds every right there is now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", help="short name of the organisation; needed where there are several")
        parser.add_argument("--name", default="Command line")
        parser.add_argument("--right", action="append", default=[], help="e.g. stations.view_stations; repeatable")
        parser.add_argument("--expires-in-days", type=int, help="without it the token does not expire")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = chosen(options["organisation"])
        unknown = set(options["right"]) - every_code()
        if unknown:
            raise CommandError(f"There is no such right: {', '.join(sorted(unknown))}.")
        days = options["expires_in_days"]
        expires_at = None if days is None else timezone.now() + timedelta(days=days)
        try:
            with scope(organisation=organisation):
                codes = options["right"] or every_code()
                _token, secret = services.create_token(SYSTEM, organisation, options["name"], codes, expires_at)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(secret)


def chosen(slug: str | None) -> Organisation:
    """The organisation of this short name; without a name the only one."""
    found = list(Organisation.objects.filter(slug=slug) if slug else Organisation.objects.all()[:2])
    if len(found) != 1:
        known = ", ".join(Organisation.objects.values_list("slug", flat=True))
        raise CommandError(f"Name the organisation: --organisation with one of {known or 'none (make one first)'}.")
    return found[0]
