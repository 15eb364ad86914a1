"""DiagnosticsStatusNotification (OCPP 1.6 §4.4) and LogStatusNotification (security whitepaper N01)."""

from chargeports import services as chargeports
from ocpp_gateway.messages import Answer, InboundCall
from ocpp_gateway.v16.transfers import reports
from stations import services as stations


def handle(calls: list[InboundCall]) -> list[Answer]:
    told = reports(calls)
    stations.record_diagnostics_status([(report.station_id, report.word, report.at) for report in told])
    chargeports.record_upload_statuses(told)
    return [Answer({}) for _ in calls]
