"""Station master data, what the station reports of itself, and its live state.

What changes often stands apart from what changes rarely: `Station` is what people entered, `StationReport` what the
charger says of itself at boot, `StationState` what changes with its connection.
"""

from django.contrib.postgres.indexes import OpClass
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.models import TenantModel
from stations.choices import AccessType, BootStatus, LifeCycle, Protocol, SecurityProfile
from stations.models.contacts import Contact, StationGroup

validate_identity = RegexValidator(
    r"^(?!\.{1,2}$)[^\s/?#%<>\"'\\\x00-\x1f\x7f-\uffff][^/?#%<>\"'\\\x00-\x1f\x7f-\uffff]{0,47}$",
    _("1 to 48 letters, digits, blanks or marks, without / ? # %% < > quotes or backslash; not only dots."),
)


class Station(TenantModel):
    """One charger: one OCPP identity, one websocket, one data sheet.

    `identity` is unique over all organisations in any case of letters, since the websocket address names no tenant.
    """

    identity = models.CharField(_("station id"), max_length=48, validators=[validate_identity])
    name = models.CharField(_("name"), max_length=120, blank=True)
    life_cycle = models.CharField(_("life cycle"), max_length=20, choices=LifeCycle, default=LifeCycle.PLANNED)
    protocol = models.CharField(_("protocol"), max_length=12, choices=Protocol, default=Protocol.OCPP16)
    security_profile = models.PositiveSmallIntegerField(
        _("security profile"), choices=SecurityProfile, default=SecurityProfile.TLS_BASIC
    )
    vendor = models.CharField(_("manufacturer"), max_length=60, blank=True)
    model = models.CharField(_("model"), max_length=60, blank=True)
    serial_number = models.CharField(_("serial number"), max_length=60, blank=True)
    firmware_version = models.CharField(_("firmware version"), max_length=60, blank=True)
    iccid = models.CharField(_("SIM ICCID"), max_length=22, blank=True)
    imsi = models.CharField(_("SIM IMSI"), max_length=20, blank=True)
    street = models.CharField(_("street and number"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("Two letters, e.g. DE"))
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=8,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Berlin")
    access_type = models.CharField(_("access"), max_length=12, choices=AccessType, default=AccessType.PUBLIC)
    opening_hours = models.JSONField(_("opening hours"), default=dict, blank=True)
    owner = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    operator = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    service_partner = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    contact_person = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    groups = models.ManyToManyField(StationGroup, related_name="stations", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        ordering = ("identity",)
        constraints = [models.UniqueConstraint(Upper("identity"), name="station_identity_unique_in_any_case")]
        indexes = [
            models.Index(fields=["organisation", "identity"], name="station_by_identity"),
            models.Index(fields=["organisation", "name", "id"], name="station_by_name"),
            models.Index(fields=["organisation", "city", "id"], name="station_by_city"),
            models.Index("organisation", OpClass(Upper("city"), "text_pattern_ops"), name="station_by_city_prefix"),
            models.Index(fields=["organisation", "vendor", "model", "id"], name="station_by_model"),
            models.Index(fields=["organisation", "life_cycle", "id"], name="station_by_life_cycle"),
            models.Index(fields=["organisation", "latitude", "longitude"], include=["id"], name="station_by_place"),
        ]

    def __str__(self) -> str:
        return self.identity


class StationReport(models.Model):
    """What the charger says of itself in BootNotification (OCPP 1.6 §6.3), beside what was entered."""

    station = models.OneToOneField(Station, primary_key=True, on_delete=models.CASCADE, related_name="report")
    vendor = models.CharField(_("manufacturer"), max_length=255, blank=True)
    model = models.CharField(_("model"), max_length=255, blank=True)
    serial_number = models.CharField(_("serial number"), max_length=255, blank=True)
    box_serial_number = models.CharField(_("charge box serial number"), max_length=255, blank=True)
    firmware_version = models.CharField(_("firmware version"), max_length=255, blank=True)
    iccid = models.CharField(_("SIM ICCID"), max_length=255, blank=True)
    imsi = models.CharField(_("SIM IMSI"), max_length=255, blank=True)
    meter_type = models.CharField(_("meter type"), max_length=255, blank=True)
    meter_serial_number = models.CharField(_("meter serial number"), max_length=255, blank=True)
    reported_at = models.DateTimeField(_("reported"))
    # Set when another device answers under this identity; the station is held until a person confirms (B07).
    held_because = models.CharField(max_length=255, blank=True)

    class Meta:
        default_permissions = ()


class StationState(models.Model):
    """What changes with the connection. One row for every station, made with it.

    `status` sums up the ports for lists and maps (`chargeports.services` keeps it): the worst of them.
    `own_status` is what the charger says of connector 0, itself.
    """

    station = models.OneToOneField(Station, primary_key=True, on_delete=models.CASCADE, related_name="state")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    online = models.BooleanField(_("online"), default=False)
    online_changed_at = models.DateTimeField(_("since"), null=True)
    # When the connection broke off: the station counts as online until it stays away for a while (OCPP quirk Q14).
    lost_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True)
    boot_status = models.CharField(max_length=8, choices=BootStatus, default=BootStatus.NEVER, blank=True)
    last_boot_at = models.DateTimeField(_("last boot"), null=True)
    status = models.CharField(_("status"), max_length=20, blank=True)
    own_status = models.CharField(max_length=20, blank=True)
    own_status_at = models.DateTimeField(null=True)
    firmware_status = models.CharField(_("firmware update"), max_length=40, blank=True)
    diagnostics_status = models.CharField(_("diagnostics"), max_length=40, blank=True)
    configuration_read_at = models.DateTimeField(null=True)
    reboot_required = models.BooleanField(default=False)
    # How far the charger's clock is ahead of ours, as its messages tell; negative where it is behind.
    clock_ahead_s = models.IntegerField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["organisation", "online", "station"], name="station_state_by_online"),
            models.Index(fields=["organisation", "status", "station"], name="station_state_by_status"),
            models.Index(fields=["lost_at"], condition=models.Q(lost_at__isnull=False), name="station_state_lost"),
        ]
