"""The charger's certificates: requests for its own, and the root certificates it trusts (security whitepaper)."""

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ocpp.v16.enums import CertificateStatus, DeleteCertificateStatus

MAX_CERTIFICATES = 8


def signing_request(serial_number: str, organisation: str) -> str:
    """A fresh key's certificate signing request in PEM: common name = serial number (whitepaper A00.FR.511)."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, serial_number),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
        ]
    )
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def is_certificate(pem: str) -> bool:
    """Whether the text holds at least one readable certificate."""
    try:
        return bool(x509.load_pem_x509_certificates(pem.encode()))
    except ValueError:
        return False


class CertificateStore:
    """The root certificates that were installed over OCPP, by their use."""

    def __init__(self) -> None:
        self._installed: list[tuple[str, dict[str, Any]]] = []

    def install(self, use: str, pem: str) -> CertificateStatus:
        if not is_certificate(pem):
            return CertificateStatus.rejected
        entry = (use, _hash_data(pem))
        if entry not in self._installed:
            if len(self._installed) >= MAX_CERTIFICATES:
                return CertificateStatus.failed
            self._installed.append(entry)
        return CertificateStatus.accepted

    def installed(self, use: str) -> list[dict[str, Any]]:
        """The hash data (names in snake_case) of what is installed for a use."""
        return [hash_data for installed_use, hash_data in self._installed if installed_use == use]

    def delete(self, hash_data: dict[str, Any]) -> DeleteCertificateStatus:
        kept = [entry for entry in self._installed if entry[1] != hash_data]
        was_any = len(kept) < len(self._installed)
        self._installed = kept
        return DeleteCertificateStatus.accepted if was_any else DeleteCertificateStatus.not_found


def _hash_data(pem: str) -> dict[str, Any]:
    """CertificateHashData of a root certificate, which is its own issuer."""
    certificate = x509.load_pem_x509_certificates(pem.encode())[0]
    key = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "hash_algorithm": "SHA256",
        "issuer_name_hash": _sha256(certificate.issuer.public_bytes()),
        "issuer_key_hash": _sha256(key),
        "serial_number": f"{certificate.serial_number:x}"[:40],
    }


def _sha256(content: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    return digest.finalize().hex()
