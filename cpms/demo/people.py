"""The demo's organisations, logins, customers and their tokens."""

import random

from django.conf import settings
from django_scopes import scope

from accounts import services as accounts
from accounts.models import Membership, Organisation, Role, User
from charging.models import Contract, IdToken, TokenGroup
from common import identifiers
from common.actor import SYSTEM
from common.rights import all_features
from stations.models import Contact

PASSWORD = "demo"  # noqa: S105 - printed at every start; production refuses demo accounts
LOGINS = (
    # e-mail address, name, role, organisation's short names, platform administrator
    ("admin@demo.example", "Ada Demo", "Administrator", ("demo", "other"), True),
    ("operator@demo.example", "Oskar Operator", "Operator", ("demo",), False),
    ("support@demo.example", "Sina Support", "Support", ("demo",), False),
    ("operator@other.example", "Olga Other", "Operator", ("other",), False),
)
GIVEN = ("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hannes", "Ida", "Jonas", "Lea", "Max", "Nora")
FAMILY = ("Adler", "Brandt", "Claus", "Dorn", "Engel", "Fuchs", "Graf", "Horn", "Jung", "Krug", "Lang", "Moser")
UNKNOWN_TOKENS = ("DEADBEEF", "04FFFFFF00")


def make_organisations() -> tuple[Organisation, Organisation]:
    """Both organisations, with every feature switched on and their default roles."""
    features = [feature.code for feature in all_features()]
    demo = accounts.create_organisation(SYSTEM, name="Demo Charging", slug="demo", features=features)
    other = accounts.create_organisation(SYSTEM, name="Other Charging", slug="other", features=features)
    return demo, other


def make_logins(organisations: tuple[Organisation, ...]) -> None:
    by_slug = {organisation.slug: organisation for organisation in organisations}
    for email, name, role, slugs, is_staff in LOGINS:
        user = User.objects.create_user(
            email, PASSWORD, name=name, is_demo=True, is_staff=is_staff, is_superuser=is_staff
        )
        for slug in slugs:
            with scope(organisation=by_slug[slug]):
                membership = Membership.objects.create(organisation=by_slug[slug], user=user)
                membership.roles.set(Role.objects.filter(name=role))


def make_customers(chance: random.Random, organisation: Organisation, count: int) -> list[IdToken]:
    """Contracts with one card each; every tenth person shares a family group, a few cards are blocked.

    The cards have the same numbers in both organisations, so that one list of tags serves the whole simulated fleet.
    """
    country, provider = ("DE", "DCH") if organisation.slug == "demo" else ("AT", "OTH")
    contracts = [_contract(chance, organisation, country, provider, number) for number in range(count)]
    Contract.objects.bulk_create(contracts)
    group = TokenGroup.objects.create(organisation=organisation, parent_id="FAMILY01", name="Family Adler")
    tokens = [_token(organisation, contract, group, n) for n, contract in enumerate(contracts)]
    IdToken.objects.bulk_create(tokens)
    return tokens


def _contract(chance: random.Random, organisation: Organisation, country: str, provider: str, number: int) -> Contract:
    body = f"{country}{provider}C{chance.randint(0, 99_999_999):08d}"
    emaid = f"{country}-{provider}-{body[5:]}-{identifiers.iso_check_digit(body)}"
    holder = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
    return Contract(
        organisation=organisation, emaid=emaid, emaid_key=identifiers.key(emaid), holder=holder, status="active"
    )


def _token(organisation: Organisation, contract: Contract, group: TokenGroup, number: int) -> IdToken:
    return IdToken(
        organisation=organisation,
        token=f"04{(number + 1) * 7_368_787 % 2**40:010X}80",
        holder=contract.holder,
        label=f"Card {number + 1:03d}",
        contract=contract,
        status="blocked" if number % 40 == 7 else "active",
        group=group if number % 10 == 0 else None,
    )


def make_contacts(organisation: Organisation) -> list[Contact]:
    """Owner, operator, service partner and contact person, in this order."""
    name = organisation.name
    return Contact.objects.bulk_create(
        [
            Contact(
                organisation=organisation, name="Stadtwerke Musterstadt", company="Stadtwerke", phone="+49 30 5550100"
            ),
            Contact(
                organisation=organisation, name=name, company=name, email=f"operations@{organisation.slug}.example"
            ),
            Contact(
                organisation=organisation, name="Elektro Krug", company="Elektro Krug GmbH", phone="+49 30 5550142"
            ),
            Contact(organisation=organisation, name="Greta Lang", phone="+49 171 5550177", email="greta@demo.example"),
        ]
    )


def is_allowed() -> bool:
    return settings.DEMO and not settings.PRODUCTION
