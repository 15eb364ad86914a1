"""Correcting what meters tell wrongly, by manufacturer, model and firmware (M08)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from accounts.models import Organisation
from accounts.services import record, record_change
from charging.models import MeterCorrection
from common.actor import Actor
from stations.models import StationReport

CORRECTION_FIELDS = ("vendor", "model", "firmware_version", "energy_factor", "power_factor", "note")


class Correction(NamedTuple):
    """What the values of a station are to be multiplied by."""

    energy: Decimal = Decimal(1)
    power: Decimal = Decimal(1)

    def energy_wh(self, told: int | None) -> int | None:
        return None if told is None else round(told * self.energy)


UNCORRECTED = Correction()


def corrections_of(stations: Iterable[tuple[int, int]]) -> Mapping[int, Correction]:
    """The corrections for stations, given with their organisations; `UNCORRECTED` for the others. One query where the
    organisations have none, else two. Works across organisations."""
    owners = dict(stations)
    found: dict[int, list[MeterCorrection]] = defaultdict(list)
    for one in MeterCorrection.objects.filter(organisation_id__in=set(owners.values())):
        found[one.organisation_id].append(one)
    corrected: dict[int, Correction] = defaultdict(lambda: UNCORRECTED)
    if found:
        reports = StationReport.objects.filter(pk__in=[pk for pk, owner in owners.items() if owner in found])
        for pk, *said in reports.values_list("pk", "vendor", "model", "firmware_version"):
            fitting = [one for one in found[owners[pk]] if _fits(one, said)]
            if fitting:
                closest = max(fitting, key=_closeness)
                corrected[pk] = Correction(closest.energy_factor, closest.power_factor)
    return corrected


def _fits(one: MeterCorrection, said: list[str]) -> bool:
    wanted = (one.vendor, one.model, one.firmware_version)
    return all(not ours or ours.casefold() == theirs.casefold() for ours, theirs in zip(wanted, said, strict=True))


def _closeness(one: MeterCorrection) -> tuple[bool, bool]:
    return bool(one.firmware_version), bool(one.model)


def create_correction(actor: Actor, organisation: Organisation, values: Mapping[str, Any]) -> MeterCorrection:
    """Correct by `values` of `CORRECTION_FIELDS`, from the next message on. Raises ValidationError by field name."""
    made = MeterCorrection(organisation=organisation, **values)
    made.full_clean()
    with transaction.atomic():
        made.save()
        record(actor, organisation, "charging.meter_correction_created", made, after=_values(made))
    return made


def update_correction(actor: Actor, correction: MeterCorrection, values: Mapping[str, Any]) -> None:
    """Raises ValidationError by field name."""
    before = _values(correction)
    for name, value in values.items():
        setattr(correction, name, value)
    correction.full_clean()
    with transaction.atomic():
        correction.save(update_fields=CORRECTION_FIELDS)
        record_change(actor, correction, "charging.meter_correction_changed", before, _values(correction))


def delete_correction(actor: Actor, correction: MeterCorrection) -> None:
    """What was corrected before stays so."""
    with transaction.atomic():
        before = _values(correction)
        record(actor, correction.organisation_id, "charging.meter_correction_deleted", correction, before=before)
        correction.delete()


def _values(correction: MeterCorrection) -> dict[str, Any]:
    return {name: getattr(correction, name) for name in CORRECTION_FIELDS}
