"""What a clone of a station takes over of its publication: access, texts, facts for roaming partners, portals.

Pictures stay: they show the one place. Each is one statement, or none where there is nothing.
"""

from typing import Any

from django.db.models import Model

from stations.models import HoursException, MarketingText, Publication, RoamingData, Station, StationAccess

# How often such a row stands for a station does not matter: all of them are taken over.
_COPIED: tuple[type[Any], ...] = (StationAccess, HoursException, MarketingText, RoamingData, Publication)
_OWN = {"id", "station", "organisation"}


def clone_publication(source: Station, copy: Station) -> None:
    for model in _COPIED:
        rows = model.objects.filter(station=source)
        model.objects.bulk_create([_copied(row, copy) for row in rows])


def _copied(row: Model, copy: Station) -> Model:
    names = [field.attname for field in row._meta.concrete_fields if field.name not in _OWN]
    values = {name: getattr(row, name) for name in names}
    return type(row)(organisation_id=copy.organisation_id, station=copy, **values)
