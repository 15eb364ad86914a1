"""Certificates of chargers, from the request to the connection that they open (Z02-Z05, Z10, T29)."""

from datetime import timedelta

import pytest
from cryptography import x509
from django.utils import timezone
from django_scopes import scopes_disabled
from websockets.exceptions import InvalidStatus

from chargeports.certificates import hash_data, read_certificate
from chargeports.choices import CertificateState, CommandKind, CommandState, SigningRefusal
from chargeports.models import CertificateAuthority, Command, InstalledCertificate, StationCertificate
from chargeports.services import (
    SigningRequest,
    make_authority,
    request_command,
    retire_authority,
    revoke_certificate,
    sign_requests,
)
from common.actor import SYSTEM
from ocpp_gateway.choices import RefusalReason
from ocpp_gateway.models import RefusedHandshake
from stations.choices import SecurityProfile
from stations.models import HistoryEntry, Station, StationState
from tests import factories
from tests.gateway import signing
from tests.gateway.charger import Charger, eventually

ROOT = {"certificate_type": "central_system_root"}


@pytest.fixture(autouse=True)
def _trusted(settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]


@pytest.fixture
def station(server):
    with scopes_disabled():
        made = factories.station(online=False, serial_number="SN-77")
        make_authority(SYSTEM, made.organisation)
        StationState.objects.update(configuration_read_at=timezone.now())
        return made


@pytest.fixture
def charger(server, station):
    with Charger(f"{server.ocpp_url}/{station.identity}") as connected:
        connected.boot()
        yield connected


def send(station, kind, parameters):
    with scopes_disabled():
        return request_command(SYSTEM, station, kind, parameters)


def ended(command):
    still = (CommandState.QUEUED, CommandState.SENT)
    return eventually(lambda: Command.objects.filter(pk=command.pk).exclude(state__in=still).first())


def newest(**wanted):
    return eventually(lambda: StationCertificate.objects.filter(**wanted).order_by("-pk").first())


def given(charger, station, status="Accepted"):
    """The charger asks, and is given a certificate."""
    csr = signing.request(station.identity, station.organisation.name)
    assert charger.call("SignCertificate", {"csr": csr})[2] == {"status": "Accepted"}
    return charger.asked("CertificateSigned", {"status": status})["certificateChain"]


def test_Z02_a_request_is_signed_and_the_certificate_follows(charger, station):
    made = x509.load_pem_x509_certificate(given(charger, station).encode())
    with scopes_disabled():
        authority = read_certificate(CertificateAuthority.objects.get().certificate)
    made.verify_directly_issued_by(authority)
    names = {attribute.rfc4514_attribute_name: attribute.value for attribute in made.subject}
    assert names == {"CN": station.identity, "O": station.organisation.name}
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    kept = newest(state=CertificateState.ACCEPTED)
    assert abs(kept.not_after - timezone.now() - timedelta(days=365)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    "csr, refusal",
    [
        (lambda of: signing.request("other", of.organisation.name), SigningRefusal.OTHER_NAME),
        (lambda of: signing.request(of.identity, "Somebody else"), SigningRefusal.OTHER_OPERATOR),
        (lambda of: signing.weak_request(of.identity, of.organisation.name), SigningRefusal.WEAK_KEY),
        (lambda of: signing.unproved_request(of.identity, of.organisation.name), SigningRefusal.NO_PROOF),
        (lambda _of: "nonsense", SigningRefusal.UNREADABLE),
    ],
)
def test_Z02_a_request_that_is_not_good_is_refused_and_told(charger, station, csr, refusal):
    assert charger.call("SignCertificate", {"csr": csr(station)})[2] == {"status": "Rejected"}
    row = newest(state=CertificateState.REFUSED)
    assert (row.problem.partition(":")[0], row.certificate) == (refusal.value, "")
    assert str(refusal.label) in row.problem_label
    with scopes_disabled():
        assert HistoryEntry.objects.filter(event="chargeports.certificate_refused").count() == 1
        assert not Command.objects.exists()


