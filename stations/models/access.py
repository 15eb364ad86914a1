"""When and under which rules people may come to a station and charge there."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.models import TenantModel
from stations.choices import ExceptionScope, HolidayRule, OperatingKind
from stations.models.stations import Station


class StationAccess(TenantModel):
    """What is said of access beyond the week of opening hours; a station without a row has none of it.

    `operating_hours` (in the form of stations/opening_hours.py) count where `operating_kind` is WEEKLY.
    `holiday_openings` are the periods of a holiday where `holiday_rule` is OPENINGS.
    """

    station = models.OneToOneField(Station, on_delete=models.CASCADE, related_name="access")
    operating_kind = models.CharField(
        _("charging is possible"), max_length=8, choices=OperatingKind, default=OperatingKind.ALWAYS, blank=True
    )
    operating_hours = models.JSONField(_("operating hours"), default=dict, blank=True)
    holiday_country = models.CharField(_("holidays of"), max_length=2, blank=True)
    holiday_region = models.CharField(_("region"), max_length=10, blank=True)
    holiday_rule = models.CharField(
        _("on holidays"), max_length=8, choices=HolidayRule, default=HolidayRule.AS_USUAL, blank=True
    )
    holiday_openings = models.JSONField(_("openings on holidays"), default=list, blank=True)
    house_rules = models.TextField(_("house rules"), max_length=4000, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        pass


class HoursException(TenantModel):
    """Days on which other openings hold than the week and the holidays say, both ends included; none is closed."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="hours_exceptions")
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("to"))
    openings = models.JSONField(_("openings"), default=list, blank=True)
    scope = models.CharField(_("holds for"), max_length=10, choices=ExceptionScope, default=ExceptionScope.BOTH)
    note = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("first_day", "pk")
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="hours_exception_ends_after_begin")
        ]
        indexes = [models.Index(fields=["station", "last_day"], name="hours_exception_by_station")]
