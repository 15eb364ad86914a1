"""What is known of OCPP 1.6 configuration keys (§9): the catalogue, and which values are secret."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from common.rights import Text

# How a value is written: `list` is separated by commas. All values travel as text of at most 500 characters.
Form = Literal["boolean", "integer", "text", "list"]

BLANK = "•••"
_SECRET = re.compile(
    r"authori[sz]ation_?key|passw(or)?d|passphrase|pwd|(?<!by)pass$|secret|private_?key|api_?key|credential"
    r"|access_?token|auth_?token|\bpsk\b|psk$|sim_?pin|pin_?code|wi-?fi.*key|wlan.*key|wpa.*key",
    re.IGNORECASE,
)


def is_secret(key: str) -> bool:
    """Whether the value of this key is never shown, stored or logged. Vendors' own keys are judged by their name."""
    return bool(_SECRET.search(key))


def blank_secrets(value: Any) -> Any:
    """A JSON value in which the value of every secret key is blanked: `{"key": …, "value": …}` anywhere in it."""
    if isinstance(value, list):
        return [blank_secrets(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    secret = is_secret(str(value.get("key", ""))) and value.get("value") is not None
    return {name: BLANK if secret and name == "value" else blank_secrets(entry) for name, entry in value.items()}


@dataclass(frozen=True)
class KnownKey:
    """One key. `unit` is a unit's symbol; `recommended` is this portal's advice, None where there is none.

    A wrong value of a `risky` key can cut the station off from the portal. What an organisation described `is_own`.
    """

    key: str
    form: Form
    meaning: Text
    unit: str = ""
    recommended: str | None = None
    readonly: bool = False
    risky: bool = False
    values: tuple[str, ...] = ()
    is_own: bool = False

    def remark_on(self, value: str) -> Text | None:
        """What is wrong with `value` for this key; None where nothing is."""
        if self.form == "boolean" and value.lower() not in ("true", "false"):
            return _("This setting is either “true” or “false”.")
        if self.form == "integer" and not re.fullmatch(r"-?[0-9]{1,9}", value):
            return _("This setting is a whole number.")
        if self.form == "integer" and not self.is_own and value.startswith("-"):
            return _("This setting is never below zero.")
        if self.values and not set(filter(None, value.split(","))) <= set(self.values):
            return _("This setting takes only: %(values)s.") % {"values": ", ".join(self.values)}
        return None

    def deviates(self, value: str | None) -> bool:
        """Whether the value differs from what is recommended here."""
        return self.recommended is not None and value is not None and value.lower() != self.recommended.lower()


def known_key(key: str) -> KnownKey | None:
    """The catalogue's entry for the key in any case of letters; None for a vendor's own."""
    return _BY_KEY.get(key.lower())


_PROFILES = ("Core", "FirmwareManagement", "LocalAuthListManagement", "Reservation", "SmartCharging", "RemoteTrigger")
_ENERGY = "Energy.Active.Import.Register"

CATALOGUE = (
    KnownKey(
        "AllowOfflineTxForUnknownId",
        "boolean",
        _("Whether tokens that the station does not know may charge while it is offline."),
        recommended="false",
    ),
    KnownKey(
        "AuthorizationCacheEnabled",
        "boolean",
        _("Whether the station remembers which tokens were accepted."),
        recommended="true",
    ),
    KnownKey(
        "AuthorizationKey",
        "text",
        _("The station's password. It is never shown; a new one is set under the station's credentials."),
        risky=True,
    ),
    KnownKey(
        "AuthorizeRemoteTxRequests",
        "boolean",
        _("Whether a remote start is checked like a card that is held to the reader."),
        recommended="false",
    ),
    KnownKey("BlinkRepeat", "integer", _("How often the station's light blinks as a signal.")),
    KnownKey(
        "ClockAlignedDataInterval",
        "integer",
        _("Interval of meter values at full quarters of an hour and the like; 0 switches them off."),
        unit="s",
        recommended="900",
    ),
    KnownKey(
        "ConnectionTimeOut",
        "integer",
        _("How long the station waits for the plug after a token was accepted."),
        unit="s",
        recommended="90",
    ),
    KnownKey(
        "ConnectorPhaseRotation",
        "list",
        _("The order in which the phases of each connector are wired; set when the station is installed."),
    ),
    KnownKey(
        "ConnectorPhaseRotationMaxLength",
        "integer",
        _("How many entries ConnectorPhaseRotation may have."),
        readonly=True,
    ),
    KnownKey(
        "GetConfigurationMaxKeys",
        "integer",
        _("How many keys the station answers in one message."),
        readonly=True,
    ),
    KnownKey(
        "HeartbeatInterval",
        "integer",
        _("After how long a silence the station shows that it is alive."),
        unit="s",
        recommended="300",
        risky=True,
    ),
    KnownKey("LightIntensity", "integer", _("Brightness of the station's light."), unit="%"),
    KnownKey(
        "LocalAuthorizeOffline",
        "boolean",
        _("Whether tokens that the station knows may charge while it is offline."),
        recommended="true",
    ),
    KnownKey(
        "LocalPreAuthorize",
        "boolean",
        _("Whether tokens that the station knows may charge before the portal has answered."),
        recommended="false",
    ),
    KnownKey(
        "MaxEnergyOnInvalidId",
        "integer",
        _("How much energy is still given after a token turned out to be invalid."),
        unit="Wh",
        recommended="0",
    ),
    KnownKey(
        "MeterValuesAlignedData",
        "list",
        _("What is measured at the aligned interval."),
        recommended=_ENERGY,
    ),
    KnownKey(
        "MeterValuesAlignedDataMaxLength",
        "integer",
        _("How many entries MeterValuesAlignedData may have."),
        readonly=True,
    ),
    KnownKey(
        "MeterValuesSampledData",
        "list",
        _("What is measured during a charging session."),
        recommended=f"{_ENERGY},Power.Active.Import,Current.Import,Voltage",
    ),
    KnownKey(
        "MeterValuesSampledDataMaxLength",
        "integer",
        _("How many entries MeterValuesSampledData may have."),
        readonly=True,
    ),
    KnownKey(
        "MeterValueSampleInterval",
        "integer",
        _("Interval of meter values during a charging session; 0 switches them off."),
        unit="s",
        recommended="60",
    ),
    KnownKey(
        "MinimumStatusDuration",
        "integer",
        _("How long a status must last before the station reports it."),
        unit="s",
    ),
    KnownKey("NumberOfConnectors", "integer", _("How many connectors the station has."), readonly=True),
    KnownKey(
        "ResetRetries",
        "integer",
        _("How often the station tries again when a restart fails."),
        recommended="2",
    ),
    KnownKey(
        "StopTransactionOnEVSideDisconnect",
        "boolean",
        _("Whether unplugging at the car ends the charging session."),
        recommended="true",
    ),
    KnownKey(
        "StopTransactionOnInvalidId",
        "boolean",
        _("Whether a charging session ends when its token turns out to be invalid."),
        recommended="true",
    ),
    KnownKey(
        "StopTxnAlignedData",
        "list",
        _("Which aligned measurements the end of a charging session repeats."),
        recommended="",
    ),
    KnownKey(
        "StopTxnAlignedDataMaxLength",
        "integer",
        _("How many entries StopTxnAlignedData may have."),
        readonly=True,
    ),
    KnownKey(
        "StopTxnSampledData",
        "list",
        _("Which measurements the end of a charging session repeats."),
        recommended=_ENERGY,
    ),
    KnownKey(
        "StopTxnSampledDataMaxLength",
        "integer",
        _("How many entries StopTxnSampledData may have."),
        readonly=True,
    ),
    KnownKey(
        "SupportedFeatureProfiles",
        "list",
        _("Which parts of OCPP the station supports."),
        readonly=True,
        values=_PROFILES,
    ),
    KnownKey(
        "SupportedFeatureProfilesMaxLength",
        "integer",
        _("How many entries SupportedFeatureProfiles may have."),
        readonly=True,
    ),
    KnownKey(
        "TransactionMessageAttempts",
        "integer",
        _("How often the station sends the record of a charging session before it gives up."),
        recommended="5",
    ),
    KnownKey(
        "TransactionMessageRetryInterval",
        "integer",
        _("How long the station waits before it sends such a record again; the pause grows with every try."),
        unit="s",
        recommended="60",
    ),
    KnownKey(
        "UnlockConnectorOnEVSideDisconnect",
        "boolean",
        _("Whether the station releases the plug when the cable is unplugged at the car."),
        recommended="true",
    ),
    KnownKey(
        "WebSocketPingInterval",
        "integer",
        _("How often the station checks its connection; 0 switches it off."),
        unit="s",
        recommended="60",
        risky=True,
    ),
    KnownKey(
        "LocalAuthListEnabled",
        "boolean",
        _("Whether the station uses its list of tokens."),
        recommended="true",
    ),
    KnownKey(
        "LocalAuthListMaxLength",
        "integer",
        _("How many tokens the station's list holds."),
        readonly=True,
    ),
    KnownKey(
        "SendLocalListMaxLength",
        "integer",
        _("How many tokens one message for the list may hold."),
        readonly=True,
    ),
    KnownKey(
        "ReserveConnectorZeroSupported",
        "boolean",
        _("Whether the station as a whole can be reserved."),
        readonly=True,
    ),
    KnownKey(
        "ChargeProfileMaxStackLevel",
        "integer",
        _("The highest level on which charging profiles may be stacked."),
        readonly=True,
    ),
    KnownKey(
        "ChargingScheduleAllowedChargingRateUnit",
        "list",
        _("Whether limits are given in amperes (Current), in watts (Power) or both."),
        readonly=True,
        values=("Current", "Power"),
    ),
    KnownKey(
        "ChargingScheduleMaxPeriods",
        "integer",
        _("How many periods a charging profile may have."),
        readonly=True,
    ),
    KnownKey(
        "ConnectorSwitch3to1PhaseSupported",
        "boolean",
        _("Whether the station can change from three phases to one while a car charges."),
        readonly=True,
    ),
    KnownKey(
        "MaxChargingProfilesInstalled",
        "integer",
        _("How many charging profiles the station keeps."),
        readonly=True,
    ),
    KnownKey(
        "SupportedFileTransferProtocols",
        "list",
        _("How the station can transfer files."),
        readonly=True,
    ),
    KnownKey(
        "SecurityProfile",
        "integer",
        _("How the connection is secured, 0 to 3. It is only ever raised."),
        risky=True,
        values=("0", "1", "2", "3"),
    ),
    KnownKey("CpoName", "text", _("The operator's name in the station's requests for certificates.")),
    KnownKey(
        "AdditionalRootCertificateCheck",
        "boolean",
        _("Whether the station accepts only one certificate of the portal's authority besides the current one."),
        readonly=True,
    ),
    KnownKey(
        "CertificateSignedMaxChainSize",
        "integer",
        _("How large a chain of certificates may be."),
        unit="B",
        readonly=True,
    ),
    KnownKey(
        "CertificateStoreMaxLength",
        "integer",
        _("How many certificates the station keeps."),
        readonly=True,
    ),
    KnownKey(
        "ISO15118PnCEnabled",
        "boolean",
        _("Whether cars may identify themselves (Plug & Charge)."),
    ),
    KnownKey(
        "CentralContractValidationAllowed",
        "boolean",
        _("Whether the portal may check a car's contract where the station cannot."),
    ),
    KnownKey(
        "ContractValidationOffline",
        "boolean",
        _("Whether the station checks a car's contract itself while it is offline."),
    ),
    KnownKey(
        "CertSigningWaitMinimum",
        "integer",
        _("How long the station waits at least for a signed certificate before it asks again."),
        unit="s",
    ),
    KnownKey(
        "CertSigningRepeatTimes",
        "integer",
        _("How often the station asks again for a signed certificate."),
    ),
)

_BY_KEY = {known.key.lower(): known for known in CATALOGUE}
