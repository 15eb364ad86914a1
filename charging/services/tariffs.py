"""Tariffs, their prices, and for whom they hold: what people enter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.services import record
from charging.models import Tariff, TariffAssignment, TariffVersion
from common.actor import Actor
from common.errors import Refused


@transaction.atomic
def create_tariff(
    actor: Actor, organisation: Organisation, name: str, currency: str, prices: Mapping[str, Any]
) -> Tariff:
    """A tariff with its first prices, for sessions that begin from now on. Raises ValidationError by field."""
    tariff = Tariff(organisation=organisation, name=name, currency=currency.upper())
    tariff.full_clean()
    tariff.save(force_insert=True)
    record(actor, organisation.pk, "charging.tariff_created", tariff, after={"name": name, "currency": currency})
    add_version(actor, tariff, timezone.now(), prices)
    return tariff


@transaction.atomic
def add_version(actor: Actor, tariff: Tariff, valid_from: datetime, prices: Mapping[str, Any]) -> TariffVersion:
    """Let other prices hold for sessions that begin at `valid_from` or later; a time that has passed means now."""
    version = TariffVersion(organisation_id=tariff.organisation_id, tariff=tariff, **prices)
    version.valid_from = max(valid_from, timezone.now())
    version.full_clean()
    version.save(force_insert=True)
    record(actor, tariff.organisation_id, "charging.tariff_version_added", tariff, after=_described(version))
    return version


@transaction.atomic
def remove_version(actor: Actor, version: TariffVersion) -> None:
    """Take back prices that do not hold yet. Raises Refused for others: sessions may have been billed with them."""
    if version.valid_from <= timezone.now():
        raise Refused(_("These prices hold already: add newer ones instead."))
    record(
        actor, version.organisation_id, "charging.tariff_version_removed", version.tariff, before=_described(version)
    )
    version.delete()


def _described(version: TariffVersion) -> dict[str, Any]:
    names = ("price_kwh", "price_min", "start_fee", "blocking_min", "blocking_after_min", "vat_percent", "bands")
    return {"valid_from": version.valid_from.isoformat(), **{name: str(getattr(version, name)) for name in names}}


@transaction.atomic
def assign_tariff(actor: Actor, tariff: Tariff, **target: Any) -> TariffAssignment:
    """Let the tariff hold for a `contract`, a `port`, a `group`, or with none of them for everybody, in place of the
    one that held there. Sessions that have ended keep their cost.
    """
    place = {"contract": None, "port": None, "group": None} | target
    TariffAssignment.objects.filter(organisation_id=tariff.organisation_id, **place).delete()
    made = TariffAssignment.objects.create(organisation_id=tariff.organisation_id, tariff=tariff, **place)
    record(actor, tariff.organisation_id, "charging.tariff_assigned", tariff, after={"to": target_of(made)})
    return made


@transaction.atomic
def unassign_tariff(actor: Actor, assignment: TariffAssignment) -> None:
    tariff = assignment.tariff
    before = {"to": target_of(assignment)}
    record(actor, assignment.organisation_id, "charging.tariff_unassigned", tariff, before=before)
    assignment.delete()


def target_of(assignment: TariffAssignment) -> str:
    """For whom it holds, in words."""
    return str(assignment.contract or assignment.port or assignment.group or _("Everybody"))
