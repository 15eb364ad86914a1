"""Station secrets. A secret is made here, shown once, and kept as a keyed digest that costs microseconds to check:
slow password hashing would turn a reconnect storm into an outage, and a random secret of 119 bits does not need it.

A secret is 20 letters and digits: a person can type it, and its 20 bytes are the longest AuthorizationKey of OCPP 1.6
(security whitepaper A00.FR.205), where it travels as 40 hexadecimal digits.
"""

import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from chargeports.choices import CommandKind
from chargeports.services import request_command
from common.actor import Actor
from common.errors import Refused
from ocpp_gateway.models import StationCredential
from stations.choices import SecurityProfile
from stations.models import Station

AUTHORIZATION_KEY = "AuthorizationKey"
SECRET_LENGTH = 20
_ALPHABET = string.ascii_letters + string.digits
_SALT = "station secrets"


def make_secret() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(SECRET_LENGTH))


def digest_of(secret: bytes) -> bytes:
    """What is kept of a secret: an HMAC under a key derived from SECRET_KEY. 32 bytes."""
    return salted_hmac(_SALT, secret, algorithm="sha256").digest()


def key_bytes(wire_value: str) -> bytes:
    """The key that an AuthorizationKey value stands for: hexadecimal on the wire, its bytes at the handshake (T25)."""
    try:
        return bytes.fromhex(wire_value)
    except ValueError:
        return wire_value.encode()


class Key(StrEnum):
    """Which of a station's keys was shown; the next one is on its way to the charger, and shown it has arrived."""

    CURRENT = "current"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class Use:
    """What a connection showed: the profile, and whether it used the next key."""

    profile: int
    with_next_key: bool


def match(credential: StationCredential, password: bytes) -> Key | None:
    """Compare the shown bytes in constant time, and their meaning as hexadecimal text where the station may do so."""
    shown = [digest_of(password)]
    if credential.accepts_hex_text and (decoded := _from_hex(password)):
        shown.append(digest_of(decoded))
    is_current = _any_equal(credential.digest, shown)
    is_next = _any_equal(credential.next_digest, shown)
    if is_current:
        return Key.CURRENT
    return Key.NEXT if is_next else None


def _any_equal(kept: bytes | memoryview | None, shown: Iterable[bytes]) -> bool:
    return kept is not None and any(constant_time_compare(bytes(kept), digest) for digest in shown)


def _from_hex(password: bytes) -> bytes | None:
    try:
        return bytes.fromhex(password.decode("ascii"))
    except ValueError:
        return None


def new_secret(actor: Actor, station: Station) -> str:
    """Give the station a new secret at once; the old one no longer counts. The only moment at which it is shown."""
    secret = make_secret()
    with transaction.atomic():
        StationCredential.objects.update_or_create(
            station=station, defaults={"digest": digest_of(secret.encode()), "next_digest": None}
        )
        record(actor, station.organisation_id, "ocpp_gateway.secret_made", station)
    return secret


def change_key(actor: Actor, station: Station) -> None:
    """Have the connected charger take a new key over OCPP; the old one counts until the answer is in (T26)."""
    wire_value = make_secret().encode().hex()
    request_command(actor, station, CommandKind.CHANGE_CONFIGURATION, {"key": AUTHORIZATION_KEY, "value": wire_value})


def allow_lower_profile(actor: Actor, station: Station) -> None:
    """Forget the highest profile the station ever showed, e.g. for a replaced device. Only a person may decide so."""
    with transaction.atomic():
        credential = StationCredential.objects.select_for_update().filter(station=station).first()
        if credential is None or credential.highest_profile <= station.security_profile:
            raise Refused(_("The station may already connect with its own security profile."))
        before = credential.highest_profile
        credential.highest_profile = SecurityProfile.UNSECURED
        credential.save(update_fields=["highest_profile", "changed_at"])
        record(
            actor,
            station.organisation_id,
            "ocpp_gateway.lower_profile_allowed",
            station,
            before={"highest_profile": before},
            after={"highest_profile": 0},
        )


def propose_key(station_id: int, wire_value: str) -> None:
    """A key is about to be sent: from now on both may be used."""
    digest = digest_of(key_bytes(wire_value))
    StationCredential.objects.update_or_create(station_id=station_id, defaults={"next_digest": digest})


def settle_key(station_id: int, *, accepted: bool) -> None:
    """The charger answered: only the new key counts, or only the old one."""
    credential = StationCredential.objects.select_for_update().filter(station_id=station_id).first()
    if credential is None or credential.next_digest is None:
        return
    if accepted:
        credential.digest = credential.next_digest
    credential.next_digest = None
    credential.save(update_fields=["digest", "next_digest", "changed_at"])


def note_uses(uses: dict[int, Use]) -> None:
    """Keep what the connections showed: a next key that arrived, and the highest profile over TLS (T27)."""
    known = {row.station_id: row for row in StationCredential.objects.filter(station_id__in=uses)}
    for station_id, row in known.items():
        use = uses[station_id]
        row.highest_profile = max(row.highest_profile, use.profile)
        if use.with_next_key:
            row.digest, row.next_digest = row.next_digest, None
    StationCredential.objects.bulk_update(known.values(), ["digest", "next_digest", "highest_profile"])
    StationCredential.objects.bulk_create(
        [
            StationCredential(station_id=key, highest_profile=use.profile)
            for key, use in uses.items()
            if key not in known
        ],
        ignore_conflicts=True,
    )


def change_settings(
    actor: Actor,
    station: Station,
    *,
    accepts_hex_text: bool,
    assume_subprotocol: bool,
    wants_local_time: bool,
    allows_old_tls: bool,
) -> None:
    """What this charger may do differently from the specification (docs/ocpp.md, quirks)."""
    wanted = {
        "accepts_hex_text": accepts_hex_text,
        "assume_subprotocol": assume_subprotocol,
        "wants_local_time": wants_local_time,
        "allows_old_tls": allows_old_tls,
    }
    with transaction.atomic():
        credential, _made = StationCredential.objects.select_for_update().get_or_create(station=station)
        before = {name: getattr(credential, name) for name in wanted if getattr(credential, name) != wanted[name]}
        if not before:
            return
        StationCredential.objects.filter(pk=station.pk).update(**wanted)
        after = {name: wanted[name] for name in before}
        record(actor, station.organisation_id, "ocpp_gateway.settings_changed", station, before=before, after=after)
