"""The order in which a transfer comes along, and what the words of chargers mean for it (OCPP 1.6 §7.24 and §7.25,
security whitepaper). Steps may be missing, come twice or come out of order (F03, F04): a transfer only goes on.
"""

from collections.abc import Mapping

from chargeports.choices import CommandKind, TransferKind, TransferState

S = TransferState

UPLOADS = (TransferKind.DIAGNOSTICS, TransferKind.DIAGNOSTICS_LOG, TransferKind.SECURITY_LOG)
DOWNLOADS = (TransferKind.FIRMWARE, TransferKind.SIGNED_FIRMWARE)

UPLOAD_STEPS = (S.REQUESTED, S.ACCEPTED, S.UPLOADING, S.UPLOADED)
DOWNLOAD_STEPS = (
    S.REQUESTED, S.ACCEPTED, S.DOWNLOADING, S.DOWNLOADED, S.INSTALLING, S.INSTALLED, S.CONFIRMED,
)  # fmt: skip
_RANK = {state: rank for steps in (UPLOAD_STEPS, DOWNLOAD_STEPS) for rank, state in enumerate(steps)} | {S.NOTHING: 1}
DONE = (S.UPLOADED, S.INSTALLED, S.CONFIRMED)
BROKEN = (S.FAILED, S.CANCELLED)
ENDED = (*DONE, *BROKEN, S.NOTHING)

KIND_OF_COMMAND: Mapping[CommandKind, TransferKind] = {
    CommandKind.GET_DIAGNOSTICS: TransferKind.DIAGNOSTICS,
    CommandKind.GET_LOG: TransferKind.DIAGNOSTICS_LOG,
    CommandKind.UPDATE_FIRMWARE: TransferKind.FIRMWARE,
    CommandKind.SIGNED_UPDATE_FIRMWARE: TransferKind.SIGNED_FIRMWARE,
}

UPLOADED_WORD = "Uploaded"
# A file counts as uploaded when it is here, not when the charger says so. Words that are not here change nothing.
_MEANING = {
    "Uploading": S.UPLOADING,
    UPLOADED_WORD: S.UPLOADING,
    "UploadFailed": S.FAILED,
    "UploadFailure": S.FAILED,
    "BadMessage": S.FAILED,
    "NotSupportedOperation": S.FAILED,
    "PermissionDenied": S.FAILED,
    "AcceptedCanceled": S.CANCELLED,
    "DownloadScheduled": S.ACCEPTED,
    "Downloading": S.DOWNLOADING,
    "DownloadPaused": S.DOWNLOADING,
    "DownloadFailed": S.FAILED,
    "Downloaded": S.DOWNLOADED,
    "SignatureVerified": S.DOWNLOADED,
    "InvalidSignature": S.FAILED,
    "InstallScheduled": S.DOWNLOADED,
    "Installing": S.INSTALLING,
    "InstallRebooting": S.INSTALLING,
    "Installed": S.INSTALLED,
    "InstallationFailed": S.FAILED,
    "InstallVerificationFailed": S.FAILED,
}
# After these nothing follows: what the charger refused it will not install (Z08).
FINAL_WORDS = ("InvalidSignature", "InstallVerificationFailed")


def meaning(word: str) -> TransferState | None:
    return _MEANING.get(word)


def goes_on(before: str, after: TransferState) -> bool:
    """Whether a transfer moves from one state to the other. One that broke off may begin again: chargers retry."""
    if before in DONE and after in BROKEN:
        return False
    if before in BROKEN:
        return after not in BROKEN and after not in (S.REQUESTED, S.ACCEPTED, S.NOTHING)
    return after in BROKEN or _RANK[after] > _RANK[TransferState(before)]


def steps_of(kind: str) -> tuple[TransferState, ...]:
    return UPLOAD_STEPS if kind in UPLOADS else DOWNLOAD_STEPS


def is_new_version(wanted: str, reported: str) -> bool:
    """Whether the version that a station reports is the one that was sent: chargers add to it, or leave out."""
    wanted, reported = wanted.casefold().strip(), reported.casefold().strip()
    return bool(wanted and reported) and (wanted in reported or reported in wanted)
