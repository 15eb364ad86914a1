"""Commands about files: one small declaration for each kind."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chargeports import firmware as firmwares
from chargeports.choices import CommandKind
from chargeports.forms.commands import MANAGEMENT, CommandForm
from chargeports.models import Firmware
from chargeports.parameters import MAX_RETRIES, MAX_RETRY_INTERVAL_S, Parameters
from chargeports.rights import GET_DIAGNOSTICS, UPDATE_FIRMWARE
from common.forms import DateTimeInput
from common.rights import Text
from stations.models import Station


class _Transfer(CommandForm):
    """Fields are read in the zone that is active: the station's."""

    retries = forms.IntegerField(label=_("Tries after the first"), min_value=0, max_value=MAX_RETRIES, required=False)
    retry_interval_s = forms.IntegerField(
        label=_("Pause between tries (s)"), min_value=1, max_value=MAX_RETRY_INTERVAL_S, required=False
    )

    @property
    def parameters(self) -> Parameters:
        given = super().parameters
        return {name: value for name, value in given.items() if value is not None}


class _Period(_Transfer):
    start_at = forms.DateTimeField(
        label=_("From"), required=False, widget=DateTimeInput, help_text=_("Leave empty for all that the station has.")
    )
    stop_at = forms.DateTimeField(label=_("Until"), required=False, widget=DateTimeInput)

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        period = [str(parameters.get(name, ""))[:16].replace("T", " ") for name in ("start_at", "stop_at")]
        return " – ".join(period) if any(period) else ""


class GetDiagnostics(_Period):
    kind = CommandKind.GET_DIAGNOSTICS
    right = GET_DIAGNOSTICS
    icon = "cloud-upload"
    explanation = _(
        "The station sends a file about itself; what is in it depends on the manufacturer. It appears in the tab"
        " Diagnosis, which can take a few minutes."
    )
    menus = {MANAGEMENT: 100}
    field_order = ("start_at", "stop_at", "retries", "retry_interval_s")


class GetLog(_Period):
    kind = CommandKind.GET_LOG
    right = GET_DIAGNOSTICS
    icon = "shield-lock"
    explanation = _(
        "Stations with OCPP's security extension send a log. It appears in the tab Diagnosis; a second request ends the"
        " first."
    )
    menus = {MANAGEMENT: 110}
    field_order = ("log", "start_at", "stop_at", "retries", "retry_interval_s")

    LOGS = (("security", _("Security log")), ("diagnostics", _("Diagnostics log")))
    log = forms.ChoiceField(label=_("Log"), choices=LOGS)

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        log = dict(GetLog.LOGS).get(parameters.get("log", ""), "")
        return " · ".join(filter(None, [str(log), str(_Period.summary(parameters))]))


class _FirmwareField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Firmware) -> str:
        return " · ".join(filter(None, [obj.version, obj.vendor, obj.model, obj.note.partition("\n")[0][:60]]))


class UpdateFirmware(_Transfer):
    kind = CommandKind.UPDATE_FIRMWARE
    right = UPDATE_FIRMWARE
    icon = "cloud-download"
    explanation = _(
        "The station fetches the file, installs it and boots; sessions that run may end. Its progress stands in the tab"
        " Firmware. Offered is what fits the station's manufacturer and model."
    )
    menus = {MANAGEMENT: 120}
    field_order = ("firmware_id", "retrieve_at", "install_at", "retries", "retry_interval_s")

    firmware_id = _FirmwareField(label=_("Firmware"), queryset=Firmware.objects.none())
    retrieve_at = forms.DateTimeField(
        label=_("Fetch it at"), required=False, widget=DateTimeInput, help_text=_("Leave empty for now.")
    )

    def __init__(self, data: Any = None, *, station: Station, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, station=station, initial=initial)
        field = self.fields["firmware_id"]
        field.queryset = self._offered(station)  # type: ignore[attr-defined]
        if not field.queryset.exists():  # type: ignore[attr-defined]
            field.help_text = _("Nothing in the firmware library fits this station (Infrastructure › Firmware).")

    @staticmethod
    def _offered(station: Station) -> Any:
        return firmwares.fitting(station)

    @property
    def parameters(self) -> Parameters:
        given = super().parameters
        return given | {"firmware_id": given["firmware_id"].pk, "version": given["firmware_id"].version}

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return str(parameters.get("version", ""))


class SignedUpdateFirmware(UpdateFirmware):
    kind = CommandKind.SIGNED_UPDATE_FIRMWARE
    explanation = _(
        "For stations with OCPP's security extension: the station checks the manufacturer's signature before it"
        " installs. Offered is firmware that has a signature."
    )
    menus = {MANAGEMENT: 130}

    install_at = forms.DateTimeField(
        label=_("Install it at"), required=False, widget=DateTimeInput, help_text=_("Leave empty for at once.")
    )

    @staticmethod
    def _offered(station: Station) -> Any:
        return firmwares.fitting(station).exclude(signature="").exclude(signing_certificate="")


FILE_COMMANDS: tuple[type[CommandForm], ...] = (GetDiagnostics, GetLog, UpdateFirmware, SignedUpdateFirmware)
