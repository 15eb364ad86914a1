"""What a charger shows when it knocks: everything that can be read from the request before it is let in."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.x509.oid import NameOID

from chargeports import certificates
from common.client import behind_proxies, is_trusted_proxy

LONGEST_IDENTITY = 255
CERTIFICATE_SUBJECT = "x-client-cert-subject"
CERTIFICATE_VERIFIED = "x-client-cert-verify"
# The certificate itself, in PEM and percent-encoded (nginx: $ssl_client_escaped_cert).
CERTIFICATE = "x-client-cert"
TLS_VERSION = "x-tls-version"
_OLD_TLS = ("SSLv3", "TLSv1", "TLSv1.1")


class Subject(NamedTuple):
    """Whom a certificate names: the common name, and the organisation; empty where it names none."""

    common_name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Handshake:
    """`user` and `password` are the bytes of HTTP Basic authentication; `certificate` the subject of a client
    certificate that a trusted proxy verified, `fingerprint` (SHA-256) that of whatever certificate the charger proved
    to have; `slug` the segment before the identity, which may name an organisation. `old_tls`: TLS before 1.2.
    """

    identity: str
    slug: str
    path: str
    address: str
    secure: bool
    subprotocols: tuple[str, ...]
    user: bytes | None
    password: bytes | None
    certificate: Subject | None
    is_websocket: bool
    at: datetime
    fingerprint: str = ""
    old_tls: bool = False


def read(scope: dict[str, Any], at: datetime) -> Handshake:
    """Read an ASGI scope of a websocket or of a plain request. Never raises, whatever the request holds."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    peer = (scope.get("client") or ("",))[0]
    trusted = is_trusted_proxy(peer)
    path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
    slug, identity = _names(path)
    user, password = _basic(headers.get("authorization", ""))
    return Handshake(
        identity=identity,
        slug=slug,
        path=_text(path)[:300],
        address=behind_proxies(peer, headers.get("x-forwarded-for", ""))[:64],
        secure=_is_secure(scope, headers, trusted),
        subprotocols=tuple(_storable(name)[:60] for name in scope.get("subprotocols", ())[:20]),
        user=user,
        password=password,
        certificate=_subject(headers) if trusted else None,
        is_websocket=scope["type"] == "websocket",
        at=at,
        fingerprint=_fingerprint(headers) if trusted else "",
        old_tls=trusted and headers.get(TLS_VERSION, "").strip() in _OLD_TLS,
    )


def _names(path: bytes) -> tuple[str, str]:
    """The last two segments that are not empty; an encoded slash belongs to its segment (OCPP-J 1.6 §3.1.1)."""
    segments = [_text(unquote_to_bytes(segment)) for segment in path.split(b"/") if segment]
    slug, identity = (["", "", *segments[1:]])[-2:]  # the first is the mount point
    return slug, identity[:LONGEST_IDENTITY]


def _text(raw: bytes) -> str:
    return _storable(raw.decode("utf-8", errors="replace"))


def _storable(text: str) -> str:
    """Without the one character that PostgreSQL cannot store."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _basic(header: str) -> tuple[bytes | None, bytes | None]:
    """User name and password as bytes, split at the first colon: a key may hold colons and need not be UTF-8."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None, None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None, None
    return (user, password) if colon else (None, None)


def _is_secure(scope: dict[str, Any], headers: dict[str, str], trusted: bool) -> bool:
    if scope.get("scheme") in ("wss", "https"):
        return True
    return trusted and headers.get("x-forwarded-proto", "").strip().lower() in ("https", "wss")


def _subject(headers: dict[str, str]) -> Subject | None:
    if headers.get(CERTIFICATE_VERIFIED, "").strip().upper() != "SUCCESS":
        return None
    try:
        subject = x509.Name.from_rfc4514_string(headers.get(CERTIFICATE_SUBJECT, ""))
    except ValueError:
        return None
    return Subject(_first(subject, NameOID.COMMON_NAME), _first(subject, NameOID.ORGANIZATION_NAME))


def _fingerprint(headers: dict[str, str]) -> str:
    """Of the certificate whose key the charger proved to hold when TLS began; empty where it showed none."""
    if headers.get(CERTIFICATE_VERIFIED, "").strip().upper() in ("", "NONE"):
        return ""
    try:
        shown = x509.load_pem_x509_certificate(unquote_to_bytes(headers.get(CERTIFICATE, "")))
    except ValueError:
        return ""
    return certificates.fingerprint(shown)


def _first(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""
