"""OCPP 1.6J: one file per message of the charger; `commands` holds what the portal asks."""

from ocpp_gateway.messages import ProtocolVersion
from ocpp_gateway.reader import V16_READER
from ocpp_gateway.v16 import (
    authorize,
    boot_notification,
    certificates,
    data_transfer,
    diagnostics_status_notification,
    firmware_status_notification,
    heartbeat,
    meter_values,
    security_event_notification,
    start_transaction,
    status_notification,
    stop_transaction,
)
from ocpp_gateway.v16.commands import NEEDED_CONFIGURATION, converse
from ocpp_gateway.v16.sentences import TELLINGS

HANDLERS = {
    "Authorize": authorize.handle,
    "BootNotification": boot_notification.handle,
    "DataTransfer": data_transfer.handle,
    "DiagnosticsStatusNotification": diagnostics_status_notification.handle,
    "FirmwareStatusNotification": firmware_status_notification.handle,
    "Heartbeat": heartbeat.handle,
    "LogStatusNotification": diagnostics_status_notification.handle,
    "MeterValues": meter_values.handle,
    "SecurityEventNotification": security_event_notification.handle,
    "SignCertificate": certificates.sign_certificate,
    "SignedFirmwareStatusNotification": firmware_status_notification.handle,
    "StartTransaction": start_transaction.handle,
    "StatusNotification": status_notification.handle,
    "StopTransaction": stop_transaction.handle,
}

VERSION = ProtocolVersion(
    reader=V16_READER,
    handlers=HANDLERS,
    before_acceptance=frozenset({"BootNotification", "DataTransfer", "SecurityEventNotification"}),
    confirmed_anyway=frozenset({
        "DiagnosticsStatusNotification", "FirmwareStatusNotification", "LogStatusNotification", "MeterValues",
        "SecurityEventNotification", "SignedFirmwareStatusNotification", "StatusNotification", "StopTransaction",
    }),
    converse=converse,
    configuration_keys=NEEDED_CONFIGURATION,
    tellings=TELLINGS,
)  # fmt: skip
