from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.forms import NumberInput, SearchInput
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chargeports.choices import (
    GOOD_CERTIFICATES,
    CampaignState,
    CertificateState,
    CommandKind,
    CommandState,
    CurrentType,
    Obstacle,
    Plug,
    PortField,
    PortStatus,
    ReservationState,
    ScheduleKind,
    Severity,
    TargetState,
    TransferState,
    WindowState,
)
from chargeports.error_catalogue import OCPP_CODES
from chargeports.models import (
    Campaign,
    CampaignTarget,
    ChargePort,
    ChargingProfile,
    Command,
    ConfigurationKey,
    Deviation,
    EquipmentError,
    FileTransfer,
    Firmware,
    MaintenanceWindow,
    PortDevice,
    Reservation,
    SecurityEvent,
    StationCertificate,
    VendorErrorCode,
)
from chargeports.services.errors import NO_ERROR
from chargeports.transfers import UPLOADS
from common.access import access_of
from common.filters import FilterSet, MultipleChoiceFilter, PeriodFilter, YesNoFilter
from common.identifiers import evse_id_key
from stations.choices import LifeCycle
from stations.selectors import stations_with_text

# What the address says for a port that never reported; an empty value would mean "no filter".
UNKNOWN = "unknown"
LOCKED = "locked"
STATUSES = [*((status.value or UNKNOWN, status.label) for status in PortStatus), (LOCKED, _("Locked"))]
WATTS_PER_KILOWATT = 1000


class PortFilter(FilterSet):
    page = "charge-ports"
    primary = ("q", "status", "error", "evse_id")

    q = django_filters.CharFilter(label=_("Station"), method="by_station", widget=SearchInput)
    status = MultipleChoiceFilter(label=_("Status"), choices=STATUSES, method="by_status")
    error = YesNoFilter(label=_("Error"), method="by_error")
    evse_id = django_filters.CharFilter(label=_("EVSE ID"), method="by_evse_id", widget=SearchInput)
    error_code = django_filters.CharFilter(label=_("Error code"), method="by_error_code")
    plug = MultipleChoiceFilter(label=_("Plugs"), choices=Plug.choices, method="by_plug")
    current_type = django_filters.ChoiceFilter(label=_("Current"), choices=CurrentType.choices, empty_label=_("Any"))
    power_min = django_filters.NumberFilter(
        label=_("Power from (kW)"), method="by_power_min", widget=NumberInput(attrs={"min": 0, "step": "any"})
    )
    power_max = django_filters.NumberFilter(
        label=_("Power to (kW)"), method="by_power_max", widget=NumberInput(attrs={"min": 0, "step": "any"})
    )
    online = YesNoFilter(label=_("Online"), field_name="station__state__online")
    life_cycle = MultipleChoiceFilter(
        label=_("Life cycle"), choices=LifeCycle.choices, field_name="station__life_cycle", distinct=False
    )

    class Meta:
        model = ChargePort
        fields: tuple[str, ...] = ()

    def by_station(self, ports: QuerySet[ChargePort], name: str, value: str) -> QuerySet[ChargePort]:
        return ports.filter(station__in=stations_with_text(access_of(self.request).organisation, value))

    def by_status(self, ports: QuerySet[ChargePort], name: str, value: list[str]) -> QuerySet[ChargePort]:
        """A locked port is found by its lock and by what the charger says of it."""
        wanted = Q(state__status__in=["" if status == UNKNOWN else status for status in value])
        locked = Q(state__locked_since__isnull=False) if LOCKED in value else Q()
        return ports.filter(wanted | locked) if value else ports

    def by_error(self, ports: QuerySet[ChargePort], name: str, value: str) -> QuerySet[ChargePort]:
        fine = Q(state__error_code__in=("", NO_ERROR), state__vendor_error_code="")
        return ports.exclude(fine) if value == "true" else ports.filter(fine)

    def by_error_code(self, ports: QuerySet[ChargePort], name: str, value: str) -> QuerySet[ChargePort]:
        """OCPP's code or the manufacturer's."""
        return ports.filter(Q(state__error_code__icontains=value) | Q(state__vendor_error_code__icontains=value))

    def by_evse_id(self, ports: QuerySet[ChargePort], name: str, value: str) -> QuerySet[ChargePort]:
        return ports.filter(evse_id_key__contains=evse_id_key(value))

    def by_plug(self, ports: QuerySet[ChargePort], name: str, value: list[str]) -> QuerySet[ChargePort]:
        return ports.filter(plugs__overlap=value) if value else ports

    def by_power_min(self, ports: QuerySet[ChargePort], name: str, value: Any) -> QuerySet[ChargePort]:
        return ports.filter(max_power_w__gte=value * WATTS_PER_KILOWATT)

    def by_power_max(self, ports: QuerySet[ChargePort], name: str, value: Any) -> QuerySet[ChargePort]:
        return ports.filter(max_power_w__lte=value * WATTS_PER_KILOWATT)


