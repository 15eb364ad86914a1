"""The firmware library. Callers are inside the organisation's scope."""

import base64
import binascii
from collections.abc import Collection
from typing import Any, BinaryIO

from cryptography import x509
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.services import record, record_change
from accounts.services.files import delete_file, keep_file
from chargeports.files import FIRMWARE
from chargeports.models import Firmware
from common.actor import Actor

_AUDITED = ("vendor", "model", "version", "note", "signing_certificate", "signature")


def add_firmware(actor: Actor, organisation: Organisation, file: BinaryIO | File, **fields: Any) -> Firmware:
    """Put a file into the library; `fields` are those of Firmware. Raises ValidationError by field."""
    made = Firmware(organisation=organisation, created_by=actor.label[:200], **fields)
    _check(made)
    with transaction.atomic():
        made.file = _kept(organisation, file, actor)
        _save(made)
        record(actor, organisation, "chargeports.firmware_added", made, after=_values(made))
    return made


def _kept(organisation: Organisation, file: BinaryIO | File, actor: Actor) -> Any:
    try:
        return keep_file(organisation, FIRMWARE, file, actor)
    except ValidationError as error:
        raise ValidationError({"file": error.messages}) from None


def change_firmware(actor: Actor, firmware: Firmware, /, **fields: Any) -> None:
    """Change what is said of the file. Raises ValidationError by field."""
    before = _values(firmware)
    for name, value in fields.items():
        setattr(firmware, name, value)
    _check(firmware)
    with transaction.atomic():
        _save(firmware, fields)
        record_change(actor, firmware, "chargeports.firmware_changed", before, _values(firmware))


@transaction.atomic
def remove_firmware(actor: Actor, firmware: Firmware) -> None:
    """Offer it no more; updates that used it still name it."""
    if Firmware.objects.filter(pk=firmware.pk, removed_at=None).update(removed_at=timezone.now()):
        delete_file(actor, firmware.file)
        record(actor, firmware.organisation_id, "chargeports.firmware_removed", firmware, before=_values(firmware))


def _save(firmware: Firmware, fields: Collection[str] | None = None) -> None:
    """Save it, or the named fields of it: what was removed meanwhile stays removed."""
    try:
        with transaction.atomic():
            firmware.save(update_fields=fields)
    except IntegrityError:
        raise ValidationError({"version": _("This version is in the library already.")}) from None


def _check(firmware: Firmware) -> None:
    firmware.clean_fields(exclude=["file", "organisation", "created_by", "removed_at"])
    if bool(firmware.signature) != bool(firmware.signing_certificate):
        raise ValidationError({"signature": _("Signature and signing certificate belong together.")})
    if firmware.signing_certificate:
        _check_signing(firmware)


def _check_signing(firmware: Firmware) -> None:
    try:
        x509.load_pem_x509_certificate(firmware.signing_certificate.encode())
    except ValueError:
        raise ValidationError({"signing_certificate": _("This is no certificate in PEM.")}) from None
    try:
        base64.b64decode(firmware.signature, validate=True)
    except binascii.Error:
        raise ValidationError({"signature": _("This is not Base64.")}) from None


def _values(firmware: Firmware) -> dict[str, Any]:
    return {name: getattr(firmware, name) for name in _AUDITED}
