"""What the meters of charge ports told."""

from django.db import models

from common.partitions import NextValue


class MeterValue(models.Model):
    """All samples of one moment: OCPP's MeterValue with its sampledValue list (OCPP 1.6 §7.24).

    The typed columns are what pictures and sums need; `samples` holds every sampled value as the charger sent it.
    The table is partitioned by the month of arrival (`common.partitions`).
    """

    pk = models.CompositePrimaryKey("received_at", "id")
    id = models.BigIntegerField(db_default=NextValue("charging_metervalue_id_seq"))
    received_at = models.DateTimeField()
    organisation_id = models.BigIntegerField()
    station_id = models.BigIntegerField()
    port_number = models.PositiveSmallIntegerField()
    session_id = models.IntegerField(null=True)
    sampled_at = models.DateTimeField()
    context = models.CharField(max_length=30)
    energy_wh = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    power_w = models.DecimalField(max_digits=12, decimal_places=1, null=True)
    current_a = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    voltage_v = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    soc_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    samples = models.JSONField(default=list)

    class Meta:
        default_permissions = ()
