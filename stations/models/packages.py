"""Services that are booked for a station."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.models import TenantModel
from stations.choices import PackageKind
from stations.models.contacts import Contact
from stations.models.stations import Station


class ServicePackage(TenantModel):
    """A service package of a station, from one day to another, both included, in the station's zone."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="packages")
    kind = models.CharField(_("service package"), max_length=12, choices=PackageKind)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("contact")
    )
    includes = models.TextField(_("what it includes"), max_length=2_000, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("-since", "-id")
        indexes = [models.Index(fields=["station", "kind", "since"], name="service_package_by_station")]

    def __str__(self) -> str:
        return self.get_kind_display()

    def is_active(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)

    def overlaps(self, since: date, until: date | None) -> bool:
        """Whether the package and the period have a day in common."""
        return (until is None or self.since <= until) and (self.until is None or since <= self.until)