class CommandFilter(FilterSet):
    """The history on a sheet: its address names the station or the port, so nothing is saved under a name."""

    primary = ("kind", "state", "by", "created_at")

    kind = MultipleChoiceFilter(label=_("Command"), choices=CommandKind.choices, distinct=False)
    state = MultipleChoiceFilter(label=_("State"), choices=CommandState.choices, distinct=False)
    by = django_filters.CharFilter(label=_("By"), field_name="actor_label", lookup_expr="icontains", widget=SearchInput)
    created_at = PeriodFilter(label=_("Period"))

    class Meta:
        model = Command
        fields: tuple[str, ...] = ()


class StationErrorFilter(FilterSet):
    """The errors on a station's sheet: its address names the station, so nothing is saved under a name."""

    primary: ClassVar[tuple[str, ...]] = ("state", "gravity", "error_code", "since")

    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=(("open", _("Still there")), ("ended", _("Ended"))),
        method="by_state",
        empty_label=_("Any"),
    )
    gravity = MultipleChoiceFilter(label=_("Severity"), choices=Severity.choices, distinct=False)
    error_code = MultipleChoiceFilter(
        label=_("Error code"), choices=[(code, code) for code in OCPP_CODES], distinct=False
    )
    since = PeriodFilter(label=_("Since"))
    vendor_code = django_filters.CharFilter(
        label=_("Manufacturer's code or info"), method="by_vendor_code", widget=SearchInput
    )
    port_number = django_filters.NumberFilter(
        label=_("Charge port"), min_value=0, max_value=99, widget=NumberInput(attrs={"min": 0, "max": 99, "step": 1})
    )
    in_maintenance = YesNoFilter(label=_("In a maintenance window"))

    class Meta:
        model = EquipmentError
        fields: tuple[str, ...] = ()

    def by_state(self, errors: QuerySet[EquipmentError], name: str, value: str) -> QuerySet[EquipmentError]:
        return errors.filter(until__isnull=value == "open")

    def by_vendor_code(self, errors: QuerySet[EquipmentError], name: str, value: str) -> QuerySet[EquipmentError]:
        return errors.filter(Q(vendor_error_code__icontains=value) | Q(info__icontains=value))


class ErrorFilter(StationErrorFilter):
    """The errors of all stations."""

    page = "errors"
    primary = ("q", *StationErrorFilter.primary)

    q = django_filters.CharFilter(label=_("Station"), method="by_station", widget=SearchInput)

    class Meta(StationErrorFilter.Meta):
        pass

    def by_station(self, errors: QuerySet[EquipmentError], name: str, value: str) -> QuerySet[EquipmentError]:
        return errors.filter(station__in=stations_with_text(access_of(self.request).organisation, value))


class ErrorCodeFilter(FilterSet):
    """The catalogue of manufacturers' codes."""

    page = "error-catalogue"
    primary = ("q", "severity")

    q = django_filters.CharFilter(label=_("Code, manufacturer or meaning"), method="by_text", widget=SearchInput)
    severity = MultipleChoiceFilter(label=_("Severity"), choices=Severity.choices, distinct=False)

    class Meta:
        model = VendorErrorCode
        fields: tuple[str, ...] = ()

    def by_text(self, entries: QuerySet[VendorErrorCode], name: str, value: str) -> QuerySet[VendorErrorCode]:
        asked = ("code", "vendor", "model", "meaning")
        return entries.filter(reduce(or_, (Q(**{f"{field}__icontains": value}) for field in asked)))


class ConfigurationKeyFilter(FilterSet):
    """The organisation's descriptions of configuration keys."""

    page = "configuration-keys"
    primary = ("q", "port_field")

    q = django_filters.CharFilter(label=_("Key, manufacturer or meaning"), method="by_text", widget=SearchInput)
    port_field = MultipleChoiceFilter(label=_("Tells of charge ports"), choices=PortField.choices, distinct=False)

    class Meta:
        model = ConfigurationKey
        fields: tuple[str, ...] = ()

    def by_text(self, keys: QuerySet[ConfigurationKey], name: str, value: str) -> QuerySet[ConfigurationKey]:
        asked = ("key", "vendor", "model", "meaning")
        return keys.filter(reduce(or_, (Q(**{f"{field}__icontains": value}) for field in asked)))


