"""Charging sessions and their meter values, and what people charge with: tokens, contracts and vouchers."""

from charging.models.activations import Activation
from charging.models.admissions import StationAdmission
from charging.models.corrections import MeterCorrection
from charging.models.faults import FaultDay, FaultRules, NotBegunDay
from charging.models.local_lists import LocalList, LocalListContent
from charging.models.meter_values import MeterValue
from charging.models.reboots import PendingReboot
from charging.models.scheduled import ScheduledStop
from charging.models.sessions import ChargingSession, SessionDay, SessionSlot
from charging.models.signed_values import SignedValue
from charging.models.starts import PortalStart, Voucher, VoucherBatch
from charging.models.tariffs import RevenueDay, SessionCost, Tariff, TariffAssignment, TariffVersion
from charging.models.tokens import Contract, IdToken, TokenGroup

__all__ = [
    "Activation",
    "ChargingSession",
    "Contract",
    "FaultDay",
    "FaultRules",
    "IdToken",
    "LocalList",
    "LocalListContent",
    "MeterCorrection",
    "MeterValue",
    "NotBegunDay",
    "PendingReboot",
    "PortalStart",
    "RevenueDay",
    "ScheduledStop",
    "SessionCost",
    "SessionDay",
    "SessionSlot",
    "SignedValue",
    "StationAdmission",
    "Tariff",
    "TariffAssignment",
    "TariffVersion",
    "TokenGroup",
    "Voucher",
    "VoucherBatch",
]
