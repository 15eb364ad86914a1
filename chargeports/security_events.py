"""The security events that OCPP names: what they mean, and which are critical (security whitepaper, appendix)."""

from django.utils.translation import gettext_lazy as _

from common.rights import Text

_MEANINGS: dict[str, Text] = {
    "FirmwareUpdated": _("The firmware was updated."),
    "FailedToAuthenticateAtCentralSystem": _("The portal refused the station's password or certificate."),
    "CentralSystemFailedToAuthenticate": _("The station did not trust the portal's certificate."),
    "SettingSystemTime": _("The clock of the station was set."),
    "StartupOfTheDevice": _("The station was started."),
    "ResetOrReboot": _("The station was restarted."),
    "SecurityLogWasCleared": _("The security log of the station was cleared."),
    "ReconfigurationOfSecurityParameters": _("Security settings were changed: keys, certificates or the profile."),
    "MemoryExhaustion": _("The station ran out of memory."),
    "InvalidMessages": _("The station received messages that make no sense."),
    "AttemptedReplayAttacks": _("Somebody sent the station messages once more that it had received already."),
    "TamperDetectionActivated": _("The housing was opened, or another contact against tampering tripped."),
    "InvalidFirmwareSignature": _("The signature of a firmware was not valid."),
    "InvalidFirmwareSigningCertificate": _("The certificate of a signed firmware was not valid."),
    "InvalidCentralSystemCertificate": _("The portal's certificate was not valid."),
    "InvalidChargePointCertificate": _("The certificate that the station was given was not valid."),
    "InvalidTLSVersion": _("Only a version of TLS was offered that the station refuses."),
    "InvalidTLSCipherSuite": _("Only cipher suites were offered that the station refuses."),
}

CRITICAL = frozenset(
    {
        "FirmwareUpdated",
        "SettingSystemTime",
        "StartupOfTheDevice",
        "ResetOrReboot",
        "SecurityLogWasCleared",
        "MemoryExhaustion",
        "TamperDetectionActivated",
    }
)


def is_critical(kind: str) -> bool:
    return kind in CRITICAL


def meaning_of(kind: str) -> Text:
    """What an event means; empty for those of manufacturers."""
    return _MEANINGS.get(kind, "")
