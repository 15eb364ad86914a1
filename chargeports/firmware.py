"""Which firmware of the library fits which station."""

from django.db.models import Q, QuerySet

from chargeports.models import Firmware
from stations.models import Station
from stations.selectors import entered_or_reported, reported


def library() -> QuerySet[Firmware]:
    """The organisation's firmware with its files, without what was removed. One query."""
    return Firmware.objects.filter(removed_at=None).select_related("file")


def fitting(station: Station) -> QuerySet[Firmware]:
    """What may be offered to the station: its manufacturer's, for its model or for all of them. A station of which
    neither is known is offered everything.
    """
    vendor, model = model_of(station)
    by_vendor = Q(vendor__iexact=vendor) if vendor else Q()
    by_model = Q(model="") | Q(model__iexact=model) if model else Q()
    return library().filter(by_vendor, by_model).order_by("-created_at")


def model_of(station: Station) -> tuple[str, str]:
    """Manufacturer and model: what the charger says, or else what was entered."""
    vendor = reported(station, "vendor") or entered_or_reported(station, "vendor")
    return vendor, reported(station, "model") or entered_or_reported(station, "model")
