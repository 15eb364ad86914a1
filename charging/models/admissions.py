"""Who may charge at which station."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from charging.models.tokens import TokenGroup
from common.models import TenantModel
from stations.models import Station


class StationAdmission(TenantModel):
    """Only tokens of these groups may charge at the station. A station without a row lets every valid token charge."""

    station = models.OneToOneField(Station, on_delete=models.CASCADE, related_name="admission")
    groups = models.ManyToManyField(TokenGroup, related_name="+", verbose_name=_("groups of tokens"))

    class Meta(TenantModel.Meta):
        pass
