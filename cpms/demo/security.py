"""The demo's certificates, security events and lists of tokens that stations keep."""

import random
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounts.models import Organisation
from chargeports import certificates
from chargeports.choices import CertificateState, CertificateUse, SigningRefusal
from chargeports.models import CertificateAuthority, InstalledCertificate, StationCertificate
from chargeports.services import SecurityReport, make_authority, record_security_events
from chargeports.services.certificates import KEY_PURPOSE
from charging.choices import LocalListState
from charging.local_lists import AdmittedTokens, digest_of
from charging.models import LocalList, LocalListContent, MeterCorrection
from common.actor import Actor
from common.sealing import unseal
from cpms.demo.equipment import Unit

_OSKAR = Actor(kind="user", label="Oskar Operator")
_DAY = timedelta(days=1)
# What a certificate has come to, and how many days ago it was made.
_CERTIFICATES = (
    (CertificateState.ACTIVE, 40),
    (CertificateState.ACTIVE, 352),
    (CertificateState.ACTIVE, 90),
    (CertificateState.REVOKED, 120),
    (CertificateState.ACCEPTED, 1),
    (CertificateState.REJECTED, 3),
)
_EVENTS = (
    ("StartupOfTheDevice", "", 40),
    ("SettingSystemTime", "", 12),
    ("ReconfigurationOfSecurityParameters", "AuthorizationKey", 8),
    ("FirmwareUpdated", "3.2.1", 6),
    ("InvalidMessages", "", 5),
    ("TamperDetectionActivated", "Door contact", 2),
    ("InvalidTLSVersion", "TLSv1", 2),
)
_LASTS = timedelta(days=365)


def make_security(chance: random.Random, organisation: Organisation, units: list[Unit], now: datetime) -> None:
    working = [unit for unit in units if unit.station.life_cycle == "in_operation"]
    _certificates(organisation, working[3:], now)
    _events(chance, working, now)
    _lists(organisation, working[:12], now)
    MeterCorrection.objects.create(
        organisation=organisation,
        vendor="KEBA",
        model="P40",
        firmware_version="1.13.2",
        energy_factor="0.1",
        note="Tells ten times the energy until 1.14.0.",
    )


def _certificates(organisation: Organisation, units: list[Unit], now: datetime) -> None:
    authority = make_authority(_OSKAR, organisation)
    key = unseal(KEY_PURPOSE, authority.key)
    made = [
        _certificate(authority, key, unit, state, now - days * _DAY)
        for unit, (state, days) in zip(units, _CERTIFICATES, strict=False)
    ]
    made += [_refused(unit, now - 2 * _DAY) for unit in units[len(made) : len(made) + 1]]
    StationCertificate.objects.bulk_create(sorted(made, key=lambda one: one.requested_at))
    root = certificates.read_certificate(authority.certificate)
    for unit in units[:2]:
        InstalledCertificate.objects.create(
            organisation=organisation,
            station=unit.station,
            use=CertificateUse.CENTRAL_SYSTEM_ROOT,
            hash_algorithm="SHA256",
            issuer_name_hash=certificates.hash_data(root, "SHA256").issuer_name_hash,
            issuer_key_hash=certificates.hash_data(root, "SHA256").issuer_key_hash,
            serial_number=certificates.serial_number(root),
            subject=certificates.subject(root),
            not_after=root.not_valid_after_utc,
            told_at=now - _DAY,
        )


def _refused(unit: Unit, at: datetime) -> StationCertificate:
    return StationCertificate(
        organisation_id=unit.station.organisation_id,
        station=unit.station,
        state=CertificateState.REFUSED,
        problem=f"{SigningRefusal.OTHER_OPERATOR}:Nordwatt",
        requested_at=at,
    )


def _certificate(
    authority: CertificateAuthority, key: str, unit: Unit, state: CertificateState, at: datetime
) -> StationCertificate:
    signed = certificates.sign(_request(unit), authority.certificate, key, at, _LASTS)
    is_used = state in (CertificateState.ACTIVE, CertificateState.REVOKED)
    return StationCertificate(
        organisation_id=authority.organisation_id,
        station=unit.station,
        authority=authority,
        state=state,
        problem={"revoked": "The controller was stolen.", "rejected": "Rejected"}.get(state, ""),
        certificate=certificates.pem(signed),
        serial_number=certificates.serial_number(signed),
        fingerprint=certificates.fingerprint(signed),
        requested_at=at,
        not_after=signed.not_valid_after_utc,
        used_at=at + timedelta(minutes=4) if is_used else None,
    )


def _request(unit: Unit) -> x509.CertificateSigningRequest:
    names = [
        x509.NameAttribute(NameOID.COMMON_NAME, unit.station.identity),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, unit.station.organisation.name),
    ]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())


def _events(chance: random.Random, units: list[Unit], now: datetime) -> None:
    kinds = [(kind, detail) for kind, detail, weight in _EVENTS for _ in range(weight)]
    reports = []
    for _ in range(120):
        station, (kind, detail) = chance.choice(units[:30]).station, chance.choice(kinds)
        at = now - chance.random() * 60 * _DAY
        reports.append(SecurityReport(at, station.organisation_id, station.pk, kind, at, detail))
    record_security_events(sorted(reports))


def _lists(organisation: Organisation, units: list[Unit], now: datetime) -> None:
    tokens = AdmittedTokens(organisation.pk, [unit.station.pk for unit in units], now)
    for number, unit in enumerate(units):
        entries, left_out = tokens.of(unit.station.pk)
        content, _made = LocalListContent.objects.get_or_create(
            organisation=organisation,
            digest=digest_of(entries),
            defaults={"entries": entries, "size": len(entries)},
        )
        failed = number % 6 == 5
        LocalList.objects.create(
            organisation=organisation,
            station=unit.station,
            state=LocalListState.FAILED if failed else LocalListState.CURRENT,
            problem="VersionMismatch" if failed else "",
            failures=int(failed),
            retry_at=now + timedelta(hours=3) if failed else None,
            content=None if failed else content,
            version=None if failed else 3 + number,
            left_out=left_out,
            sent_at=now - _DAY / 2,
            verified_at=now - _DAY / 2,
        )
