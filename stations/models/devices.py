"""What is installed at a station, and where the same hardware was seen before."""

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from common.identifiers import validate_imei
from common.models import TenantModel
from stations.choices import HardwareSource
from stations.models.stations import Station


class DeviceDetails(TenantModel):
    """What people enter of a station's hardware besides its master data."""

    station = models.OneToOneField(Station, primary_key=True, on_delete=models.CASCADE, related_name="device")
    controller = models.CharField(_("controller"), max_length=120, blank=True)
    gateway = models.CharField(_("gateway"), max_length=120, blank=True)
    imei = models.CharField(_("modem IMEI"), max_length=20, blank=True, validators=[validate_imei])
    sim_address = models.CharField(
        _("SIM address"), max_length=60, blank=True, help_text=_("Telephone number or IP address of the SIM card")
    )
    commissioned_on = models.DateField(_("commissioned on"), null=True, blank=True)
    warranty_until = models.DateField(_("warranty until"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        pass


class HardwareTrace(TenantModel):
    """From `since` on, a station had this value of an identifying field; one row for each change."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="hardware")
    field = models.CharField(max_length=30)
    source = models.CharField(max_length=8, choices=HardwareSource)
    value = models.CharField(max_length=255)
    since = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ("-since", "-id")
        indexes = [
            models.Index(fields=["station", "field", "source", "-id"], name="hardware_by_station"),
            models.Index("organisation", Upper("value"), name="hardware_by_value"),
        ]
