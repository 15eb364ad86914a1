"""Charging sessions and their meter values, and the tokens and contracts that people charge with."""

from charging.models.admissions import StationAdmission
from charging.models.faults import FaultDay, FaultRules
from charging.models.meter_values import MeterValue
from charging.models.scheduled import ScheduledStop
from charging.models.sessions import ChargingSession, SessionDay
from charging.models.signed_values import SignedValue
from charging.models.tokens import Contract, IdToken, TokenGroup

__all__ = [
    "ChargingSession",
    "Contract",
    "FaultDay",
    "FaultRules",
    "IdToken",
    "MeterValue",
    "ScheduledStop",
    "SessionDay",
    "SignedValue",
    "StationAdmission",
    "TokenGroup",
]
