"""Certificates of stations: a small authority, what it signs, and how OCPP names a certificate.

Only cryptography is here, neither database nor protocol. Rules of requests: OCPP security whitepaper A00.FR.401-511.
"""

import base64
import binascii
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chargeports.choices import SigningRefusal

AUTHORITY_LASTS = timedelta(days=20 * 365)
CLOCKS_DIFFER_BY = timedelta(hours=1)
LONGEST_COMMON_NAME = 64
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_SHORTEST_RSA_BITS = 2048
_WEAK_HASHES = (hashes.MD5, hashes.SHA1)


class CannotSign(Exception):
    """A request that is not signed; `detail` is what the refusal is about."""

    def __init__(self, refusal: SigningRefusal, detail: str = "") -> None:
        super().__init__(refusal)
        self.code = f"{refusal.value}:{detail}" if detail else refusal.value


@dataclass(frozen=True, slots=True)
class MadeAuthority:
    """A new authority: its own certificate in PEM, its private key in PEM (PKCS 8), when it ends."""

    certificate: str
    key: str
    not_after: datetime


def make_authority(organisation_name: str, now: datetime) -> MadeAuthority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([
        x509.NameAttribute(NameOID.COMMON_NAME, f"{organisation_name} charger CA"[-LONGEST_COMMON_NAME:]),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation_name[:LONGEST_COMMON_NAME]),
    ])  # fmt: skip
    not_after = (now + AUTHORITY_LASTS).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER_BY)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return MadeAuthority(pem(certificate), private.decode(), not_after)


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


# --- Requests -----------------------------------------------------------------------------------------------------
def read_request(text: str) -> x509.CertificateSigningRequest:
    """A request in PEM, as it should be, or in bare Base64. Raises CannotSign."""
    try:
        if "-----BEGIN" in text:
            return x509.load_pem_x509_csr(text.encode())
        return x509.load_der_x509_csr(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise CannotSign(SigningRefusal.UNREADABLE) from None


def check_request(
    request: x509.CertificateSigningRequest, common_names: Collection[str], organisations: Collection[str]
) -> None:
    """The request names the station and its operator, has a key that is good enough, and proves that the station holds
    it. Raises CannotSign."""
    _check_key(request)
    shown = _name(request.subject, NameOID.COMMON_NAME)
    if not _is_one_of(shown, common_names):
        raise CannotSign(SigningRefusal.OTHER_NAME, shown)
    operator = _name(request.subject, NameOID.ORGANIZATION_NAME)
    if not _is_one_of(operator, organisations):
        raise CannotSign(SigningRefusal.OTHER_OPERATOR, operator)


def _check_key(request: x509.CertificateSigningRequest) -> None:
    key = request.public_key()
    is_good_curve = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES)
    if not is_good_curve and not (isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SHORTEST_RSA_BITS):
        raise CannotSign(SigningRefusal.WEAK_KEY)
    if isinstance(request.signature_hash_algorithm, _WEAK_HASHES):
        raise CannotSign(SigningRefusal.WEAK_HASH)
    if not request.is_signature_valid:
        raise CannotSign(SigningRefusal.NO_PROOF)


def _is_one_of(shown: str, names: Collection[str]) -> bool:
    return bool(shown) and shown.casefold() in {name.casefold() for name in names}


def _name(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def sign(
    request: x509.CertificateSigningRequest, authority: str, key: str, now: datetime, lasts: timedelta
) -> x509.Certificate:
    """A client certificate for the request's subject and key, signed with the authority's `key` (PEM)."""
    issuer = read_certificate(authority)
    signing_key = serialization.load_pem_private_key(key.encode(), password=None)
    if not isinstance(signing_key, ec.EllipticCurvePrivateKey):
        raise ValueError("The key of an authority is one on an elliptic curve.")
    until = min(now + lasts, issuer.not_valid_after_utc)
    builder = (
        x509.CertificateBuilder(issuer.subject, request.subject, request.public_key(), x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER_BY)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(request.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    return builder.sign(signing_key, hashes.SHA256())


# --- Certificates -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class HashData:
    """How OCPP names a certificate (CertificateHashDataType): hexadecimal in small letters."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


def read_certificate(text: str) -> x509.Certificate:
    """The first certificate of a text in PEM. Raises ValueError."""
    return x509.load_pem_x509_certificates(text.encode())[0]


def is_readable(text: str) -> bool:
    try:
        read_certificate(text)
    except ValueError:
        return False
    return True


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, hexadecimal: which certificate it is, beyond doubt."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def serial_number(certificate: x509.Certificate) -> str:
    return f"{certificate.serial_number:x}"


def subject(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it may sign others; old roots do not say."""
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return True


def hash_data(certificate: x509.Certificate, algorithm: str) -> HashData:
    """The hash data of a root certificate, which is its own issuer."""
    key = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    issuer = certificate.issuer.public_bytes()
    return HashData(algorithm, _hash(issuer, algorithm), _hash(key, algorithm), serial_number(certificate))


def _hash(content: bytes, algorithm: str) -> str:
    return hashlib.new(algorithm.lower(), content).hexdigest()
