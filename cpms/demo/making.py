"""Makes the whole demo, in one transaction: either all of it is there or none."""

import random
from datetime import UTC, datetime

from django.db import transaction
from django_scopes import scopes_disabled

from accounts.models import Organisation
from cpms.demo import (
    campaigns,
    desk,
    equipment,
    faults,
    files,
    hardware,
    history,
    limits,
    money,
    people,
    publication,
    records,
    security,
    service,
    starts,
    stops,
    transfers,
    webhooks,
)

SLUGS = ("demo", "other")
CUSTOMERS = 240


def exists() -> bool:
    return Organisation.objects.filter(slug__in=SLUGS).exists()


@transaction.atomic
def make_demo() -> None:
    """Two organisations, 200 stations and six months of history, ending a little before now."""
    now = datetime.now(UTC).replace(microsecond=0)
    organisations = people.make_organisations()
    people.make_logins(organisations)
    with scopes_disabled():
        for organisation in organisations:
            chance = random.Random(organisation.slug)  # noqa: S311 - the same demo every time
            tokens = people.make_customers(chance, organisation, CUSTOMERS)
            units = equipment.make_equipment(chance, organisation, people.make_contacts(organisation))
            history.make_history(chance, units, tokens, now)
            faults.make_trouble(organisation)
            history.write_days(organisation)
            faults.make_signed_values(organisation, now)
            faults.judge()
            starts.make_starts(chance, organisation, units, now)
            webhooks.make_webhooks(chance, organisation, units, now)
            money.make_tariffs(organisation, now)
            service.make_service(chance, organisation, units, tokens, now)
            history.write_availability(units, now)
            hardware.make_hardware(chance, organisation, units, now)
            files.make_files(organisation, now)
            transfers.make_transfers(chance, organisation, units, now)
            campaigns.make_campaigns(random.Random(f"{organisation.slug} campaigns"), organisation, units, now)  # noqa: S311
            security.make_security(random.Random(f"{organisation.slug} security"), organisation, units, now)  # noqa: S311
            desk.make_desk(chance, organisation, units, now)
            records.make_records(chance, organisation, units, now)
            publication.make_publication(chance, organisation, units, now)
            stops.make_stops(chance, organisation, now)
            limits.make_limits(organisation, units, now)
