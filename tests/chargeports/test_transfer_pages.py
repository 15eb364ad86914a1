"""The tabs Diagnosis and Firmware, the commands that fill them, and the firmware library."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry
from chargeports import services
from chargeports.choices import CommandKind
from chargeports.models import Command, FileTransfer, Firmware
from chargeports.rights import VIEW_DIAGNOSTICS, VIEW_FIRMWARE
from common.actor import SYSTEM
from stations.rights import VIEW_STATIONS
from tests import factories

TAB_QUERIES = 12


@pytest.fixture
def station(organisation):
    with scope(organisation=organisation):
        return factories.station(organisation, identity="BER-1", vendor="Nordwatt", model="N22")


@pytest.fixture
def page(owner):
    client = Client()
    client.force_login(owner)
    client.get("/stations/")  # the first request of a session writes it down
    return client


def transfers(station):
    with scope(organisation=station.organisation):
        return list(FileTransfer.objects.select_related("file"))


def asked(station, kind=CommandKind.GET_DIAGNOSTICS, parameters=None):
    with scope(organisation=station.organisation):
        command = services.request_command(SYSTEM, station, kind, parameters or {})
        return FileTransfer.objects.get(command=command)


def test_diagnostics_are_asked_for_in_the_stations_time(page, station):
    station.time_zone = "America/New_York"
    station.save()
    answer = page.post(
        "/commands/new/get-diagnostics/BER-1/", {"start_at": "2026-06-01T08:00", "stop_at": "2026-06-01T09:00"}
    )
    assert answer.status_code == 302
    assert "/stations/BER-1/diagnosis/" in page.get(answer.headers["Location"]).text
    (transfer,) = transfers(station)
    assert transfer.start_at == datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert "system" not in transfer.actor_label


@pytest.mark.parametrize(
    "wrong",
    [
        {"start_at": "soon"},
        {"start_at": "2026-06-01T09:00", "stop_at": "2026-06-01T08:00"},
        {"retries": "-1"},
        {"retries": "900"},
        {"retry_interval_s": "0"},
    ],
)
def test_wrong_entries_are_said_at_their_fields_and_nothing_is_asked(page, station, wrong):
    answer = page.post("/commands/new/get-diagnostics/BER-1/", wrong)
    assert answer.status_code == 422
    assert "is-invalid" in answer.text
    assert not transfers(station)


def test_the_tab_shows_every_request_and_its_file(page, station, django_assert_max_num_queries):
    transfer = asked(station)
    with scope(organisation=station.organisation):
        file = SimpleUploadedFile("report.log", b"contactor welded\n")
        services.receive_file(transfer.pk, file, "report.log", datetime.now(UTC))
        for _ in range(3):
            asked(station)
    with django_assert_max_num_queries(TAB_QUERIES):
        text = page.get("/stations/BER-1/diagnosis/").text
    assert "report.log" in text
    assert "Uploaded" in text
    stored = transfers(station)[0].file
    got = page.get(f"/files/{stored.pk}/{stored.name}?download")
    assert (got.status_code, got.headers["Content-Length"]) == (200, str(len(b"contactor welded\n")))


def test_diagnostics_are_removed_when_their_time_is_over_and_the_tab_says_so(page, station, settings):
    transfer, firmware = asked(station), factories.firmware(station.organisation)
    with scope(organisation=station.organisation):
        services.receive_file(
            transfer.pk, SimpleUploadedFile("x", b"contactor welded"), "report.log", datetime.now(UTC)
        )
    stored = transfers(station)[0].file
    with scopes_disabled():
        assert services.remove_old_diagnostics(datetime.now(UTC) + timedelta(days=settings.TRANSFER_KEPT_DAYS - 1)) == 0
        later = datetime.now(UTC) + timedelta(days=settings.TRANSFER_KEPT_DAYS + 1)
        assert services.remove_old_diagnostics(later) == 1
        assert services.remove_old_diagnostics(later) == 0
    assert page.get(f"/files/{stored.pk}/{stored.name}?download").status_code == 404
    assert "no longer kept" in page.get("/stations/BER-1/diagnosis/").text
    firmware.file.refresh_from_db()
    assert firmware.file.removed_at is None


def test_a_tab_without_requests_says_what_would_fill_it(page, station):
    assert "Ask the station for them under Station management" in page.get("/stations/BER-1/diagnosis/").text
    assert "No firmware updates yet" in page.get("/stations/BER-1/firmware/").text


def test_seeing_diagnostics_and_asking_for_them_are_two_rights(organisation, station):
    with scope(organisation=organisation):
        person = factories.member(organisation, VIEW_STATIONS, VIEW_DIAGNOSTICS, VIEW_FIRMWARE)
    client = Client()
    client.force_login(person)
    assert "get-diagnostics" not in client.get("/stations/BER-1/diagnosis/").text
    assert client.get("/commands/new/get-diagnostics/BER-1/").status_code == 403
    assert client.get("/commands/new/update-firmware/BER-1/").status_code == 403


def test_only_firmware_that_fits_is_offered(page, station):
    with scope(organisation=station.organisation):
        factories.firmware(station.organisation, version="2.0.0", model="n22")
        factories.firmware(station.organisation, version="2.1.0")
        factories.firmware(station.organisation, version="9.9.1", model="Other")
        other = factories.firmware(station.organisation, version="9.9.2", vendor="Other")
    text = page.get("/commands/new/update-firmware/BER-1/").text
    assert "2.0.0" in text
    assert "2.1.0" in text
    assert "9.9" not in text
    assert page.post("/commands/new/update-firmware/BER-1/", {"firmware_id": other.pk}).status_code == 422
    assert "2.0.0" not in page.get("/commands/new/signed-update-firmware/BER-1/").text


def test_an_update_is_asked_for_and_stands_in_its_tab(page, station, django_assert_max_num_queries):
    with scope(organisation=station.organisation):
        chosen = factories.firmware(station.organisation, version="2.0.0")
    page.post("/commands/new/update-firmware/BER-1/", {"firmware_id": chosen.pk})
    with django_assert_max_num_queries(TAB_QUERIES):
        text = page.get("/stations/BER-1/firmware/").text
    assert "2.0.0" in text
    assert "Booted with the new version" in text
    with scope(organisation=station.organisation):
        assert Command.objects.get().parameters == {"firmware_id": chosen.pk, "version": "2.0.0"}


def test_the_library_takes_a_file_changes_what_is_said_of_it_and_forgets_it(page, organisation):
    file = SimpleUploadedFile("n22-2.0.0.bin", b"\x7fELF firmware")
    values = {"vendor": "Nordwatt", "model": "N22", "version": "2.0.0"}
    assert page.post("/firmware/add/", values | {"file": file}).status_code == 302
    with scope(organisation=organisation):
        made = Firmware.objects.select_related("file").get()
    assert made.file.sha256 in page.get("/firmware/").text
    assert page.post(f"/firmware/{made.pk}/", values | {"version": "2.0.1", "note": "stable"}).status_code == 302
    assert "stable" in page.get("/firmware/").text
    assert page.post(f"/firmware/{made.pk}/remove/", {"confirmed": "1"}).status_code == 302
    assert "2.0.1" not in page.get("/firmware/").text


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"version": ""}, "version"),
        ({"vendor": ""}, "vendor"),
        ({"signature": "c2ln"}, "signature"),
        ({"signature": "c2ln", "signing_certificate": "no certificate"}, "signing_certificate"),
        ({"file": ""}, "file"),
    ],
)
def test_the_library_refuses_what_cannot_be(page, organisation, wrong, field):
    file = SimpleUploadedFile("n22-2.0.0.bin", b"\x7fELF firmware")
    answer = page.post("/firmware/add/", {"vendor": "Nordwatt", "version": "2.0.0", "file": file} | wrong)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    with scope(organisation=organisation):
        assert not Firmware.objects.exists()


def test_a_version_is_in_the_library_once(page, organisation):
    with scope(organisation=organisation):
        factories.firmware(organisation, version="2.0.0")
    file = SimpleUploadedFile("n22-2.0.0.bin", b"\x7fELF firmware")
    answer = page.post("/firmware/add/", {"vendor": "Nordwatt", "version": "2.0.0", "file": file})
    assert "in the library already" in answer.text


def test_the_library_takes_few_queries(page, organisation, django_assert_max_num_queries):
    with scope(organisation=organisation):
        for _ in range(5):
            factories.firmware(organisation)
    with django_assert_max_num_queries(TAB_QUERIES):
        page.get("/firmware/?q=Nord")


def test_a_change_of_firmware_leaves_it_removed_and_its_signature_stands_in_the_audit_log(organisation):
    with scope(organisation=organisation):
        shown = factories.firmware(organisation)
        services.remove_firmware(SYSTEM, Firmware.objects.get())
        signed = {"signature": "AAAA", "signing_certificate": factories.certificate()}
        services.change_firmware(SYSTEM, shown, **signed)
        assert Firmware.objects.get().removed_at is not None
        assert AuditEntry.objects.get(action="chargeports.firmware_changed").after == signed
