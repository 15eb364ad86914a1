"""Certificates as the security extension of OCPP 1.6 speaks of them (whitepaper A02, M03-M05)."""

from collections.abc import Generator
from typing import Any

from chargeports.certificates import HashData
from chargeports.choices import CertificateUse, CommandState
from chargeports.models import Command
from chargeports.services import SigningRequest, sign_requests
from ocpp_gateway.conversation import Ask, CertificatesListed, Context, Conversation, Ended, Reply, Step
from ocpp_gateway.messages import Answer, InboundCall
from ocpp_gateway.pipe import Answered
from ocpp_gateway.v16.replies import ended_by, unanswered

USES = {
    CertificateUse.CENTRAL_SYSTEM_ROOT: "CentralSystemRootCertificate",
    CertificateUse.MANUFACTURER_ROOT: "ManufacturerRootCertificate",
}
NONE_INSTALLED = "No certificates"
_HASH_DATA = {
    "hash_algorithm": "hashAlgorithm",
    "issuer_name_hash": "issuerNameHash",
    "issuer_key_hash": "issuerKeyHash",
    "serial_number": "serialNumber",
}


def sign_certificate(calls: list[InboundCall]) -> list[Answer]:
    """SignCertificate (Z02): what is signed follows as a command of its own."""
    taken = sign_requests(
        [
            SigningRequest(call.peer.station_id, call.peer.organisation_id, call.payload["csr"], call.received_at)
            for call in calls
        ]
    )
    return [Answer({"status": "Accepted" if is_taken else "Rejected"}) for is_taken in taken]


def certificate_signed(command: Command, context: Context) -> Conversation:
    """The certificate before this one counts until the station is back with this one (Z03)."""
    payload = {"certificateChain": command.parameters["certificate_chain"]}
    yield ended_by((yield Ask("CertificateSigned", payload)), good=["Accepted"])


def install_certificate(command: Command, context: Context) -> Conversation:
    """What was installed is listed afterwards (Z04)."""
    use = CertificateUse(command.parameters["certificate_type"])
    payload = {"certificateType": USES[use], "certificate": command.parameters["certificate"]}
    ended = ended_by((yield Ask("InstallCertificate", payload)), good=["Accepted"], failed=["Failed"])
    yield ended
    if ended.state == CommandState.ACCEPTED:
        yield from _listed(use, (yield _question(use)))


def delete_certificate(command: Command, context: Context) -> Conversation:
    """Named by the station's own words for it, its own hash algorithm among them (Z05)."""
    named = {wire: command.parameters[name] for name, wire in _HASH_DATA.items()}
    reply = yield Ask("DeleteCertificate", {"certificateHashData": named})
    yield ended_by(reply, good=["Accepted"], failed=["Failed"])


def get_installed_certificate_ids(command: Command, context: Context) -> Conversation:
    """NotFound: there are none (Z05)."""
    use = CertificateUse(command.parameters["certificate_type"])
    reply = yield _question(use)
    if not isinstance(reply, Answered):
        yield unanswered(reply)
        return
    yield from _listed(use, reply)
    found = len(reply.payload.get("certificateHashData", ()))
    yield Ended(CommandState.ACCEPTED, f"{found} certificates" if found else NONE_INSTALLED, reply.payload)


def _question(use: CertificateUse) -> Ask:
    return Ask("GetInstalledCertificateIds", {"certificateType": USES[use]})


def _listed(use: CertificateUse, reply: Reply | None) -> Generator[Step, Any, None]:
    if isinstance(reply, Answered):
        told = reply.payload.get("certificateHashData", ())
        rows = (HashData(**{name: str(one[wire]) for name, wire in _HASH_DATA.items()}) for one in told)
        yield CertificatesListed(use, tuple(rows))
