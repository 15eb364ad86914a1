"""What drivers and roaming partners are told of a station."""

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.services import differences, record
from accounts.services.files import delete_file, keep_file
from common.actor import Actor
from common.live import announce
from stations.files import MARKETING_PICTURE
from stations.models import MarketingPicture, MarketingText, RoamingData, Station

TEXT_FIELDS = ("title", "description", "opening_hours", "payment", "condition", "surroundings")
ROAMING_FIELDS = (
    "accessibility",
    "authentication_modes",
    "payment_methods",
    "dynamic_information",
    "renewable_energy",
    "calibration_law",
    "hotline",
    "additional_information",
    "direct_payment_deactivated",
)
_LANGUAGE = re.compile(r"[a-z]{2}")
# A figure with a currency, or a price for a unit: tariffs change, and belong to the tariff.
_TARIFF = re.compile(
    r"\d\s*(€|eur\b|ct\b|cent|chf\b|\$|£)|(€|\$|£|\beur|\bchf)\s*\d|/\s*kwh|(pro|per|je)\s+(kwh|min)", re.I
)


def names_a_tariff(text: str) -> bool:
    """Whether the text seems to tell a price."""
    return bool(_TARIFF.search(text))


def change_marketing_text(actor: Actor, station: Station, language: str, values: Mapping[str, str]) -> None:
    """Keep the station's texts in a language; without any the language is dropped. Raises ValidationError by field."""
    if not _LANGUAGE.fullmatch(language):
        raise ValidationError({"language": _("Two letters are needed, e.g. fr.")})
    with transaction.atomic():
        text = MarketingText.objects.select_for_update().filter(station=station, language=language).first()
        text = text or MarketingText(organisation_id=station.organisation_id, station=station, language=language)
        before = {name: getattr(text, name) for name in TEXT_FIELDS}
        after = {name: values.get(name, "").strip() for name in TEXT_FIELDS}
        old, new = differences(before, after)
        if not new:
            return
        for name, value in after.items():
            setattr(text, name, value)
        text.clean_fields(exclude=["organisation", "station"])
        if any(after.values()):
            text.save()
        else:
            text.delete()
        said = {"language": language}
        _told(actor, station, "stations.marketing_changed", said | old, said | new)


def add_picture(actor: Actor, station: Station, file: File, caption: str, language: str = "") -> MarketingPicture:
    """Raises ValidationError where it is no picture, too large, or without a caption."""
    picture = MarketingPicture(
        organisation_id=station.organisation_id, station=station, caption=caption.strip(), language=language
    )
    picture.clean_fields(exclude=["organisation", "station", "file"])
    with transaction.atomic():
        picture.file = keep_file(station.organisation, MARKETING_PICTURE, file, actor)
        picture.save()
        _told(actor, station, "stations.picture_added", {}, {"caption": picture.caption})
    return picture


def remove_picture(actor: Actor, picture: MarketingPicture) -> None:
    with transaction.atomic():
        station, file, caption = picture.station, picture.file, picture.caption
        picture.delete()
        delete_file(actor, file)
        _told(actor, station, "stations.picture_removed", {"caption": caption}, {})


def change_roaming(actor: Actor, station: Station, values: Mapping[str, Any]) -> None:
    """Keep what roaming partners are told. Raises ValidationError by field."""
    with transaction.atomic():
        kept, _made = RoamingData.objects.select_for_update().get_or_create(
            station=station, defaults={"organisation_id": station.organisation_id}
        )
        before = {name: getattr(kept, name) for name in ROAMING_FIELDS}
        for name in ROAMING_FIELDS:
            setattr(kept, name, values.get(name, before[name]))
        kept.clean_fields(exclude=["organisation", "station"])
        old, new = differences(before, {name: getattr(kept, name) for name in ROAMING_FIELDS})
        if new:
            kept.save()
            _told(actor, station, "stations.roaming_changed", old, new)


def _told(actor: Actor, station: Station, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    record(actor, station.organisation_id, action, station, before=before, after=after)
    announce([f"station.{station.pk}"])
