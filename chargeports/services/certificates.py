"""The organisation's certificate authority, and the certificates that it gives to stations (security whitepaper A02).

A station asks (SignCertificate), the authority signs or says why not, the certificate goes to the station as a command
(CertificateSigned), and counts from then on; the one before it counts until the new one was used (Z03). What is signed
for the gateway works across organisations, inside the caller's transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.services import record
from chargeports import certificates
from chargeports.choices import GOOD_CERTIFICATES, CertificateState, CommandKind, CommandState, SigningRefusal
from chargeports.history import CERTIFICATE_REFUSED, CERTIFICATE_REVOKED
from chargeports.models import CertificateAuthority, Command, StationCertificate
from chargeports.services.commands import Wish, request_each, request_of_all
from common.actor import SYSTEM, Actor
from common.errors import Refused
from common.live import announce
from common.sealing import CannotOpen, seal, unseal
from common.text import fit
from stations.models import Station
from stations.services import Occurrence, record_events
from stations.signals import send_station_changed

KEY_PURPOSE = "certificate authority"
RENEWALS_AT_ONCE = 500
_REQUESTS_A_DAY = 5
_DAY = timedelta(days=1)
_UNDELIVERED = (CommandState.FAILED, CommandState.EXPIRED, CommandState.CANCELLED)


# --- The authority ------------------------------------------------------------------------------------------------
def make_authority(actor: Actor, organisation: Organisation) -> CertificateAuthority:
    """A new authority that signs from now on; what earlier ones signed goes on counting until they are retired."""
    made = certificates.make_authority(organisation.name, timezone.now())
    with transaction.atomic():
        authority = CertificateAuthority.objects.create(
            organisation=organisation,
            certificate=made.certificate,
            key=seal(KEY_PURPOSE, made.key),
            not_after=made.not_after,
            created_by=actor.label[:200],
        )
        record(actor, organisation, "chargeports.authority_made", authority)
    return authority


def retire_authority(actor: Actor, authority: CertificateAuthority) -> None:
    """Nothing that it signed opens a connection any more. Raises Refused where it is retired already."""
    with transaction.atomic():
        live = CertificateAuthority.objects.filter(pk=authority.pk, retired_at=None)
        if not live.update(retired_at=timezone.now()):
            raise Refused(_("This authority is retired already."))
        record(actor, authority.organisation_id, "chargeports.authority_retired", authority)


# --- Requests of stations -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class SigningRequest:
    station_id: int
    organisation_id: int
    csr: str
    at: datetime


def sign_requests(requests: Sequence[SigningRequest]) -> list[bool]:
    """Sign what can be signed and queue it for the stations; whether each request was taken, in their order.

    A refused one is kept with its reason, and stands in the station's history: nothing is tried again by itself.
    """
    signer = _Signer(requests)
    answers = [signer.answer(request) for request in requests]
    made = StationCertificate.objects.bulk_create(one for one in answers if one)
    _deliver([one for one in made if one.state == CertificateState.ISSUED])
    refused = (one for one in made if one.state == CertificateState.REFUSED)
    record_events(Occurrence(one.station_id, CERTIFICATE_REFUSED, SYSTEM, one.requested_at) for one in refused)
    announce({f"station.{one.station_id}" for one in made})
    return [one is not None and one.state == CertificateState.ISSUED for one in answers]


def _deliver(made: Iterable[StationCertificate]) -> None:
    kind = CommandKind.CERTIFICATE_SIGNED
    wishes = [Wish(one.station_id, kind, {"certificate_chain": one.certificate}) for one in made]
    if wishes:
        request_each(SYSTEM, wishes)


class _Signer:
    """What the requests of one batch need: three queries, whatever their number."""

    def __init__(self, requests: Sequence[SigningRequest]) -> None:
        ids = {request.station_id for request in requests}
        self._stations = Station.objects.select_related("organisation").in_bulk(ids)
        self._authorities = _signing({request.organisation_id for request in requests})
        recent = StationCertificate.objects.filter(station_id__in=ids, requested_at__gt=timezone.now() - _DAY)
        counts = recent.order_by().values_list("station_id").annotate(count=Count("pk"))
        self._recent = dict(counts)

    def answer(self, request: SigningRequest) -> StationCertificate | None:
        """None where the station asks so often that not even its requests are kept."""
        if self._recent.get(request.station_id, 0) > _REQUESTS_A_DAY:
            return None
        row = StationCertificate(
            organisation_id=request.organisation_id, station_id=request.station_id, requested_at=request.at
        )
        try:
            self._sign(row, request)
        except certificates.CannotSign as refusal:
            row.state, row.problem = CertificateState.REFUSED, fit(refusal.code, 255)
        return row

    def _sign(self, row: StationCertificate, request: SigningRequest) -> None:
        authority = self._authorities.get(request.organisation_id)
        if authority is None:
            raise certificates.CannotSign(SigningRefusal.NO_AUTHORITY)
        if self._recent.get(request.station_id, 0) >= _REQUESTS_A_DAY:
            raise certificates.CannotSign(SigningRefusal.TOO_OFTEN)
        station = self._stations[request.station_id]
        asked = certificates.read_request(request.csr)
        owner = station.organisation
        certificates.check_request(asked, (station.identity, station.serial_number), (owner.name, owner.slug))
        _fill(row, authority, _signed(asked, authority, request.at))


def _signing(organisation_ids: Collection[int]) -> Mapping[int, CertificateAuthority]:
    """The authority that signs, for each organisation that has one: its newest."""
    live = CertificateAuthority.objects.filter(organisation_id__in=organisation_ids, retired_at=None)
    return {one.organisation_id: one for one in live.filter(not_after__gt=timezone.now()).order_by("pk")}


def _signed(
    request: x509.CertificateSigningRequest, authority: CertificateAuthority, now: datetime
) -> x509.Certificate:
    try:
        key = unseal(KEY_PURPOSE, authority.key)
    except CannotOpen:
        raise certificates.CannotSign(SigningRefusal.LOCKED_AUTHORITY) from None
    return certificates.sign(request, authority.certificate, key, now, timedelta(days=settings.CERTIFICATE_DAYS))


def _fill(row: StationCertificate, authority: CertificateAuthority, certificate: x509.Certificate) -> None:
    row.authority, row.state = authority, CertificateState.ISSUED
    row.certificate = certificates.pem(certificate)
    row.serial_number = certificates.serial_number(certificate)
    row.fingerprint = certificates.fingerprint(certificate)
    row.not_after = certificate.not_valid_after_utc


def follow_certificates(commands: Iterable[Command]) -> None:
    """Commands have moved: the station took its certificate, or did not. After a time-out it may have it."""
    for command in commands:
        if command.kind == CommandKind.CERTIFICATE_SIGNED and command.state in _STATE_AFTER:
            _settle(command, _STATE_AFTER[CommandState(command.state)])


_STATE_AFTER = {
    CommandState.ACCEPTED: CertificateState.ACCEPTED,
    CommandState.REJECTED: CertificateState.REJECTED,
    **dict.fromkeys(_UNDELIVERED, CertificateState.UNDELIVERED),
}


def _settle(command: Command, state: CertificateState) -> None:
    waiting = (CertificateState.ISSUED, CertificateState.UNDELIVERED, CertificateState.REJECTED)
    sent = StationCertificate.objects.filter(
        station_id=command.station_id, certificate=command.parameters["certificate_chain"], state__in=waiting
    )
    problem = "" if state == CertificateState.ACCEPTED else fit(command.outcome, 255)
    if sent.update(state=state, problem=problem):
        announce([f"station.{command.station_id}"])


# --- Use, renewal, revocation ---------------------------------------------------------------------------------------
def certificates_shown(fingerprints: Collection[str], now: datetime) -> dict[str, StationCertificate]:
    """Those of the certificates (SHA-256) that were made here and count, by fingerprint. One query."""
    good = StationCertificate.objects.filter(fingerprint__in=fingerprints, state__in=GOOD_CERTIFICATES)
    counting = good.filter(not_after__gt=now, authority__retired_at=None)
    return {one.fingerprint: one for one in counting}


def made_here(fingerprints: Collection[str]) -> set[str]:
    """Those of the certificates that this portal made, whether they count or not."""
    known = StationCertificate.objects.filter(fingerprint__in=fingerprints)
    return set(known.values_list("fingerprint", flat=True))


def note_certificates_used(used: Collection[StationCertificate], now: datetime) -> None:
    """Stations connected with these for the first time: what they had before counts no longer."""
    fresh = [one for one in used if one.state != CertificateState.ACTIVE]
    if not fresh:
        return
    StationCertificate.objects.filter(pk__in=[one.pk for one in fresh]).update(
        state=CertificateState.ACTIVE, used_at=now
    )
    older = Q()
    for one in fresh:
        older |= Q(station_id=one.station_id, pk__lt=one.pk)
    StationCertificate.objects.filter(older, state__in=GOOD_CERTIFICATES).update(
        state=CertificateState.REPLACED, ended_at=now
    )
    announce({f"station.{one.station_id}" for one in fresh})


def revoke_certificate(actor: Actor, certificate: StationCertificate, reason: str = "") -> None:
    """It opens no connection any more, and the one that the station has is ended. Raises Refused."""
    with transaction.atomic():
        good = StationCertificate.objects.filter(pk=certificate.pk, state__in=GOOD_CERTIFICATES)
        changes = {"ended_at": timezone.now(), "ended_by": actor.label[:200], "problem": fit(reason, 255)}
        if not good.update(state=CertificateState.REVOKED, **changes):
            raise Refused(_("This certificate does not count any more."))
        values = {"serial_number": certificate.serial_number, "reason": reason}
        record(actor, certificate.organisation_id, "chargeports.certificate_revoked", certificate, after=values)
        record_events([Occurrence(certificate.station_id, CERTIFICATE_REVOKED, actor, None, values)])
        send_station_changed(certificate.station_id, frozenset({"security_profile"}))


def ask_for_renewals(actor: Actor, now: datetime) -> int:
    """Ask stations that are online for a request, where what they have ends soon: once a day; how many."""
    latest = now + timedelta(days=settings.CERTIFICATE_RENEWAL_DAYS)
    ending = StationCertificate.objects.filter(
        Q(renewal_asked_at=None) | Q(renewal_asked_at__lte=now - _DAY),
        state__in=(CertificateState.ACCEPTED, CertificateState.ACTIVE),
        not_after__range=(now, latest),
        station__state__online=True,
    )
    with transaction.atomic():
        due = dict(ending.order_by("not_after").values_list("pk", "station_id")[:RENEWALS_AT_ONCE])
        newer = StationCertificate.objects.filter(station_id__in=due.values(), not_after__gt=latest)
        renewed = set(newer.filter(state__in=GOOD_CERTIFICATES).values_list("station_id", flat=True))
        asked = set(due.values()) - renewed
        if asked:
            request_of_all(actor, asked, CommandKind.EXTENDED_TRIGGER, {"message": "sign_certificate"})
        StationCertificate.objects.filter(pk__in=due).update(renewal_asked_at=now)
    return len(asked)
