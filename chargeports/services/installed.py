"""The root certificates that stations trust, as they list them (security whitepaper M03-M05).

All functions work across organisations; none of them opens a scope.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cryptography import x509
from django.db import transaction

from chargeports import certificates
from chargeports.certificates import HashData
from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command, InstalledCertificate
from chargeports.parameters import HASH_ALGORITHMS
from common.live import announce
from common.text import fit

_NOT_THERE = "NotFound"


@transaction.atomic
def record_installed(command: Command, use: str, told: Iterable[HashData], at: datetime) -> None:
    """The station listed all that it has for one use. What the portal knows of each stays with it."""
    kept = {_hashes(row): row for row in InstalledCertificate.objects.filter(station_id=command.station_id, use=use)}
    listed = dict.fromkeys(told)
    gone = [row.pk for hashes, row in kept.items() if hashes not in listed]
    InstalledCertificate.objects.filter(pk__in=gone).delete()
    InstalledCertificate.objects.filter(station_id=command.station_id, use=use).update(told_at=at)
    known = _installed_here(command.station_id)
    InstalledCertificate.objects.bulk_create(
        _row(command, use, one, known.get(_plain(one)), at) for one in listed if one not in kept
    )
    announce([f"station.{command.station_id}"])


def _hashes(row: InstalledCertificate) -> HashData:
    return HashData(row.hash_algorithm, row.issuer_name_hash, row.issuer_key_hash, row.serial_number)


def _installed_here(station_id: int) -> Mapping[HashData, x509.Certificate]:
    """The certificates that the portal had the station install, by all of OCPP's names for them."""
    commands = Command.objects.filter(
        station_id=station_id, kind=CommandKind.INSTALL_CERTIFICATE, state=CommandState.ACCEPTED
    )
    texts = set(commands.order_by("-pk").values_list("parameters__certificate", flat=True)[:50])
    found = [certificates.read_certificate(text) for text in texts if certificates.is_readable(text)]
    return {_plain(certificates.hash_data(one, algorithm)): one for one in found for algorithm in HASH_ALGORITHMS}


def _plain(told: HashData) -> HashData:
    """For comparing: in small letters, the serial number without zeros before it."""
    return HashData(
        told.hash_algorithm.upper(),
        told.issuer_name_hash.lower(),
        told.issuer_key_hash.lower(),
        told.serial_number.lower().lstrip("0"),
    )


def _row(
    command: Command, use: str, told: HashData, known: x509.Certificate | None, at: datetime
) -> InstalledCertificate:
    values: dict[str, Any] = {}
    if known is not None:
        values = {
            "certificate": certificates.pem(known),
            "subject": fit(certificates.subject(known), 255),
            "not_after": known.not_valid_after_utc,
        }
    return InstalledCertificate(
        organisation_id=command.organisation_id,
        station_id=command.station_id,
        use=use,
        hash_algorithm=told.hash_algorithm,
        issuer_name_hash=told.issuer_name_hash,
        issuer_key_hash=told.issuer_key_hash,
        serial_number=told.serial_number,
        told_at=at,
        **values,
    )


def follow_installations(commands: Iterable[Command]) -> None:
    """Commands have moved: a certificate that the station deleted, or does not know, is listed no more."""
    for command in commands:
        if command.kind != CommandKind.DELETE_CERTIFICATE or not command.ended_at:
            continue
        if command.state == CommandState.ACCEPTED or command.outcome == _NOT_THERE:
            here = InstalledCertificate.objects.filter(station_id=command.station_id)
            here.filter(**command.parameters).delete()
            announce([f"station.{command.station_id}"])
