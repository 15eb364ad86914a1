"""Who may charge at a station: everyone with a valid token, or the tokens of some groups."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.services import record
from charging.models import StationAdmission, TokenGroup
from charging.selectors import admitted_groups
from common.actor import Actor
from common.live import announce
from stations.models import Station


def admit_everyone(actor: Actor, station: Station) -> None:
    """Let every valid token charge at the station again."""
    with transaction.atomic():
        before = _names(admitted_groups(station))
        if StationAdmission.objects.filter(station=station).delete()[0]:
            _record(actor, station, before, [])


def admit_groups(actor: Actor, station: Station, groups: Collection[TokenGroup]) -> None:
    """Let only the tokens of these groups charge at the station. Raises ValidationError by field name."""
    if not groups or any(group.organisation_id != station.organisation_id for group in groups):
        raise ValidationError({"groups": _("Choose at least one group of tokens.")})
    with transaction.atomic():
        before = _names(admitted_groups(station))
        admission, _made = StationAdmission.objects.get_or_create(
            station=station, defaults={"organisation_id": station.organisation_id}
        )
        admission.groups.set(groups)
        if before != _names(groups):
            _record(actor, station, before, _names(groups))


def _names(groups: Collection[TokenGroup] | None) -> list[str]:
    return sorted(str(group) for group in groups or ())


def _record(actor: Actor, station: Station, before: list[str], after: list[str]) -> None:
    """Empty lists stand for everyone."""
    values = {"before": {"groups": before}, "after": {"groups": after}}
    record(actor, station.organisation_id, "charging.admission_changed", station, **values)
    announce([f"station.{station.pk}"])
