"""Requests for certificates as chargers send them, and the header by which a proxy hands on what was shown."""

from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import NameOID

CURVE = ec.SECP256R1()


def request(common_name: str, organisation: str, key: CertificateIssuerPrivateKeyTypes | None = None) -> str:
    """A request in PEM, with a new key unless one is given."""
    name = x509.Name([
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
    ])  # fmt: skip
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    made = builder.sign(key or ec.generate_private_key(CURVE), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def weak_request(common_name: str, organisation: str) -> str:
    return request(common_name, organisation, rsa.generate_private_key(65537, 1024))  # noqa: S505 - weak on purpose


def unproved_request(common_name: str, organisation: str) -> str:
    """A request whose signature is of another key."""
    good = x509.load_pem_x509_csr(request(common_name, organisation).encode())
    der = bytearray(good.public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    return x509.load_der_x509_csr(bytes(der)).public_bytes(serialization.Encoding.PEM).decode()


def shown(certificate: str) -> dict[str, str]:
    """What a proxy says of a charger that proved to have the certificate, whose chain it cannot check."""
    return {
        "X-Forwarded-Proto": "https",
        "X-Client-Cert-Verify": "FAILED:unable to get local issuer certificate",
        "X-Client-Cert": quote(certificate),
    }