def test_Z02_the_serial_number_is_a_name_of_the_station_too(charger, station):
    csr = signing.request("SN-77", station.organisation.slug)
    assert charger.call("SignCertificate", {"csr": csr})[2] == {"status": "Accepted"}


def test_Z02_without_an_authority_nothing_is_signed(charger, station):
    with scopes_disabled():
        retire_authority(SYSTEM, CertificateAuthority.objects.get())
    csr = signing.request(station.identity, station.organisation.name)
    assert charger.call("SignCertificate", {"csr": csr})[2] == {"status": "Rejected"}
    assert newest().problem == SigningRefusal.NO_AUTHORITY


def test_Z02_a_charger_that_asks_without_end_is_not_heard(charger, station):
    with scopes_disabled():
        csr = signing.request(station.identity, station.organisation.name)
        asked = SigningRequest(station.pk, station.organisation_id, csr, timezone.now())
        taken = [sign_requests([asked])[0] for _ in range(8)]
        assert taken == [True] * 5 + [False] * 3
        assert StationCertificate.objects.count() == 6


def test_Z03_the_answer_of_the_charger_is_kept(charger, station):
    given(charger, station, "Rejected")
    assert newest(state=CertificateState.REJECTED).problem == "Rejected"


def on_profile_3(station):
    with scopes_disabled():
        Station.objects.filter(pk=station.pk).update(security_profile=SecurityProfile.TLS_CERTIFICATE)


def connects(server, station, certificate) -> bool:
    try:
        with Charger(f"{server.ocpp_url}/{station.identity}", headers=signing.shown(certificate)) as back:
            return back.call("Heartbeat")[0] == 3
    except InvalidStatus as refusal:
        return refusal.response.status_code != 403


def test_Z03_T29_the_old_certificate_counts_until_the_new_one_was_used(server, charger, station):
    old = given(charger, station)
    newest(state=CertificateState.ACCEPTED)
    on_profile_3(station)
    with Charger(f"{server.ocpp_url}/{station.identity}", headers=signing.shown(old)) as back:
        back.boot()
        first = newest(state=CertificateState.ACTIVE)
        new = given(back, station)
        newest(state=CertificateState.ACCEPTED)
    assert connects(server, station, old)
    assert connects(server, station, new)
    assert not connects(server, station, old)
    with scopes_disabled():
        states = dict(StationCertificate.objects.values_list("pk", "state"))
        assert states.pop(first.pk) == CertificateState.REPLACED
        assert list(states.values()) == [CertificateState.ACTIVE]
        assert RefusedHandshake.objects.get().reason == RefusalReason.CERTIFICATE


@pytest.mark.parametrize("end", ["revoked", "retired", "expired", "of another station"])
def test_T29_a_certificate_that_counts_no_more_opens_nothing(server, charger, station, end):
    shown = given(charger, station)
    row = newest(state=CertificateState.ACCEPTED)
    on_profile_3(station)
    knocking = station
    with scopes_disabled():
        match end:
            case "revoked":
                revoke_certificate(SYSTEM, row, "Stolen")
            case "retired":
                retire_authority(SYSTEM, CertificateAuthority.objects.get())
            case "expired":
                StationCertificate.objects.update(not_after=timezone.now())
            case _:
                knocking = factories.station(
                    station.organisation, security_profile=SecurityProfile.TLS_CERTIFICATE, online=False
                )
    assert not connects(server, knocking, shown)


def test_T29_a_revocation_ends_the_connection(server, station, charger):
    shown = given(charger, station)
    row = newest(state=CertificateState.ACCEPTED)
    on_profile_3(station)
    with Charger(f"{server.ocpp_url}/{station.identity}", headers=signing.shown(shown)) as connected:
        connected.call("Heartbeat")
        with scopes_disabled():
            revoke_certificate(SYSTEM, row)
        assert connected.closed()[0] == 1008


