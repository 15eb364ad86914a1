from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.utils.text import slugify
from django_scopes import scope

from accounts import mails, services
from accounts.models import Organisation, Role, User
from common.actor import SYSTEM
from common.rights import all_features


class Command(BaseCommand):
    help = (
        "Make an administrator of the platform and of the first organisation, which is made where there is none. "
        "Without a password, prints a link that works once to choose one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", help="asked for when it is missing")
        parser.add_argument("--password", help="leave it out to be asked, or to get a one-time link")
        parser.add_argument("--name", default="")
        parser.add_argument("--organisation", default="Charging network", help="name of the first organisation")
        parser.add_argument("--no-input", action="store_true", help="ask nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        asks = not options["no_input"] and not options["email"]
        email = checked_email(input("E-mail address: ").strip() if asks else options["email"] or "")
        password = options["password"] or (getpass("Password (empty for a one-time link): ") if asks else "")
        try:
            user = make_administrator(email, password, options["name"], options["organisation"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{user.email} is an administrator of {user.last_organisation}.")
        if not password:
            self.stdout.write(f"Choose a password here, once:\n{mails.password_link(user)}")


def checked_email(email: str) -> str:
    """The address; CommandError for something else or somebody who is there already."""
    try:
        validate_email(email)
    except ValidationError as error:
        raise CommandError("An e-mail address is needed: --email somebody@example.com") from error
    if User.objects.filter(email__iexact=email).exists():
        raise CommandError(f"{email} has an account already.")
    return email


@transaction.atomic
def make_administrator(email: str, password: str, name: str, organisation_name: str) -> User:
    if password:
        validate_password(password, User(email=email, name=name))
    organisation = Organisation.objects.order_by("pk").first() or make_organisation(organisation_name)
    user = User.objects.create_user(email, password or None, name=name, is_staff=True, last_organisation=organisation)
    with scope(organisation=organisation):
        services.add_member(SYSTEM, organisation, user, list(Role.objects.filter(is_administrator=True)))
    return user


def make_organisation(name: str) -> Organisation:
    """An operator of its own subscribes to everything."""
    features = [feature.code for feature in all_features()]
    return services.create_organisation(SYSTEM, name, slugify(name) or "network", features=features)
