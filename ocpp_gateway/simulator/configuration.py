"""The configuration keys of a simulated charger (OCPP 1.6 §9 and the security whitepaper's additions)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ocpp.v16.enums import ConfigurationStatus, Measurand

MEASURANDS = frozenset(
    {
        Measurand.energy_active_import_register,
        Measurand.power_active_import,
        Measurand.power_offered,
        Measurand.current_import,
        Measurand.current_offered,
        Measurand.voltage,
        Measurand.frequency,
        Measurand.temperature,
        Measurand.soc,
    }
)
SAMPLED = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"
PROFILES = "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger"


def any_text(value: str) -> bool:
    return len(value) <= 500


def is_flag(value: str) -> bool:
    return value.lower() in ("true", "false")


def number_between(low: int, high: int) -> Callable[[str], bool]:
    """A test for a whole number in a range, both ends included."""
    return lambda value: value.isascii() and value.isdigit() and low <= int(value) <= high


def is_measurand_list(value: str) -> bool:
    """Only measurands that the meter of the simulation has; an empty list switches sampling off."""
    return all(item.strip() in MEASURANDS for item in value.split(",")) if value else True


def is_authorization_key(value: str) -> bool:
    """16 to 20 bytes in hexadecimal (security whitepaper, A01)."""
    return len(value) in range(32, 41, 2) and all(digit in "0123456789abcdefABCDEF" for digit in value)


@dataclass(frozen=True)
class Key:
    """A configuration key. A `hidden` one can be written but is never told; `needs_reboot` ones wait for a restart."""

    default: str
    is_valid: Callable[[str], bool] = any_text
    readonly: bool = False
    needs_reboot: bool = False
    hidden: bool = False


SECONDS = number_between(0, 86_400)
COUNT = number_between(0, 100)

KEYS: Mapping[str, Key] = {
    "AllowOfflineTxForUnknownId": Key("false", is_flag),
    "AuthorizationCacheEnabled": Key("true", is_flag),
    "AuthorizationKey": Key("", is_authorization_key, hidden=True),
    "AuthorizeRemoteTxRequests": Key("false", is_flag),
    "BlinkRepeat": Key("3", COUNT),
    "ChargeProfileMaxStackLevel": Key("8", readonly=True),
    "ChargingScheduleAllowedChargingRateUnit": Key("Current,Power", readonly=True),
    "ChargingScheduleMaxPeriods": Key("24", readonly=True),
    "ClockAlignedDataInterval": Key("0", SECONDS),
    "ConnectionTimeOut": Key("120", SECONDS),
    "ConnectorPhaseRotation": Key("0.RST,1.RST"),
    "ConnectorSwitch3to1PhaseSupported": Key("false", readonly=True),
    "CpoName": Key(""),
    "GetConfigurationMaxKeys": Key("60", readonly=True),
    "HeartbeatInterval": Key("300", number_between(1, 86_400)),
    "LightIntensity": Key("80", number_between(0, 100)),
    "LocalAuthListEnabled": Key("true", is_flag),
    "LocalAuthListMaxLength": Key("1000", readonly=True),
    "LocalAuthorizeOffline": Key("true", is_flag),
    "LocalPreAuthorize": Key("false", is_flag),
    "MaxChargingProfilesInstalled": Key("20", readonly=True),
    "MaxEnergyOnInvalidId": Key("0", number_between(0, 10_000)),
    "MeterValueSampleInterval": Key("60", SECONDS),
    "MeterValuesAlignedData": Key("Energy.Active.Import.Register", is_measurand_list),
    "MeterValuesSampledData": Key(SAMPLED, is_measurand_list),
    "MinimumStatusDuration": Key("0", SECONDS),
    "NumberOfConnectors": Key("1", readonly=True),
    "ReserveConnectorZeroSupported": Key("false", readonly=True),
    "ResetRetries": Key("1", COUNT),
    "SecurityProfile": Key("0", number_between(0, 3)),
    "SendLocalListMaxLength": Key("100", readonly=True),
    "StopTransactionOnEVSideDisconnect": Key("true", is_flag),
    "StopTransactionOnInvalidId": Key("true", is_flag),
    "StopTxnAlignedData": Key("", is_measurand_list),
    "StopTxnSampledData": Key("Energy.Active.Import.Register", is_measurand_list),
    "SupportedFeatureProfiles": Key(PROFILES, readonly=True),
    "TransactionMessageAttempts": Key("3", number_between(1, 100)),
    "TransactionMessageRetryInterval": Key("60", SECONDS),
    "UnlockConnectorOnEVSideDisconnect": Key("true", is_flag),
    "WebSocketPingInterval": Key("240", SECONDS),
    "DisplayLanguage": Key("en", lambda value: value in ("en", "de", "fr", "nl", "sv")),
    "EnergyManagementMode": Key("Static", lambda value: value in ("Static", "Dynamic"), needs_reboot=True),
    "FreeVendMode": Key("false", is_flag, needs_reboot=True),
    "ModemApn": Key("iot.example", needs_reboot=True),
}
SPELLINGS = {name.lower(): name for name in KEYS}


class Configuration:
    """The values of one charger; only what differs from the defaults takes memory.

    `fixed` gives the values this unit left the factory with.
    """

    def __init__(self, fixed: Mapping[str, str], highest_security_profile: int) -> None:
        self._values = dict(fixed)
        self._after_reboot: dict[str, str] = {}
        self._highest_security_profile = highest_security_profile

    def get(self, name: str) -> str:
        return self._values.get(name, KEYS[name].default)

    def number(self, name: str) -> int:
        return int(self.get(name))

    def flag(self, name: str) -> bool:
        return self.get(name).lower() == "true"

    def items(self, name: str) -> list[str]:
        """The parts of a comma-separated value."""
        return [item.strip() for item in self.get(name).split(",") if item.strip()]

    def set(self, name: str, value: str) -> None:
        """Set a value from inside the charger, readonly or not."""
        self._values[name] = value

    def change(self, key: str, value: str) -> ConfigurationStatus:
        """Answer a ChangeConfiguration (OCPP 1.6 §5.3)."""
        name = SPELLINGS.get(key.lower())
        if name is None:
            return ConfigurationStatus.not_supported
        if not self._may_become(name, value):
            return ConfigurationStatus.rejected
        if KEYS[name].needs_reboot:
            self._after_reboot[name] = value
            return ConfigurationStatus.reboot_required
        self._values[name] = value
        return ConfigurationStatus.accepted

    def reboot(self) -> None:
        """Take over what was waiting for a restart."""
        self._values |= self._after_reboot
        self._after_reboot.clear()

    def listing(self, keys: Iterable[str] | None) -> tuple[list[dict[str, object]], list[str]]:
        """What GetConfiguration answers: the known keys with their values, and the names nobody knows."""
        asked = list(keys or ()) or list(KEYS)
        known = [self._entry(SPELLINGS[key.lower()]) for key in asked if key.lower() in SPELLINGS]
        return known, [key for key in asked if key.lower() not in SPELLINGS]

    def _entry(self, name: str) -> dict[str, object]:
        value = None if KEYS[name].hidden else self._after_reboot.get(name, self.get(name))
        return {"key": name, "readonly": KEYS[name].readonly, "value": value}

    def _may_become(self, name: str, value: str) -> bool:
        if KEYS[name].readonly or not KEYS[name].is_valid(value):
            return False
        # Profiles never go down over OCPP, and not above what the transport can do (whitepaper A05).
        return name != "SecurityProfile" or self.number(name) <= int(value) <= self._highest_security_profile