# How soon the calibration of a meter ends: the value in the address is the number of days.
_DUE = (
    ("0", _("over already")),
    ("90", _("within 3 months")),
    ("180", _("within 6 months")),
    ("365", _("within a year")),
)


class MeterFilter(FilterSet):
    """Meters by the end of their calibration."""

    page = "meters-due"
    primary = ("q", "due")

    q = django_filters.CharFilter(label=_("Station or meter number"), method="by_text", widget=SearchInput)
    due = django_filters.ChoiceFilter(label=_("Calibration ends"), choices=_DUE, method="by_due", empty_label=_("Any"))

    class Meta:
        model = PortDevice
        fields: tuple[str, ...] = ()

    def by_text(self, meters: QuerySet[PortDevice], name: str, value: str) -> QuerySet[PortDevice]:
        return meters.filter(Q(meter_number__icontains=value) | Q(port__station__identity__icontains=value))

    def by_due(self, meters: QuerySet[PortDevice], name: str, value: str) -> QuerySet[PortDevice]:
        return meters.filter(calibrated_until__lt=timezone.localdate() + timedelta(days=int(value)))


class TransferFilter(FilterSet):
    """The files of one station: its address names the station, so nothing is saved under a name."""

    primary = ("kind", "state", "by", "created_at")

    kind = MultipleChoiceFilter(label=_("Kind"), choices=[(kind.value, kind.label) for kind in UPLOADS], distinct=False)
    state = MultipleChoiceFilter(label=_("State"), choices=TransferState.choices, distinct=False)
    by = django_filters.CharFilter(label=_("By"), field_name="actor_label", lookup_expr="icontains", widget=SearchInput)
    created_at = PeriodFilter(label=_("Period"))

    class Meta:
        model = FileTransfer
        fields: tuple[str, ...] = ()


class FirmwareFilter(FilterSet):
    page = "firmware"
    primary = ("q", "signed")

    q = django_filters.CharFilter(label=_("Manufacturer, model or version"), method="by_text", widget=SearchInput)
    signed = YesNoFilter(label=_("Signed"), method="by_signature")

    class Meta:
        model = Firmware
        fields: tuple[str, ...] = ()

    def by_text(self, firmware: QuerySet[Firmware], name: str, value: str) -> QuerySet[Firmware]:
        wanted = Q(vendor__icontains=value) | Q(model__icontains=value) | Q(version__icontains=value)
        return firmware.filter(wanted | Q(note__icontains=value))

    def by_signature(self, firmware: QuerySet[Firmware], name: str, value: str) -> QuerySet[Firmware]:
        return firmware.exclude(signature="") if value == "true" else firmware.filter(signature="")


class ProfileFilter(FilterSet):
    """The library of charging profiles."""

    page = "charging-profiles"
    primary = ("q", "kind")

    q = django_filters.CharFilter(label=_("Name or note"), method="by_text", widget=SearchInput)
    kind = django_filters.ChoiceFilter(label=_("Times count"), choices=ScheduleKind.choices)

    class Meta:
        model = ChargingProfile
        fields: tuple[str, ...] = ()

    def by_text(self, profiles: QuerySet[ChargingProfile], name: str, value: str) -> QuerySet[ChargingProfile]:
        return profiles.filter(Q(name__icontains=value) | Q(note__icontains=value))


class WindowFilter(FilterSet):
    """The maintenance windows of one station."""

    primary: ClassVar[tuple[str, ...]] = ("state", "starts_at")

    state = MultipleChoiceFilter(label=_("Status"), choices=WindowState.choices, method="by_state")
    starts_at = PeriodFilter(label=_("Start"))

    class Meta:
        model = MaintenanceWindow
        fields: tuple[str, ...] = ()

    def by_state(
        self, windows: QuerySet[MaintenanceWindow], name: str, value: list[str]
    ) -> QuerySet[MaintenanceWindow]:
        now = timezone.now()
        states = {
            WindowState.PLANNED: Q(starts_at__gt=now),
            WindowState.ACTIVE: Q(starts_at__lte=now, ends_at__gt=now),
            WindowState.PAST: Q(ends_at__lte=now),
        }
        wanted = reduce(or_, (states[WindowState(state)] for state in value), Q())
        return windows.filter(wanted)


