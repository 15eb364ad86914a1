"""The organisation's catalogue of manufacturers' error codes."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from accounts.services import record, record_change
from chargeports.choices import Severity
from chargeports.models import VendorErrorCode
from common.actor import Actor
from common.csv_reading import Problem, read_csv
from common.live import announce

FIELDS = ("vendor", "model", "code", "meaning", "remedy", "severity")
REQUIRED = ("code", "meaning")
MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 10_000


def create_error_code(actor: Actor, organisation: Organisation, **values: Any) -> VendorErrorCode:
    """Raises ValidationError where the catalogue has the code for the same manufacturer and model."""
    made = VendorErrorCode(organisation=organisation, **values)
    made.full_clean()
    with transaction.atomic():
        made.save()
        record(actor, organisation, "chargeports.error_code_created", made, after=_values(made))
        announce([f"organisation.{organisation.pk}"])
    return made


def update_error_code(actor: Actor, entry: VendorErrorCode, **values: Any) -> None:
    """Raises ValidationError where another entry has the code for the same manufacturer and model."""
    before = _values(entry)
    for name, value in values.items():
        setattr(entry, name, value)
    entry.full_clean()
    with transaction.atomic():
        entry.save(update_fields=FIELDS)
        record_change(actor, entry, "chargeports.error_code_changed", before, _values(entry))
        announce([f"organisation.{entry.organisation_id}"])


def delete_error_code(actor: Actor, entry: VendorErrorCode) -> None:
    with transaction.atomic():
        record(actor, entry.organisation_id, "chargeports.error_code_deleted", entry, before=_values(entry))
        announce([f"organisation.{entry.organisation_id}"])
        entry.delete()


def import_error_codes(actor: Actor, organisation: Organisation, data: bytes) -> tuple[int, list[Problem]]:
    """Take over a CSV file: how many entries it made or changed, or everything that is wrong with it; then nothing is
    changed. An entry of the same manufacturer, model and code is overwritten.
    """
    table = read_csv(data, FIELDS, REQUIRED, MAX_ROWS)
    problems = list(table.problems)
    known = {_key(entry): entry for entry in VendorErrorCode.objects.filter(organisation=organisation)}
    wanted: dict[tuple[str, str, str], VendorErrorCode] = {}
    for line, cells in table.rows:
        entry = _of_row(organisation, cells)
        problems += _problems(entry, line)
        if _key(entry) in wanted:
            problems.append(Problem(line, "code", _("This code is in the file twice.")))
        wanted[_key(entry)] = entry
        entry.pk = known[_key(entry)].pk if _key(entry) in known else None
    if problems:
        return 0, problems
    with transaction.atomic():
        _write(list(wanted.values()))
        record(actor, organisation, "chargeports.error_codes_imported", after={"count": len(wanted)})
        announce([f"organisation.{organisation.pk}"])
    return len(wanted), []


def _of_row(organisation: Organisation, cells: Any) -> VendorErrorCode:
    """The entry that a row tells; the severity may stand there as its value or in the reader's language."""
    values = {name: cells.get(name, "") for name in FIELDS}
    labels = {str(severity.label).lower(): severity.value for severity in Severity}
    severity = values["severity"].lower() or Severity.OUTAGE.value
    return VendorErrorCode(organisation=organisation, **values | {"severity": labels.get(severity, severity)})


def _problems(entry: VendorErrorCode, line: int) -> list[Problem]:
    try:
        entry.clean_fields(exclude=["organisation"])
    except ValidationError as error:
        return [Problem(line, name, text) for name, texts in error.message_dict.items() for text in texts]
    return []


def _write(entries: list[VendorErrorCode]) -> None:
    known = [entry for entry in entries if entry.pk is not None]
    VendorErrorCode.objects.bulk_create([entry for entry in entries if entry.pk is None])
    VendorErrorCode.objects.bulk_update(known, FIELDS, batch_size=1000)


def _key(entry: VendorErrorCode) -> tuple[str, str, str]:
    return entry.code.upper(), entry.vendor.upper(), entry.model.upper()


def _values(entry: VendorErrorCode) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in FIELDS}
