"""What the organisation describes of configuration keys."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.services import record, record_change
from chargeports.choices import AuthenticationType, CalibrationLaw, PortField, Reading
from chargeports.configuration import is_secret
from chargeports.key_catalogue import as_known
from chargeports.models import ConfigurationKey
from chargeports.port_fields import words_of
from common.actor import Actor
from common.live import announce

FIELDS = (
    "key",
    "vendor",
    "model",
    "meaning",
    "form",
    "unit",
    "values",
    "recommended",
    "risky",
    "port_field",
    "reading",
    "factor",
    "words",
)
# A catalogue is loaded whole for a page.
MOST_KEYS = 5_000
_OURS = {
    PortField.AUTHENTICATION_TYPES: AuthenticationType.values,
    PortField.CALIBRATION_LAW: CalibrationLaw.values,
    PortField.AUTHENTICATION_REQUIRED: ["yes", "no"],
}


def create_key(actor: Actor, organisation: Organisation, values: Mapping[str, Any]) -> ConfigurationKey:
    """Describe a key by `values` of `FIELDS`. Raises ValidationError by field name."""
    made = ConfigurationKey(organisation=organisation, **values)
    _check(made)
    if ConfigurationKey.objects.filter(organisation=organisation).count() >= MOST_KEYS:
        raise ValidationError(_("At most %(most)d keys can be described.") % {"most": MOST_KEYS})
    with transaction.atomic():
        made.save()
        record(actor, organisation, "chargeports.configuration_key_created", made, after=_values(made))
        announce([f"organisation.{organisation.pk}"])
    return made


def update_key(actor: Actor, key: ConfigurationKey, values: Mapping[str, Any]) -> None:
    """Raises ValidationError by field name."""
    before = _values(key)
    for name, value in values.items():
        setattr(key, name, value)
    _check(key)
    with transaction.atomic():
        key.save(update_fields=FIELDS)
        record_change(actor, key, "chargeports.configuration_key_changed", before, _values(key))
        announce([f"organisation.{key.organisation_id}"])


def delete_key(actor: Actor, key: ConfigurationKey) -> None:
    with transaction.atomic():
        record(actor, key.organisation_id, "chargeports.configuration_key_deleted", key, before=_values(key))
        announce([f"organisation.{key.organisation_id}"])
        key.delete()


def _check(key: ConfigurationKey) -> None:
    """A secret tells nothing of a port, for its value is not kept; words translate into what the field knows."""
    key.full_clean()
    errors = {}
    if is_secret(key.key) and (key.recommended or key.port_field):
        errors["key"] = _("The value of this key is secret and never kept: it can neither be advised nor read.")
    if key.recommended and (remark := as_known(key).remark_on(key.recommended)):
        errors["recommended"] = str(remark)
    ours = _OURS.get(PortField(key.port_field)) if key.port_field else None
    if key.reading == Reading.WORDS and (wrong := _wrong_words(key, ours)):
        errors["words"] = wrong
    if errors:
        raise ValidationError(errors)


def _wrong_words(key: ConfigurationKey, ours: list[str] | None) -> str:
    words = words_of(key.words)
    if not words:
        return _("Write one translation per line: the station's word = ours.")
    if ours and not set(words.values()) <= set(ours):
        return _("Our words for this are: %(words)s.") % {"words": ", ".join(ours)}
    return ""


def _values(key: ConfigurationKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in FIELDS}