class FleetWindowFilter(WindowFilter):
    page = "maintenance-windows"
    primary = ("q", "state", "starts_at")

    q = django_filters.CharFilter(label=_("Station"), method="by_station", widget=SearchInput)

    def by_station(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(station__in=stations_with_text(access_of(self.request).organisation, value))


class ReservationFilter(FilterSet):
    """The reservations of one station."""

    primary: ClassVar[tuple[str, ...]] = ("state", "id_tag", "expires_at")

    state = MultipleChoiceFilter(label=_("Status"), choices=ReservationState.choices, distinct=False)
    id_tag = django_filters.CharFilter(label=_("Id token"), lookup_expr="icontains", widget=SearchInput)
    contact = django_filters.CharFilter(label=_("Contact"), lookup_expr="icontains", widget=SearchInput)
    expires_at = PeriodFilter(label=_("Until"))

    class Meta:
        model = Reservation
        fields: tuple[str, ...] = ()


class FleetReservationFilter(ReservationFilter):
    page = "reservations"
    primary = ("q", "state", "id_tag", "expires_at")

    q = django_filters.CharFilter(label=_("Station"), method="by_station", widget=SearchInput)

    def by_station(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(station__in=stations_with_text(access_of(self.request).organisation, value))


class CampaignFilter(FilterSet):
    page = "campaigns"
    primary = ("q", "state", "kind")

    q = django_filters.CharFilter(label=_("Name"), field_name="name", lookup_expr="icontains", widget=SearchInput)
    state = MultipleChoiceFilter(label=_("State"), choices=CampaignState.choices, distinct=False)
    kind = MultipleChoiceFilter(label=_("Command"), choices=CommandKind.choices, distinct=False)

    class Meta:
        model = Campaign
        fields: tuple[str, ...] = ()


class TargetFilter(FilterSet):
    """The stations of one campaign."""

    primary = ("q", "state", "reason")

    q = django_filters.CharFilter(
        label=_("Station"), field_name="station__identity", lookup_expr="istartswith", widget=SearchInput
    )
    state = MultipleChoiceFilter(label=_("State"), choices=TargetState.choices, distinct=False)
    reason = MultipleChoiceFilter(label=_("Why not"), choices=Obstacle.choices, distinct=False)

    class Meta:
        model = CampaignTarget
        fields: tuple[str, ...] = ()


class DeviationFilter(FilterSet):
    """What deviates from one configuration template."""

    primary = ("q", "key", "readonly")

    q = django_filters.CharFilter(
        label=_("Station"), field_name="station__identity", lookup_expr="istartswith", widget=SearchInput
    )
    key = django_filters.CharFilter(label=_("Setting"), lookup_expr="icontains", widget=SearchInput)
    readonly = YesNoFilter(label=_("Can only be read"))

    class Meta:
        model = Deviation
        fields: tuple[str, ...] = ()


class CertificateFilter(FilterSet):
    page = "certificates"
    primary = ("q", "state", "ends")

    q = django_filters.CharFilter(label=_("Station"), method="by_station", widget=SearchInput)
    state = MultipleChoiceFilter(label=_("State"), choices=CertificateState.choices, distinct=False)
    ends = django_filters.ChoiceFilter(
        label=_("Ends within"),
        choices=((7, _("7 days")), (30, _("30 days")), (90, _("90 days"))),
        empty_label=_("Any time"),
        method="by_end",
    )

    class Meta:
        model = StationCertificate
        fields: tuple[str, ...] = ()

    def by_station(self, rows: QuerySet[StationCertificate], name: str, value: str) -> QuerySet[StationCertificate]:
        return rows.filter(station__in=stations_with_text(access_of(self.request).organisation, value))

    def by_end(self, rows: QuerySet[StationCertificate], name: str, value: str) -> QuerySet[StationCertificate]:
        """Of those that count: what was refused or replaced has no end that matters."""
        latest = timezone.now() + timedelta(days=int(value))
        return rows.filter(state__in=GOOD_CERTIFICATES, not_after__lte=latest)


class StationSecurityEventFilter(FilterSet):
    primary: ClassVar[tuple[str, ...]] = ("is_critical", "type", "received_at")

    is_critical = YesNoFilter(label=_("Critical"))
    type = django_filters.CharFilter(label=_("Event"), lookup_expr="icontains", widget=SearchInput)
    received_at = PeriodFilter(label=_("Period"))

    class Meta:
        model = SecurityEvent
        fields: tuple[str, ...] = ()


class SecurityEventFilter(StationSecurityEventFilter):
    page = "security-events"
    primary = ("q", "is_critical", "type", "received_at")

    q = django_filters.CharFilter(label=_("Station"), method="by_station", widget=SearchInput)

    def by_station(self, rows: QuerySet[SecurityEvent], name: str, value: str) -> QuerySet[SecurityEvent]:
        return rows.filter(station__in=stations_with_text(access_of(self.request).organisation, value))
