"""What the charger answers to each command of the central system (OCPP 1.6 §5 and the security whitepaper).

A handler answers at once; what the command sets in motion follows with `then`, after the answer has gone out.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.enums import (
    Action,
    AvailabilityStatus,
    AvailabilityType,
    CancelReservationStatus,
    CertificateSignedStatus,
    ChargePointStatus,
    ChargingProfilePurposeType,
    ChargingProfileStatus,
    ChargingRateUnitType,
    ClearCacheStatus,
    ClearChargingProfileStatus,
    ConfigurationStatus,
    DataTransferStatus,
    GetCompositeScheduleStatus,
    GetInstalledCertificateStatus,
    LogStatus,
    MessageTrigger,
    ReadingContext,
    Reason,
    RemoteStartStopStatus,
    ReservationStatus,
    ResetStatus,
    ResetType,
    TriggerMessageStatus,
    UnlockStatus,
    UpdateFirmwareStatus,
    UpdateStatus,
)

from ocpp_gateway.simulator import timestamps
from ocpp_gateway.simulator.certificates import is_certificate
from ocpp_gateway.simulator.connector import Connector, Reservation
from ocpp_gateway.simulator.profiles import Profile

if TYPE_CHECKING:
    from ocpp_gateway.simulator.charger import SimulatedCharger

RESERVATION_REFUSALS = {
    ChargePointStatus.faulted: ReservationStatus.faulted,
    ChargePointStatus.unavailable: ReservationStatus.unavailable,
    ChargePointStatus.available: ReservationStatus.accepted,
}


class Commands(ChargePoint):
    """The handlers; `Link` adds the connection and `then`."""

    charger: "SimulatedCharger"

    def then(self, action: Callable[[], Any]) -> None:
        raise NotImplementedError

    # Core

    @on(Action.change_availability)
    def on_change_availability(self, connector_id: int, type: str) -> call_result.ChangeAvailability:
        connector = self.charger.connector(connector_id)
        if connector is None:
            return call_result.ChangeAvailability(AvailabilityStatus.rejected)
        targets = self.charger.connectors if connector_id == 0 else [connector]
        at_once = [target.change_availability(type == AvailabilityType.operative) for target in targets]
        self.then(lambda: self._report(targets))
        return call_result.ChangeAvailability(
            AvailabilityStatus.accepted if all(at_once) else AvailabilityStatus.scheduled
        )

    @on(Action.change_configuration)
    def on_change_configuration(self, key: str, value: str) -> call_result.ChangeConfiguration:
        status = self.charger.configuration.change(key, value)
        if status == ConfigurationStatus.accepted:
            self.then(lambda: self.charger.configuration_changed(key))
        return call_result.ChangeConfiguration(status)

    @on(Action.clear_cache)
    def on_clear_cache(self) -> call_result.ClearCache:
        if not self.charger.configuration.flag("AuthorizationCacheEnabled"):
            return call_result.ClearCache(ClearCacheStatus.rejected)
        self.charger.tags.clear_cache()
        return call_result.ClearCache(ClearCacheStatus.accepted)

    @on(Action.data_transfer)
    def on_data_transfer(
        self, vendor_id: str, message_id: str | None = None, data: str | None = None
    ) -> call_result.DataTransfer:
        if vendor_id != self.charger.nameplate.product.vendor_id:
            return call_result.DataTransfer(DataTransferStatus.unknown_vendor_id)
        if message_id != "Echo":
            return call_result.DataTransfer(DataTransferStatus.unknown_message_id)
        return call_result.DataTransfer(DataTransferStatus.accepted, data)

    @on(Action.get_configuration)
    def on_get_configuration(self, key: list[str] | None = None) -> call_result.GetConfiguration:
        known, unknown = self.charger.configuration.listing(key)
        return call_result.GetConfiguration(known or None, unknown or None)

    @on(Action.remote_start_transaction)
    def on_remote_start_transaction(
        self, id_tag: str, connector_id: int | None = None, charging_profile: dict[str, Any] | None = None
    ) -> call_result.RemoteStartTransaction:
        connector = self.charger.connector_for(id_tag, connector_id)
        purpose = (charging_profile or {}).get("charging_profile_purpose", ChargingProfilePurposeType.tx_profile)
        if connector is None or purpose != ChargingProfilePurposeType.tx_profile or not self.charger.is_accepted:
            return call_result.RemoteStartTransaction(RemoteStartStopStatus.rejected)
        self.then(lambda: self.charger.remote_start(connector, id_tag, charging_profile))
        return call_result.RemoteStartTransaction(RemoteStartStopStatus.accepted)

    @on(Action.remote_stop_transaction)
    def on_remote_stop_transaction(self, transaction_id: int) -> call_result.RemoteStopTransaction:
        connector = self.charger.connector_of(transaction_id)
        if connector is None:
            return call_result.RemoteStopTransaction(RemoteStartStopStatus.rejected)
        self.then(lambda: self.charger.end(connector, Reason.remote))
        return call_result.RemoteStopTransaction(RemoteStartStopStatus.accepted)

    @on(Action.reset)
    def on_reset(self, type: str) -> call_result.Reset:
        is_orderly = type == ResetType.soft
        self.then(lambda: self.charger.restart(Reason.soft_reset if is_orderly else Reason.hard_reset, is_orderly))
        return call_result.Reset(ResetStatus.accepted)

    @on(Action.unlock_connector)
    def on_unlock_connector(self, connector_id: int) -> call_result.UnlockConnector:
        connector = self.charger.connector(connector_id)
        if connector is None or connector_id == 0 or connector.current == "DC":
            return call_result.UnlockConnector(UnlockStatus.not_supported)
        if connector.is_lock_jammed:
            return call_result.UnlockConnector(UnlockStatus.unlock_failed)
        self.then(lambda: self.charger.end(connector, Reason.unlock_command))
        return call_result.UnlockConnector(UnlockStatus.unlocked)

    # Remote trigger

    @on(Action.trigger_message)
    def on_trigger_message(self, requested_message: str, connector_id: int | None = None) -> call_result.TriggerMessage:
        return call_result.TriggerMessage(self._trigger(requested_message, connector_id))

    @on(Action.extended_trigger_message)
    def on_extended_trigger_message(
        self, requested_message: str, connector_id: int | None = None
    ) -> call_result.ExtendedTriggerMessage:
        return call_result.ExtendedTriggerMessage(self._trigger(requested_message, connector_id))

    # Smart charging

    @on(Action.set_charging_profile)
    def on_set_charging_profile(
        self, connector_id: int, cs_charging_profiles: dict[str, Any]
    ) -> call_result.SetChargingProfile:
        connector = self.charger.connector(connector_id)
        if connector is None or not self._install(connector, cs_charging_profiles):
            return call_result.SetChargingProfile(ChargingProfileStatus.rejected)
        self.then(self.charger.apply_limits)
        return call_result.SetChargingProfile(ChargingProfileStatus.accepted)

    @on(Action.clear_charging_profile)
    def on_clear_charging_profile(
        self,
        id: int | None = None,
        connector_id: int | None = None,
        charging_profile_purpose: str | None = None,
        stack_level: int | None = None,
    ) -> call_result.ClearChargingProfile:
        was_any = self.charger.profiles.clear(
            profile_id=id, connector_id=connector_id, purpose=charging_profile_purpose, stack_level=stack_level
        )
        self.then(self.charger.apply_limits)
        return call_result.ClearChargingProfile(
            ClearChargingProfileStatus.accepted if was_any else ClearChargingProfileStatus.unknown
        )

    @on(Action.get_composite_schedule)
    def on_get_composite_schedule(
        self, connector_id: int, duration: int, charging_rate_unit: str = ChargingRateUnitType.watts
    ) -> call_result.GetCompositeSchedule:
        connector = self.charger.connector(connector_id)
        if connector is None:
            return call_result.GetCompositeSchedule(GetCompositeScheduleStatus.rejected)
        start = timestamps.now()
        schedule = self.charger.profiles.schedule(connector, start, duration, charging_rate_unit)
        return call_result.GetCompositeSchedule(
            GetCompositeScheduleStatus.accepted, connector_id, timestamps.text(start), schedule
        )

    # Reservation

    @on(Action.reserve_now)
    def on_reserve_now(
        self,
        connector_id: int,
        expiry_date: str,
        id_tag: str,
        reservation_id: int,
        parent_id_tag: str | None = None,
    ) -> call_result.ReserveNow:
        connector = self.charger.connector(connector_id)
        if connector is None or connector_id == 0:
            return call_result.ReserveNow(ReservationStatus.rejected)
        if connector.reservation is None or connector.reservation.reservation_id != reservation_id:
            status = RESERVATION_REFUSALS.get(connector.status, ReservationStatus.occupied)
            if status != ReservationStatus.accepted:
                return call_result.ReserveNow(status)
        reservation = Reservation(reservation_id, id_tag, parent_id_tag, timestamps.parse(expiry_date))
        self.charger.reserve(connector, reservation)
        self.then(lambda: self._report([connector]))
        return call_result.ReserveNow(ReservationStatus.accepted)

    @on(Action.cancel_reservation)
    def on_cancel_reservation(self, reservation_id: int) -> call_result.CancelReservation:
        for connector in self.charger.plugs:
            if connector.reservation and connector.reservation.reservation_id == reservation_id:
                connector.reservation = None
                self.then(partial(self._report, [connector]))
                return call_result.CancelReservation(CancelReservationStatus.accepted)
        return call_result.CancelReservation(CancelReservationStatus.rejected)

    # Local list

    @on(Action.get_local_list_version)
    def on_get_local_list_version(self) -> call_result.GetLocalListVersion:
        is_enabled = self.charger.configuration.flag("LocalAuthListEnabled")
        return call_result.GetLocalListVersion(self.charger.tags.list_version if is_enabled else -1)

    @on(Action.send_local_list)
    def on_send_local_list(
        self, list_version: int, update_type: str, local_authorization_list: list[dict[str, Any]] | None = None
    ) -> call_result.SendLocalList:
        configuration = self.charger.configuration
        entries = local_authorization_list or []
        if not configuration.flag("LocalAuthListEnabled"):
            return call_result.SendLocalList(UpdateStatus.not_supported)
        if len(entries) > configuration.number("SendLocalListMaxLength"):
            return call_result.SendLocalList(UpdateStatus.failed)
        limit = configuration.number("LocalAuthListMaxLength")
        return call_result.SendLocalList(self.charger.tags.update_list(list_version, update_type, entries, limit))

    # Files

    @on(Action.get_diagnostics)
    def on_get_diagnostics(
        self, location: str, retries: int = 0, retry_interval: int = 30, **_: Any
    ) -> call_result.GetDiagnostics:
        file_name, start = self.charger.transfers.diagnostics(location, retries, retry_interval)
        self.then(start)
        return call_result.GetDiagnostics(file_name)

    @on(Action.get_log)
    def on_get_log(
        self, log: dict[str, Any], log_type: str, request_id: int, retries: int = 0, retry_interval: int = 30
    ) -> call_result.GetLog:
        is_cancelling = self.charger.transfers.is_sending_log
        file_name, start = self.charger.transfers.log(
            log["remote_location"], log_type, request_id, retries, retry_interval
        )
        self.then(start)
        return call_result.GetLog(LogStatus.accepted_canceled if is_cancelling else LogStatus.accepted, file_name)

    @on(Action.update_firmware)
    def on_update_firmware(
        self, location: str, retrieve_date: str, retries: int = 0, retry_interval: int = 30
    ) -> call_result.UpdateFirmware:
        moment = timestamps.parse(retrieve_date)
        self.then(
            lambda: self.charger.transfers.update_firmware(location, moment, retries=retries, interval_s=retry_interval)
        )
        return call_result.UpdateFirmware()

    @on(Action.signed_update_firmware)
    def on_signed_update_firmware(
        self, request_id: int, firmware: dict[str, Any], **_: Any
    ) -> call_result.SignedUpdateFirmware:
        if not is_certificate(firmware["signing_certificate"]):
            self.then(lambda: self.charger.tell_security_event("InvalidFirmwareSigningCertificate"))
            return call_result.SignedUpdateFirmware(UpdateFirmwareStatus.invalid_certificate)
        moment = timestamps.parse(firmware["retrieve_date_time"])
        is_cancelling = self.charger.transfers.is_updating
        self.then(lambda: self.charger.transfers.update_firmware(firmware["location"], moment, request_id))
        return call_result.SignedUpdateFirmware(
            UpdateFirmwareStatus.accepted_canceled if is_cancelling else UpdateFirmwareStatus.accepted
        )

    # Certificates

    @on(Action.certificate_signed)
    def on_certificate_signed(self, certificate_chain: str) -> call_result.CertificateSigned:
        is_good = is_certificate(certificate_chain)
        if not is_good:
            self.then(lambda: self.charger.tell_security_event("InvalidChargePointCertificate"))
        return call_result.CertificateSigned(
            CertificateSignedStatus.accepted if is_good else CertificateSignedStatus.rejected
        )

    @on(Action.install_certificate)
    def on_install_certificate(self, certificate_type: str, certificate: str) -> call_result.InstallCertificate:
        return call_result.InstallCertificate(self.charger.certificates.install(certificate_type, certificate))

    @on(Action.delete_certificate)
    def on_delete_certificate(self, certificate_hash_data: dict[str, Any]) -> call_result.DeleteCertificate:
        return call_result.DeleteCertificate(self.charger.certificates.delete(certificate_hash_data))

    @on(Action.get_installed_certificate_ids)
    def on_get_installed_certificate_ids(self, certificate_type: str) -> call_result.GetInstalledCertificateIds:
        found = self.charger.certificates.installed(certificate_type)
        status = GetInstalledCertificateStatus.accepted if found else GetInstalledCertificateStatus.not_found
        return call_result.GetInstalledCertificateIds(status, found or None)

    def _report(self, connectors: list[Connector]) -> None:
        for connector in connectors:
            self.charger.report(connector)

    def _install(self, connector: Connector, payload: dict[str, Any]) -> bool:
        try:
            return self.charger.profiles.install(Profile.read(connector.number, payload), connector)
        except ValueError:
            return False

    def _trigger(self, message: str, connector_id: int | None) -> TriggerMessageStatus:
        charger = self.charger
        if connector_id is not None and charger.connector(connector_id) is None:
            return TriggerMessageStatus.rejected
        actions: dict[str, Callable[[], Any]] = {
            MessageTrigger.boot_notification: charger.boot,
            MessageTrigger.heartbeat: charger.heartbeat,
            MessageTrigger.status_notification: lambda: charger.report_again(connector_id),
            MessageTrigger.meter_values: lambda: charger.tell_meter_values(connector_id, ReadingContext.trigger),
            MessageTrigger.diagnostics_status_notification: charger.transfers.tell_diagnostics_status,
            MessageTrigger.firmware_status_notification: charger.transfers.tell_firmware_status,
            MessageTrigger.log_status_notification: charger.transfers.tell_log_status,
            MessageTrigger.sign_charge_point_certificate: charger.ask_for_certificate,
        }
        self.then(actions[message])
        return TriggerMessageStatus.accepted
