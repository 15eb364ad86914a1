"""The tab Errors, the errors of all stations, one error, and the catalogue of manufacturers' codes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from chargeports.choices import Severity
from chargeports.models import EquipmentError, VendorErrorCode
from common.tables import SHEET_PAGE_SIZE
from stations.models import StationReport
from stations.services import index_stations
from tests import factories
from tests.accounts.conftest import streamed

LIST = "/errors/"
TAB = "/stations/BER-1/errors/"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def station(organisation):
    return factories.station(organisation, identity="BER-1", vendor="Ladefix", model="L2")


@pytest.fixture
def past(station) -> EquipmentError:
    """A warning that lasted for an hour, inside a maintenance window."""
    return factories.error(
        station,
        "OtherError",
        vendor_error_code="E42",
        severity=Severity.WARNING,
        since=NOON,
        until=NOON + timedelta(hours=1),
        occurrences=3,
        in_maintenance=True,
    )


def entry(organisation, code="e42", **fields) -> VendorErrorCode:
    return VendorErrorCode.objects.create(organisation=organisation, code=code, **{"meaning": "Fan broken"} | fields)


def codes(answer) -> list[str]:
    return [row.object.error_code for row in answer.context["table"].rows]


def body(answer) -> str:
    return answer.content.decode()


class TestTab:
    def test_shows_what_is_wrong_now_and_what_was(self, page, station, past):
        factories.error(station, "GroundFailure", info="RCD tripped", port_number=0)
        answer = page.get(TAB)
        assert codes(answer) == ["GroundFailure", "OtherError"]
        text = body(answer)
        for shown in ("RCD tripped", "The residual-current protection tripped", "Still there", "E42", "1:00:00 h"):
            assert shown in text
        maintenance = [row.cells[-1].value for row in answer.context["table"].rows]
        assert maintenance == ["", "Yes"]

    def test_says_since_when_the_station_is_offline(self, page, station):
        station.state.online, station.state.online_changed_at = False, NOON
        station.state.save()
        text = body(page.get(TAB))
        assert "Offline" in text
        assert "2026-05-04T14:00:00+02:00" in text

    @pytest.mark.parametrize(
        "query, expected",
        [
            ("state=open", ["GroundFailure"]),
            ("state=ended", ["OtherError"]),
            ("gravity=warning", ["OtherError"]),
            ("error_code=GroundFailure", ["GroundFailure"]),
            ("vendor_code=e4", ["OtherError"]),
            ("in_maintenance=true", ["OtherError"]),
            ("since_before=2026-05-04", ["OtherError"]),
            ("port_number=1", ["GroundFailure", "OtherError"]),
            ("port_number=2", []),
        ],
    )
    def test_filters(self, page, station, past, query, expected):
        factories.error(station, "GroundFailure")
        assert codes(page.get(f"{TAB}?{query}")) == expected

    @pytest.mark.parametrize("query", ["port_number=x", "gravity=huge", "since_after=soon", "port_number=100000"])
    def test_bad_filter_is_told_and_hides_nothing(self, page, station, past, query):
        answer = page.get(f"{TAB}?{query}")
        assert answer.context["filters"].form.errors
        assert codes(answer) == ["OtherError"]

    def test_takes_few_queries(self, page, station):
        EquipmentError.objects.bulk_create(
            EquipmentError(
                organisation=station.organisation,
                station=station,
                port_number=1,
                error_code="OtherError",
                vendor_error_code=f"E{number}",
                since=NOON + timedelta(minutes=number),
                last_at=NOON,
            )
            for number in range(60)
        )
        page.get(TAB)
        with CaptureQueriesContext(connection) as queries:
            assert len(codes(page.get(TAB))) == SHEET_PAGE_SIZE
        assert len(queries) <= 12

    def test_figure_of_open_errors_leads_to_the_tab(self, page, station):
        factories.error(station)
        assert f'href="{TAB}?state=open"' in body(page.get("/stations/BER-1/information/"))


class TestMeaning:
    @pytest.mark.parametrize(
        "said", [{"vendor_error_code": "E42"}, {"vendor_error_code": "", "info": "E42"}], ids=["as code", "in the info"]
    )
    def test_catalogue_explains_the_manufacturers_code(self, page, organisation, station, said):
        entry(organisation, remedy="Replace the fan", severity=Severity.DANGER)
        factories.error(station, "OtherError", **said)
        answer = page.get(TAB)
        assert "Fan broken" in body(answer)
        assert "Replace the fan" in body(answer)
        assert [row.cells[1].value for row in answer.context["table"].rows] == [Severity.DANGER]
        assert codes(page.get(f"{LIST}?gravity=danger")) == ["OtherError"]

    def test_entry_of_the_model_comes_first_and_other_manufacturers_do_not_count(self, page, organisation, station):
        entry(organisation, meaning="Any")
        entry(organisation, meaning="Other", vendor="Stromo")
        entry(organisation, meaning="Mine", vendor="LADEFIX")
        entry(organisation, meaning="Mine exactly", vendor="Ladefix", model="l2")
        error = factories.error(station, "OtherError", vendor_error_code="E42")
        assert page.get(f"/errors/{error.pk}/").context["error"].meaning["meaning"] == "Mine exactly"

    def test_what_the_charger_says_of_itself_counts_where_nothing_was_entered(self, page, organisation):
        station = factories.station(organisation)
        StationReport.objects.create(station=station, vendor="Ladefix", model="L2", reported_at=NOON)
        entry(organisation, vendor="Ladefix", model="L2")
        error = factories.error(station, "OtherError", vendor_error_code="E42")
        assert "Fan broken" in body(page.get(f"/errors/{error.pk}/"))

    def test_other_organisations_catalogue_is_not_ours(self, page, station, other_organisation):
        entry(other_organisation)
        error = factories.error(station, "OtherError", vendor_error_code="E42")
        answer = body(page.get(f"/errors/{error.pk}/"))
        assert "Fan broken" not in answer
        assert "/error-catalogue/new/?code=E42&amp;vendor=Ladefix&amp;model=L2" in answer


class TestFleet:
    def test_shows_the_errors_of_the_own_stations_newest_first(self, page, station, past, other_organisation):
        index_stations([station.pk])
        factories.error(station)
        factories.error(factories.station(other_organisation), "WeakSignal")
        answer = page.get(LIST)
        assert codes(answer) == ["GroundFailure", "OtherError"]
        assert "1 error is still there" in body(answer)
        assert codes(page.get(f"{LIST}?q=BER")) == ["GroundFailure", "OtherError"]
        assert codes(page.get(f"{LIST}?q=HAM")) == []

    def test_csv_holds_code_meaning_and_duration(self, page, organisation, past):
        entry(organisation, remedy="Replace the fan")
        head, line = streamed(page.get(f"{LIST}?format=csv")).decode().splitlines()
        row = dict(zip(head.split(","), line.split(","), strict=True))
        assert (row["Station"], row["Error code"], row["Meaning"]) == ("BER-1", "OtherError", "Fan broken")
        assert (row["Duration (s)"], row["Maintenance window"], row["Occurrences"]) == ("3600", "Yes", "3")

    def test_takes_few_queries(self, page, station, past):
        page.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            page.get(LIST)
        assert len(queries) <= 12

    def test_error_shows_earlier_ones_like_it(self, page, station, past):
        again = factories.error(station, "OtherError", vendor_error_code="E42")
        answer = page.get(f"/errors/{again.pk}/")
        assert f'href="/errors/{past.pk}/"' in body(answer)


class TestCatalogue:
    VALUES = {"code": "E7", "vendor": "Ladefix", "model": "", "meaning": "Door open", "remedy": "", "severity": "note"}

    def test_entry_is_made_changed_and_deleted(self, page, organisation):
        assert page.post("/error-catalogue/new/", self.VALUES).status_code == 302
        made = VendorErrorCode.objects.get(organisation=organisation)
        page.post(f"/error-catalogue/{made.pk}/", self.VALUES | {"meaning": "Door ajar"})
        made.refresh_from_db()
        assert (made.meaning, made.severity) == ("Door ajar", Severity.NOTE)
        assert page.post(f"/error-catalogue/{made.pk}/delete/", {"confirmed": "1"}).status_code == 302
        actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
        assert [action for action in actions if action.startswith("chargeports.error_code")] == [
            "chargeports.error_code_created",
            "chargeports.error_code_changed",
            "chargeports.error_code_deleted",
        ]

    def test_same_code_twice_is_refused_and_nothing_typed_is_lost(self, page, organisation):
        entry(organisation, code="e7", vendor="LADEFIX")
        answer = page.post("/error-catalogue/new/", self.VALUES)
        assert answer.status_code == 422
        assert "in the catalogue already" in body(answer)
        assert "Door open" in body(answer)
        assert VendorErrorCode.objects.count() == 1

    def test_file_makes_and_overwrites_entries(self, page, organisation):
        entry(organisation, code="E42", vendor="Ladefix")
        answer = self.send(page, "code;vendor;meaning;severity\nE42;Ladefix;Fan stuck;Warning\nE43;;Relay;\n")
        assert answer.status_code == 302
        found = {each.code: (each.meaning, each.severity) for each in VendorErrorCode.objects.all()}
        assert found == {"E42": ("Fan stuck", "warning"), "E43": ("Relay", "outage")}
        lines = streamed(page.get("/error-catalogue/export/?format=csv")).decode().splitlines()
        assert lines[0] == "vendor,model,code,meaning,remedy,severity"
        assert len(lines) == 3

    def test_file_with_errors_changes_nothing_and_says_where(self, page, organisation):
        answer = self.send(page, "code,meaning,severity\nE1,,outage\nE2,Fine,huge\nE3,Fine,\ne3,Again,\n")
        assert answer.status_code == 422
        told = [(problem.line, problem.column) for problem in answer.context["problems"]]
        assert told == [(2, "meaning"), (3, "severity"), (5, "code")]
        assert not VendorErrorCode.objects.exists()

    @staticmethod
    def send(page, text: str):
        return page.post("/error-catalogue/import/", {"file": SimpleUploadedFile("codes.csv", text.encode())})
