"""MeterValue and SampledValue (OCPP 1.6 §7.24, §7.43) with the defaults that the specification gives."""

from decimal import Decimal, InvalidOperation
from typing import Any

from charging.services import Reading, Sample
from ocpp_gateway.messages import InboundCall, moment

ENERGY = "Energy.Active.Import.Register"


def readings(call: InboundCall, meter_values: list[dict[str, Any]]) -> list[Reading]:
    return [
        Reading(
            sampled_at=moment(call, value.get("timestamp")).at,
            samples=[_sample(sampled) for sampled in value.get("sampledValue", ())],
        )
        for value in meter_values
    ]


def _sample(sampled: dict[str, Any]) -> Sample:
    measurand = sampled.get("measurand", ENERGY)
    written = sampled.get("format", "Raw")
    return Sample(
        measurand=measurand,
        value=_number(sampled["value"]) if written == "Raw" else None,
        raw=sampled["value"],
        unit=sampled.get("unit", "Wh" if measurand.startswith("Energy.") else ""),
        phase=sampled.get("phase", ""),
        context=sampled.get("context", "Sample.Periodic"),
        location=sampled.get("location", "Outlet"),
        format=written,
    )


def _number(text: str) -> Decimal | None:
    """The exact number; None for what is no finite number. Signed data is never read as one (M14)."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
