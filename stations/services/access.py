"""When and under which rules people may come to a station and charge there."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.services import differences, record
from common.actor import Actor
from common.live import announce
from stations.choices import HolidayRule
from stations.models import HoursException, Station, StationAccess
from stations.schedules import knows_region
from stations.selectors import day_at
from stations.services.master_data import update_station

_FIELDS = (
    "operating_kind",
    "operating_hours",
    "holiday_country",
    "holiday_region",
    "holiday_rule",
    "holiday_openings",
    "house_rules",
)
_OF_STATION = ("access_type", "opening_hours")
_EXCEPTION_FIELDS = ("first_day", "last_day", "openings", "scope", "note")


def change_access(actor: Actor, station: Station, values: Mapping[str, Any]) -> None:
    """Change what `values` names: `access_type` and `opening_hours` of the station, and the fields of its access.

    Raises ValidationError by field name.
    """
    with transaction.atomic():
        update_station(actor, station, {name: values[name] for name in _OF_STATION if name in values})
        kept, _made = StationAccess.objects.select_for_update().get_or_create(
            station=station, defaults={"organisation_id": station.organisation_id}
        )
        before = _values(kept)
        for name in _FIELDS:
            setattr(kept, name, values.get(name, before[name]))
        _check(kept)
        old, new = differences(before, _values(kept))
        if new:
            kept.save()
            record(actor, station.organisation_id, "stations.access_changed", station, before=old, after=new)
            announce([f"station.{station.pk}"])


def _check(access: StationAccess) -> None:
    access.clean_fields(exclude=["organisation", "station"])
    if access.holiday_rule != HolidayRule.AS_USUAL and not access.holiday_country:
        raise ValidationError({"holiday_country": _("Choose whose holidays are meant.")})
    if access.holiday_region and not knows_region(access.holiday_country, access.holiday_region):
        raise ValidationError({"holiday_region": _("This country has no such region: write e.g. BE for Berlin.")})


def _values(access: StationAccess) -> dict[str, Any]:
    return {name: getattr(access, name) for name in _FIELDS}


def add_exception(actor: Actor, station: Station, values: Mapping[str, Any]) -> HoursException:
    """Let other openings hold on some days. Raises ValidationError by field name."""
    made = HoursException(organisation_id=station.organisation_id, station=station)
    for name in _EXCEPTION_FIELDS:
        setattr(made, name, values[name])
    if made.last_day < made.first_day:
        raise ValidationError({"last_day": _("The last day lies before the first.")})
    if made.last_day < day_at(station):
        raise ValidationError({"first_day": _("These days are over.")})
    made.clean_fields(exclude=["organisation", "station"])
    with transaction.atomic():
        made.save()
        record(actor, station.organisation_id, "stations.exception_added", station, after=_described(made))
        announce([f"station.{station.pk}"])
    return made


def remove_exception(actor: Actor, exception: HoursException) -> None:
    with transaction.atomic():
        described = _described(exception)
        record(actor, exception.organisation_id, "stations.exception_removed", exception.station, before=described)
        exception.delete()
        announce([f"station.{exception.station_id}"])


def _described(exception: HoursException) -> dict[str, Any]:
    return {name: getattr(exception, name) for name in _EXCEPTION_FIELDS}
