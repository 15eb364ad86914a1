"""The tab Security and the pages of certificates and security events, and renewals."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import AuditEntry
from chargeports import certificates, services
from chargeports.choices import CertificateState, CommandKind
from chargeports.models import CertificateAuthority, Command, InstalledCertificate, StationCertificate
from chargeports.rights import CHANGE_CERTIFICATES, VIEW_SECURITY
from chargeports.services import SecurityReport, SigningRequest, record_security_events, sign_requests
from chargeports.services.certificates import KEY_PURPOSE
from common.actor import SYSTEM
from common.errors import Refused
from common.sealing import CannotOpen, seal, unseal
from stations.models import Station, StationState
from stations.rights import VIEW_STATIONS
from tests import factories
from tests.gateway import signing

NOW = datetime.now(UTC)


@pytest.fixture
def station(organisation) -> Station:
    return factories.station(organisation, identity="BER-1")


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def given(station: Station, **changes) -> StationCertificate:
    """A certificate that the station has taken."""
    if not CertificateAuthority.objects.exists():
        services.make_authority(SYSTEM, station.organisation)
    csr = signing.request(station.identity, station.organisation.name)
    assert sign_requests([SigningRequest(station.pk, station.organisation_id, csr, NOW)]) == [True]
    made = StationCertificate.objects.filter(station=station).latest("pk")
    StationCertificate.objects.filter(pk=made.pk).update(**({"state": CertificateState.ACCEPTED} | changes))
    Command.objects.filter(kind=CommandKind.CERTIFICATE_SIGNED).update(state="accepted")
    made.refresh_from_db()
    return made


# --- Secrets ------------------------------------------------------------------------------------------------------
def test_what_is_sealed_opens_with_an_older_key_and_for_its_purpose_alone(settings):
    sealed = seal("one", "secret")
    assert "secret" not in sealed
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key" * 5
    assert unseal("one", sealed) == "secret"
    for purpose, fallbacks in (("two", settings.SECRET_KEY_FALLBACKS), ("one", [])):
        settings.SECRET_KEY_FALLBACKS = fallbacks
        with pytest.raises(CannotOpen):
            unseal(purpose, sealed)


def test_the_key_of_an_authority_is_sealed(organisation):
    authority = services.make_authority(SYSTEM, organisation)
    assert "PRIVATE" not in authority.key
    assert unseal(KEY_PURPOSE, authority.key).startswith("-----BEGIN PRIVATE KEY")


# --- Renewal (Z10) ------------------------------------------------------------------------------------------------
def asked() -> list[str]:
    commands = Command.objects.filter(kind=CommandKind.EXTENDED_TRIGGER, parameters={"message": "sign_certificate"})
    return list(commands.values_list("station__identity", flat=True))


def soon() -> datetime:
    return NOW + timedelta(days=settings.CERTIFICATE_RENEWAL_DAYS - 1)


def test_Z10_a_certificate_that_ends_soon_is_renewed_ahead_of_time_once_a_day(organisation, station):
    given(station, not_after=soon())
    given(factories.station(organisation, identity="BER-2"))
    assert services.ask_for_renewals(SYSTEM, NOW) == 1
    assert asked() == ["BER-1"]
    assert services.ask_for_renewals(SYSTEM, NOW + timedelta(hours=1)) == 0
    Command.objects.all().delete()
    assert services.ask_for_renewals(SYSTEM, NOW + timedelta(hours=25)) == 1


@pytest.mark.parametrize("case", ["offline", "renewed already", "ended", "revoked"])
def test_Z10_nobody_is_asked_in_vain(station, case):
    ending = given(station, not_after=soon())
    match case:
        case "offline":
            StationState.objects.update(online=False)
        case "renewed already":
            given(station)
        case "ended":
            StationCertificate.objects.update(not_after=NOW - timedelta(hours=1))
        case _:
            services.revoke_certificate(SYSTEM, ending)
    services.ask_for_renewals(SYSTEM, NOW)
    assert asked() == []


# --- Pages --------------------------------------------------------------------------------------------------------
def test_an_authority_is_made_downloaded_and_retired(page, organisation, station):
    assert "There is none yet" in page.get("/certificates/").content.decode()
    page.post("/certificates/authority/new/", {"confirmed": "1"})
    authority = CertificateAuthority.objects.get()
    certificate = certificates.read_certificate(
        page.get(f"/certificates/authority/{authority.pk}.pem").content.decode()
    )
    assert certificates.is_authority(certificate)
    assert "Signs" in page.get("/certificates/").content.decode()
    page.post(f"/certificates/authority/{authority.pk}/retire/", {"confirmed": "1"})
    assert "Retired" in page.get("/certificates/").content.decode()
    assert {"chargeports.authority_made", "chargeports.authority_retired"} <= set(
        AuditEntry.objects.values_list("action", flat=True)
    )
    with pytest.raises(Refused):
        services.retire_authority(SYSTEM, authority)


def test_certificates_are_listed_filtered_and_revoked(page, organisation, station, django_assert_max_num_queries):
    ending, fine = given(station, not_after=soon()), given(factories.station(organisation, identity="BER-2"))
    with django_assert_max_num_queries(16):
        answer = page.get("/certificates/")
    assert [row.object for row in answer.context["table"].rows] == [fine, ending]
    assert [row.pk for row in answer.context["ending"]] == [ending.pk]
    rows = page.get("/certificates/", {"ends": "30"}).context["table"].rows
    assert [row.object.pk for row in rows] == [ending.pk]
    assert page.get(f"/certificates/{fine.pk}.pem").content.decode() == fine.certificate
    page.post(f"/certificates/{ending.pk}/revoke/", {"reason": "Stolen"})
    ending.refresh_from_db()
    assert (ending.state, ending.problem) == (CertificateState.REVOKED, "Stolen")
    again = page.post(f"/certificates/{ending.pk}/revoke/", {"reason": ""})
    assert "does not count any more" in again.content.decode()


def test_Z01_the_tab_marks_critical_events(client, organisation, station, django_assert_max_num_queries):
    client.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_SECURITY))
    empty = client.get("/stations/BER-1/security/").content.decode()
    assert "has asked for no certificate yet" in empty
    assert "No security events yet" in empty
    made = given(station)
    record_security_events(
        SecurityReport(NOW, organisation.pk, station.pk, kind, NOW, "Door 2")
        for kind in ("TamperDetectionActivated", "InvalidMessages")
    )
    InstalledCertificate.objects.create(
        organisation=organisation, station=station, use="manufacturer_root", serial_number="77", told_at=NOW
    )
    with django_assert_max_num_queries(12):
        shown = client.get("/stations/BER-1/security/").content.decode()
    assert made.serial_number[:12] in shown
    assert "TamperDetectionActivated" in shown
    assert shown.count("<strong>critical</strong>") == 1
    assert "not installed from here" in shown
    assert "Revoke" not in shown
    only = client.get("/stations/BER-1/security/", {"is_critical": "true"}).content.decode()
    assert "InvalidMessages" not in only


def test_events_of_all_stations_are_listed(page, organisation, station):
    record_security_events([SecurityReport(NOW, organisation.pk, station.pk, "SettingSystemTime", NOW)])
    foreign = factories.station()
    record_security_events([SecurityReport(NOW, foreign.organisation_id, foreign.pk, "InvalidMessages", NOW)])
    rows = page.get("/security-events/").context["table"].rows
    assert [row.object.type for row in rows] == ["SettingSystemTime"]


# --- Forms --------------------------------------------------------------------------------------------------------
KEY = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----"


@pytest.mark.parametrize("certificate, told", [("nonsense", "no certificate"), (KEY, "private key")])
def test_what_is_no_certificate_is_not_sent(page, station, certificate, told):
    sent = {"certificate_type": "central_system_root", "certificate": certificate}
    answer = page.post("/commands/new/install-certificate/BER-1/", sent)
    assert told in answer.content.decode()
    assert not Command.objects.exists()


def test_a_leaf_is_no_root(page, station):
    leaf = given(station).certificate
    sent = {"certificate_type": "central_system_root", "certificate": leaf}
    answer = page.post("/commands/new/install-certificate/BER-1/", sent)
    assert "may not sign others" in answer.content.decode()


def test_a_listed_certificate_is_deleted_by_its_own_words(page, organisation, station):
    row = InstalledCertificate.objects.create(
        organisation=organisation,
        station=station,
        use="central_system_root",
        hash_algorithm="SHA384",
        issuer_name_hash="a1",
        issuer_key_hash="b2",
        serial_number="77",
        told_at=NOW,
    )
    address = "/commands/new/delete-certificate/BER-1/"
    assert "Tick this" in page.post(address, {"installed": row.pk}).content.decode()
    page.post(address, {"installed": row.pk, "confirmed": "on"})
    wanted = {"hash_algorithm": "SHA384", "issuer_name_hash": "a1", "issuer_key_hash": "b2", "serial_number": "77"}
    assert Command.objects.get().parameters == wanted


def test_a_certificate_is_sent_again(client, organisation, station):
    client.force_login(factories.member(organisation, VIEW_STATIONS, CHANGE_CERTIFICATES))
    made = given(station, state=CertificateState.UNDELIVERED)
    Command.objects.all().delete()
    client.post("/commands/new/certificate-signed/BER-1/", {"certificate": made.pk})
    assert Command.objects.get().parameters == {"certificate_chain": made.certificate}
