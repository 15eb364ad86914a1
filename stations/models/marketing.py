"""What drivers are told of a station, language by language, and what roaming partners are told of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import StoredFile
from common.models import TenantModel
from stations.choices import Accessibility, AuthenticationMode, PaymentMethod, YesNo
from stations.models.stations import Station


class MarketingText(TenantModel):
    """The texts of a station in one language (ISO 639-1)."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="marketing_texts")
    language = models.CharField(_("language"), max_length=2)
    title = models.CharField(_("title"), max_length=120, blank=True)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    opening_hours = models.TextField(_("opening hours"), max_length=500, blank=True)
    payment = models.TextField(_("payment options"), max_length=500, blank=True)
    condition = models.TextField(_("general state of the station"), max_length=500, blank=True)
    surroundings = models.TextField(_("surroundings"), max_length=1000, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("language",)
        constraints = [models.UniqueConstraint(fields=["station", "language"], name="marketing_text_of_a_language")]


class MarketingPicture(TenantModel):
    """A picture of the station; an empty language stands for all of them."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="marketing_pictures")
    language = models.CharField(_("language"), max_length=2, blank=True)
    caption = models.CharField(_("what it shows"), max_length=200)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        ordering = ("pk",)


class RoamingData(TenantModel):
    """What roaming partners are told; for information only, but for `direct_payment_deactivated`."""

    station = models.OneToOneField(Station, on_delete=models.CASCADE, related_name="roaming")
    accessibility = models.CharField(_("accessibility"), max_length=12, choices=Accessibility, blank=True)
    authentication_modes = ArrayField(
        models.CharField(max_length=12, choices=AuthenticationMode),
        default=list,
        blank=True,
        verbose_name=_("authentication modes"),
    )
    payment_methods = ArrayField(
        models.CharField(max_length=12, choices=PaymentMethod),
        default=list,
        blank=True,
        verbose_name=_("payment methods"),
    )
    dynamic_information = models.CharField(
        _("dynamic information available"), max_length=3, choices=YesNo, default=YesNo.UNKNOWN, blank=True
    )
    renewable_energy = models.CharField(
        _("renewable energy"), max_length=3, choices=YesNo, default=YesNo.UNKNOWN, blank=True
    )
    calibration_law = models.CharField(
        _("measures by calibration law"), max_length=3, choices=YesNo, default=YesNo.UNKNOWN, blank=True
    )
    hotline = models.CharField(_("hotline"), max_length=40, blank=True)
    additional_information = models.TextField(_("additional information"), max_length=1000, blank=True)
    direct_payment_deactivated = models.BooleanField(_("deactivation of direct payment page"), default=False)

    class Meta(TenantModel.Meta):
        pass