# --- Root certificates that the charger trusts ----------------------------------------------------------------------
def told(certificate, algorithm="SHA256"):
    data = hash_data(read_certificate(certificate), algorithm)
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": data.issuer_name_hash.upper(),
        "issuerKeyHash": data.issuer_key_hash,
        "serialNumber": f"00{data.serial_number}"[-40:],
    }


def test_Z04_Z05_a_certificate_is_installed_listed_and_deleted_in_the_chargers_own_words(charger, station):
    certificate = factories.certificate("Root of the portal")
    command = send(station, CommandKind.INSTALL_CERTIFICATE, {**ROOT, "certificate": certificate})
    said = charger.asked("InstallCertificate", {"status": "Accepted"})
    assert said == {"certificateType": "CentralSystemRootCertificate", "certificate": certificate}
    own = told(certificate, "SHA512")
    asked = charger.asked("GetInstalledCertificateIds", {"status": "Accepted", "certificateHashData": [own]})
    assert asked == {"certificateType": "CentralSystemRootCertificate"}
    assert ended(command).state == CommandState.ACCEPTED
    row = eventually(lambda: InstalledCertificate.objects.first())
    assert (row.subject, row.hash_algorithm) == ("CN=Root of the portal", "SHA512")
    names = ("hash_algorithm", "issuer_name_hash", "issuer_key_hash", "serial_number")
    command = send(station, CommandKind.DELETE_CERTIFICATE, {name: getattr(row, name) for name in names})
    assert charger.asked("DeleteCertificate", {"status": "Accepted"}) == {"certificateHashData": own}
    ended(command)
    eventually(lambda: not InstalledCertificate.objects.exists())


@pytest.mark.parametrize("answer, state", [("Failed", CommandState.FAILED), ("Rejected", CommandState.REJECTED)])
def test_Z04_each_answer_is_distinct_and_nothing_is_listed(charger, station, answer, state):
    command = send(station, CommandKind.INSTALL_CERTIFICATE, {**ROOT, "certificate": factories.certificate()})
    charger.asked("InstallCertificate", {"status": answer})
    assert (ended(command).state, ended(command).outcome) == (state, answer)


def test_Z05_what_the_charger_does_not_list_any_more_is_gone(charger, station):
    lists = [told(factories.certificate()) for _ in range(2)]
    for certificates in (lists, lists[1:]):
        command = send(station, CommandKind.GET_INSTALLED_CERTIFICATE_IDS, ROOT)
        charger.asked("GetInstalledCertificateIds", {"status": "Accepted", "certificateHashData": certificates})
        assert ended(command).outcome == f"{len(certificates)} certificates"
        with scopes_disabled():
            kept = InstalledCertificate.objects.order_by("pk").values_list("issuer_name_hash", flat=True)
            assert list(kept) == [one["issuerNameHash"] for one in certificates]
    command = send(station, CommandKind.GET_INSTALLED_CERTIFICATE_IDS, ROOT)
    charger.asked("GetInstalledCertificateIds", {"status": "NotFound"})
    assert (ended(command).state, ended(command).outcome) == (CommandState.ACCEPTED, "No certificates")
    with scopes_disabled():
        assert not InstalledCertificate.objects.exists()


def test_Z05_a_certificate_that_the_charger_does_not_know_is_listed_no_more(charger, station):
    command = send(station, CommandKind.GET_INSTALLED_CERTIFICATE_IDS, ROOT)
    own = told(factories.certificate())
    charger.asked("GetInstalledCertificateIds", {"status": "Accepted", "certificateHashData": [own]})
    ended(command)
    with scopes_disabled():
        row = InstalledCertificate.objects.get()
    names = ("hash_algorithm", "issuer_name_hash", "issuer_key_hash", "serial_number")
    command = send(station, CommandKind.DELETE_CERTIFICATE, {name: getattr(row, name) for name in names})
    charger.asked("DeleteCertificate", {"status": "NotFound"})
    assert (ended(command).state, ended(command).outcome) == (CommandState.REJECTED, "NotFound")
    with scopes_disabled():
        assert not InstalledCertificate.objects.exists()
