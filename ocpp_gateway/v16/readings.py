"""MeterValue and SampledValue (OCPP 1.6 §7.24, §7.43) with the defaults that the specification gives."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from charging.services import UNCORRECTED, Correction, Reading, Sample, corrections_of
from ocpp_gateway.messages import InboundCall, moment

ENERGY = "Energy.Active.Import.Register"


def corrections_for(calls: Iterable[InboundCall]) -> Mapping[int, Correction]:
    """What is known to be wrong with the meters of the calls' stations (M08), by the station."""
    return corrections_of((call.peer.station_id, call.peer.organisation_id) for call in calls)


def noted(correction: Correction) -> tuple[str, ...]:
    """What stands on the exchange where something was corrected."""
    factors = {"energy": correction.energy, "power": correction.power}
    return tuple(f"corrected:{name}" for name, factor in factors.items() if factor != 1)


def readings(call: InboundCall, meter_values: list[dict[str, Any]], correction: Correction) -> list[Reading]:
    """The samples keep the text that came; only the number that is reckoned with is corrected."""
    return [
        Reading(
            sampled_at=moment(call, value.get("timestamp")).at,
            samples=[_sample(sampled, correction) for sampled in value.get("sampledValue", ())],
        )
        for value in meter_values
    ]


def _sample(sampled: dict[str, Any], correction: Correction) -> Sample:
    measurand = sampled.get("measurand", ENERGY)
    written = sampled.get("format", "Raw")
    number = _number(sampled["value"]) if written == "Raw" else None
    return Sample(
        measurand=measurand,
        value=number if number is None or correction is UNCORRECTED else number * _factor(measurand, correction),
        raw=sampled["value"],
        unit=sampled.get("unit", "Wh" if measurand.startswith("Energy.") else ""),
        phase=sampled.get("phase", ""),
        context=sampled.get("context", "Sample.Periodic"),
        location=sampled.get("location", "Outlet"),
        format=written,
    )


def _factor(measurand: str, correction: Correction) -> Decimal:
    if measurand.startswith("Energy."):
        return correction.energy
    return correction.power if measurand.startswith("Power.") and measurand != "Power.Factor" else Decimal(1)


def _number(text: str) -> Decimal | None:
    """The exact number; None for what is no finite number. Signed data is never read as one (M14)."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
