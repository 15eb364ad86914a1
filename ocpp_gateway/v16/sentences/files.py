"""Files on their way: diagnostics, logs and firmware, in both directions (OCPP 1.6 §4.4, §4.5, §5.7, §5.19; security
extension L and N)."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from common.rights import Text
from ocpp_gateway.telling import Said, Sentence, Telling, as_text
from ocpp_gateway.v16.sentences.to_charger import asked

_UPLOADS: dict[str, Text] = {
    "Idle": lazy("The station sends no file."),
    "Uploading": lazy("The station sends its file."),
    "Uploaded": lazy("The station has sent its file."),
    "UploadFailed": lazy("The station could not send its file."),
    "UploadFailure": lazy("The station could not send its file."),
    "BadMessage": lazy("The station did not understand what file to send."),
    "NotSupportedOperation": lazy("The station cannot send this file."),
    "PermissionDenied": lazy("The station was not let send its file."),
}
_UPDATES: dict[str, Text] = {
    "Idle": lazy("The station does no update of its firmware."),
    "Downloading": lazy("The station fetches the firmware."),
    "Downloaded": lazy("The station has fetched the firmware."),
    "DownloadFailed": lazy("The station could not fetch the firmware."),
    "DownloadScheduled": lazy("The station fetches the firmware later."),
    "DownloadPaused": lazy("The station paused fetching the firmware."),
    "Installing": lazy("The station installs the firmware."),
    "Installed": lazy("The station has installed the firmware."),
    "InstallationFailed": lazy("The station could not install the firmware."),
    "InstallRebooting": lazy("The station restarts to install the firmware."),
    "InstallScheduled": lazy("The station installs the firmware later."),
    "InstallVerificationFailed": lazy("The firmware did not pass the check after it was installed."),
    "InvalidSignature": lazy("The signature of the firmware is wrong."),
    "SignatureVerified": lazy("The signature of the firmware is right."),
}
_BAD = ("Fail", "Invalid", "Bad", "Denied", "NotSupported")


def progress(words: Mapping[str, Text]) -> Sentence:
    def sentence(said: Said) -> str:
        status = said.text("status")
        return str(words.get(status) or _("The station tells of its file: %(status)s.") % {"status": status or "?"})

    return sentence


def has_failed(said: Said) -> bool:
    return any(word in said.text("status") for word in _BAD)


def name_of_file(said: Said) -> str:
    name = as_text((said.answer or {}).get("fileName"))
    return _("The station will send “%(name)s”.") % {"name": name} if name else _("The station has nothing to send.")


def took_note(said: Said) -> str:
    return _("The station took note.")


FILES = {
    "DiagnosticsStatusNotification": Telling(lazy("Diagnostics: progress"), progress(_UPLOADS), refused=has_failed),
    "LogStatusNotification": Telling(lazy("Log: progress"), progress(_UPLOADS), refused=has_failed),
    "FirmwareStatusNotification": Telling(lazy("Firmware: progress"), progress(_UPDATES), refused=has_failed),
    "SignedFirmwareStatusNotification": Telling(
        lazy("Signed firmware: progress"), progress(_UPDATES), refused=has_failed
    ),
    "GetDiagnostics": Telling(
        lazy("Diagnostics requested"), asked(lazy("%(who)s asked for diagnostics.")), outcome=name_of_file
    ),
    "GetLog": Telling(
        lazy("Log requested"),
        asked(lazy("%(who)s asked for the log (%(type)s)."), type=lambda said: said.text("logType") or "?"),
    ),
    "UpdateFirmware": Telling(
        lazy("Firmware update"), asked(lazy("%(who)s asked for a firmware update.")), outcome=took_note
    ),
    "SignedUpdateFirmware": Telling(
        lazy("Signed firmware update"), asked(lazy("%(who)s asked for an update with signed firmware."))
    ),
}
