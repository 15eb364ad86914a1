"""CSV files of stations: out, in again, and everything that can be wrong with one."""

import csv
from io import StringIO

import pytest
from django.utils import translation
from django_scopes import scope

from accounts.models import AuditEntry
from chargeports.models import ChargePort, PortState
from charging.models import StationAdmission, TokenGroup
from charging.services import admit_groups
from common import imports
from common.actor import Actor
from common.bulk import write_changes
from common.csv_reading import read_csv
from stations import services
from stations.choices import PortalKind
from stations.columns import all_columns, export_rows, exportable
from stations.models import Publication, RoamingData, SearchEntry, Station, StationState
from stations.services import built_in_portal, create_portal, importing, publish
from stations.services.importing import ImportPlan, apply_import, check_import
from stations.services.marketing import change_roaming
from stations.signals import station_changed
from tests import factories

PERSON = Actor(kind="user", label="Olivia", id=7)


@pytest.fixture
def of(db):
    return factories.organisation()


def lines(*texts: str) -> bytes:
    return "\r\n".join(texts).encode()


def exported(of) -> str:
    file = StringIO()
    writer = csv.writer(file)
    with scope(organisation=of):
        writer.writerow(all_columns())
        writer.writerows(export_rows(exportable(Station.objects.all())))
    return file.getvalue()


def brought_in(of, data: bytes) -> ImportPlan:
    with scope(organisation=of):
        plan = apply_import(PERSON, of, data)
    assert plan.problems == []
    return plan


def wrong(of, data: bytes) -> list[tuple[int, str]]:
    """Line and column of each problem; nothing may have been written."""
    before = (Station.objects.count(), ChargePort.objects.count(), AuditEntry.objects.count())
    with scope(organisation=of):
        plan = apply_import(PERSON, of, data)
        assert [problem.message for problem in check_import(of, data).problems] == [p.message for p in plan.problems]
    assert (Station.objects.count(), ChargePort.objects.count(), AuditEntry.objects.count()) == before
    assert all(str(problem.message) for problem in plan.problems)
    return [(problem.line, problem.column) for problem in plan.problems]


def furnished(of) -> None:
    groups = [services.create_group(PERSON, of, name) for name in ("North", "Fast; big, loud")]
    owner = services.create_contact(PERSON, of, {"name": "City works"})
    full = {
        "identity": "CP-1",
        "name": 'Market "old" town',
        "life_cycle": "in_operation",
        "security_profile": 1,
        "vendor": "=SUM(A1)",
        "street": "Große Straße 5\n2nd yard",
        "city": "Köln",
        "country": "DE",
        "latitude": "-50.941357",
        "longitude": "6.958307",
        "time_zone": "Europe/Berlin",
        "access_type": "restricted",
        "opening_hours": {
            "twentyfourseven": False,
            "regular_hours": [
                {"weekday": 1, "period_begin": "08:00", "period_end": "12:00"},
                {"weekday": 1, "period_begin": "13:00", "period_end": "18:30"},
                {"weekday": 7, "period_begin": "10:00", "period_end": "24:00"},
            ],
        },
        "owner": owner,
        "groups": groups,
    }
    station = services.create_station(PERSON, of, full)
    factories.port(station, 1, name="Left", evse_id="+49*810*000*438", evse_id_key="49810000438", plugs=["CHADEMO"])
    factories.port(station, 2, current_type="DC", plugs=["IEC_62196_T2", "IEC_62196_T2_COMBO"], max_power_w=150000)
    services.create_station(PERSON, of, {"identity": "CP-2", "opening_hours": {"twentyfourseven": True}})
    services.create_station(
        PERSON, of, {"identity": "CP-3", "opening_hours": {"twentyfourseven": False, "regular_hours": []}}
    )


def published(of) -> None:
    """CP-1 is on two portals, tells partners something and admits one group; nobody is left who may charge at CP-2."""
    with scope(organisation=of):
        first, second = Station.objects.filter(identity__in=("CP-1", "CP-2")).order_by("identity")
        for portal in (built_in_portal(of, PortalKind.GEOJSON), create_portal(PERSON, of, "City map")):
            publish(PERSON, first, portal)
        told = {"payment_methods": ["credit_card", "cash"], "hotline": "+49 30 1", "direct_payment_deactivated": True}
        change_roaming(PERSON, first, told)
        fleet, guests = (TokenGroup.objects.create(organisation=of, parent_id=name) for name in ("FLEET", "GUESTS"))
        admit_groups(PERSON, first, [fleet])
        admit_groups(PERSON, second, [guests])
        guests.delete()


def test_what_is_published_and_who_may_charge_come_back(of):
    furnished(of)
    published(of)
    file = exported(of)
    assert file.count("City map|GeoJSON") == 2, "said of the station in each of its rows"
    assert brought_in(of, file.encode()).unchanged_count == 3
    StationAdmission.objects.all().delete()
    Station.objects.all().delete()
    brought_in(of, file.encode())
    assert exported(of) == file
    second = StationAdmission.objects.get(station__identity="CP-2")
    assert not second.groups.exists()


def test_a_blank_cell_withdraws_and_admits_everyone_and_a_column_left_out_does_neither(of):
    furnished(of)
    published(of)
    brought_in(of, lines("identity,name", "CP-1,New"))
    assert Publication.objects.count() == 2
    plan = brought_in(of, lines("identity,portals,roaming_hotline,admitted_groups", "CP-1,geojson,,", "CP-3,,,"))
    assert (plan.changed, plan.unchanged_count) == (["CP-1"], 1)
    assert Publication.objects.get().portal.name == "GeoJSON"
    assert RoamingData.objects.get().hotline == ""
    assert RoamingData.objects.get().direct_payment_deactivated
    assert not StationAdmission.objects.filter(station__identity="CP-1").exists()
    entry = AuditEntry.objects.get(action="stations.portals_imported")
    assert (entry.before, entry.after) == ({"portals": ["City map", "GeoJSON"]}, {"portals": ["GeoJSON"]})
    assert AuditEntry.objects.get(action="charging.admission_imported").before == {"groups": ["FLEET"]}


def test_what_is_exported_is_imported_as_the_same(of):
    furnished(of)
    file = exported(of)
    assert file.count("CP-1") == 2, "a row for each port"
    unchanged = brought_in(of, file.encode())
    assert (unchanged.new, unchanged.changed, unchanged.unchanged_count) == ([], [], 3)

    Station.objects.all().delete()
    plan = brought_in(of, file.encode())
    assert sorted(plan.new) == ["CP-1", "CP-2", "CP-3"]
    assert exported(of) == file
    assert StationState.objects.count() == 3
    assert PortState.objects.count() == 2
    assert SearchEntry.objects.filter(text="49810000438", port_number=1).exists()
    assert Station.objects.get(identity="CP-1").organisation == of


def test_what_spreadsheets_are_guarded_against_is_read_back(of):
    data = lines(
        "identity;vendor;latitude;longitude;port_number;port_evse_id", "CP-1;'=1+1;-50,5;6,25;1;'+49*810*000*438"
    )
    brought_in(of, data)
    station = Station.objects.get()
    assert (station.vendor, float(station.latitude), float(station.longitude)) == ("=1+1", -50.5, 6.25)
    assert ChargePort.objects.get().evse_id == "+49*810*000*438"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found_out(of, encoding, delimiter):
    rows = [["Identity", "Postal-Code", " CITY "], ["", "", ""], ["CP-1", "50667", "Köln, Straße"]]
    file = StringIO()
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    brought_in(of, file.getvalue().encode(encoding))
    station = Station.objects.get()
    assert (station.identity, station.postal_code, station.city) == ("CP-1", "50667", "Köln, Straße")


@pytest.mark.parametrize("first", ["sep=;", "\ufeffsep=;\r", '"SEP=;"'])
def test_the_line_by_which_a_spreadsheet_learns_the_delimiter_is_no_row(of, first):
    brought_in(of, lines(first, "identity;city;name", "CP-1;Köln;One, two"))
    station = Station.objects.get()
    assert (station.city, station.name) == ("Köln", "One, two")
    problems = read_csv(lines("sep=;", "identity;oops", "CP-1;"), ("identity",), ("identity",), 10).problems
    assert [(problem.line, problem.column) for problem in problems] == [(2, "oops")]


def test_a_known_station_is_changed_where_the_file_has_a_column_and_nowhere_else(of):
    heard = []
    station = factories.station(of, identity="CP-1", name="Old", city="Bonn", vendor="Acme", ports=2)
    station_changed.connect(receiver := lambda **told: heard.append(told))
    plan = brought_in(of, lines("identity,name,city,port_number,port_name", "cp-1,New,,2,Right", "CP-9,,,,"))
    station_changed.disconnect(receiver)
    station.refresh_from_db()
    assert (station.identity, station.name, station.city, station.vendor) == ("cp-1", "New", "", "Acme")
    assert list(station.ports.order_by("number").values_list("name", flat=True)) == ["", "Right"]
    assert (plan.new, plan.changed, plan.unchanged_count) == (["CP-9"], ["cp-1"], 0)
    entry = AuditEntry.objects.get(action="stations.imported", object_id=str(station.pk))
    assert entry.before == {"identity": "CP-1", "name": "Old", "city": "Bonn"}
    assert entry.after == {"identity": "cp-1", "name": "New", "city": ""}
    assert AuditEntry.objects.get(action="chargeports.port_imported").after == {"name": "Right"}


def test_what_somebody_else_changed_since_the_file_was_checked_stays(of):
    checked = services.create_station(PERSON, of, {"identity": "CP-1", "vendor": "Acme"})
    services.update_station(PERSON, Station.objects.get(), {"vendor": "Beta"})
    checked.name = "Yard"
    write_changes([(checked, ["name"])])
    assert Station.objects.values_list("vendor", "name").get() == ("Beta", "Yard")


def test_a_contact_stays_although_another_one_has_the_same_name(of):
    first, _second = (services.create_contact(PERSON, of, {"name": "Twice"}) for _ in range(2))
    factories.station(of, owner=first)
    assert brought_in(of, exported(of).encode()).unchanged_count == 1


def test_a_station_of_which_only_a_port_changes_counts_as_changed(of):
    factories.station(of, identity="CP-1", ports=1)
    plan = brought_in(of, lines("identity,port_number,port_name", "CP-1,1,Left"))
    assert plan.changed == ["CP-1"]


def test_a_blank_cell_leaves_what_cannot_be_empty(of):
    factories.station(of, identity="CP-1", time_zone="Europe/Vienna")
    brought_in(of, lines("identity,life_cycle,time_zone", "CP-1,,", "CP-2,,"))
    assert Station.objects.get(identity="CP-1").life_cycle == "in_operation"
    assert Station.objects.get(identity="CP-1").time_zone == "Europe/Vienna"
    assert Station.objects.get(identity="CP-2").life_cycle == "planned"


def test_choices_are_read_by_value_and_by_label_in_the_readers_language(of):
    with translation.override("en"):
        brought_in(of, lines("identity,life_cycle,port_number,port_plugs", "CP-1,In Operation,1,type 2|CHADEMO"))
    assert Station.objects.get().life_cycle == "in_operation"
    assert ChargePort.objects.get().plugs == ["IEC_62196_T2", "CHADEMO"]


def test_every_error_is_told_by_line_and_column_and_nothing_is_written(of):
    factories.station(identity="THEIRS")
    services.create_contact(PERSON, of, {"name": "Twice"})
    services.create_contact(PERSON, of, {"name": "Twice"})
    data = lines(
        "identity,life_cycle,latitude,longitude,time_zone,country,opening_hours,owner,groups,port_number,port_evse_id,port_phases",
        "CP-1,sold,north,,Mars,Germany,always,Nobody,None,one,E1,4",
        ",,,,,,,,,,,",
        "a/b,,95,5,,,,Twice,,,DE*ABC*E1,",
        ",planned,,,,,,,,,,",
        "theirs,,,5,,,,,,1,nonsense,9",
    )
    assert wrong(of, data) == [
        (2, "life_cycle"),
        (2, "latitude"),
        (2, "opening_hours"),
        (2, "owner"),
        (2, "groups"),
        (2, "country"),
        (2, "time_zone"),
        (2, "port_number"),
        (4, "owner"),
        (4, "identity"),
        (4, "latitude"),
        (4, "port_number"),
        (5, "identity"),
        (6, "identity"),
        (6, "latitude"),
        (6, "port_phases"),
        (6, "port_evse_id"),
    ]


@pytest.mark.parametrize(
    "data, expected",
    [
        (b"", [(1, "identity")]),
        (b"\n\n\n", [(1, "identity")]),
        (b"PK\x03\x04\x00\x00", [(1, "")]),
        (b"\xff\xfeodd", [(1, "")]),
        (lines("name,city", "A,B"), [(1, "identity")]),
        (lines("identity,colour,name,name", "A,B,C,D"), [(1, "colour"), (1, "name")]),
        (lines("identity,name", 'CP-1,"never closed', "CP-2,x"), [(2, "")]),
        (lines("identity,name", "CP-1,x,surplus"), [(2, "")]),
        (lines("identity,name", "CP-1,x", "cp-1,"), [(3, "identity")]),
        (lines("identity,name,port_number", "CP-1,x,1", "CP-1,y,2"), [(3, "name")]),
        (lines("identity,name,port_number", "CP-1,x,1", "CP-1,x,1"), [(3, "port_number")]),
        (lines("identity,name,port_number", "CP-1,x,0"), [(2, "port_number")]),
        (lines("identity,port_number,port_evse_id", "A,1,DE*ABC*E1", "B,1,deabce1"), [(3, "port_evse_id")]),
        (lines("identity,portals", "CP-1,Nowhere"), [(2, "portals")]),
        (lines("identity,admitted_groups", "CP-1,NOBODY"), [(2, "admitted_groups")]),
        (
            lines("identity,roaming_hotline,roaming_renewable_energy", f"CP-1,{'1' * 41},often"),
            [(2, "roaming_hotline"), (2, "roaming_renewable_energy")],
        ),
        (lines("identity,portals,port_number", "CP-1,GeoJSON,1", "CP-1,Google Places,2"), [(3, "portals")]),
        (lines("identity,name", 'CP-1,"two\nlines"', "CP/2,x"), [(4, "identity")]),
    ],
)
def test_a_file_that_is_wrong_says_where(of, data, expected):
    assert wrong(of, data) == expected


def test_an_evse_id_that_any_port_has_is_refused_unless_the_file_moves_it(of):
    factories.port(factories.station(identity="THEIRS", ports=0), 1, evse_id="DE*ABC*E1", evse_id_key="DEABCE1")
    header = "identity,port_number,port_evse_id"
    assert wrong(of, lines(header, "CP-1,1,DE*ABC*E1")) == [(2, "port_evse_id")]
    brought_in(of, lines(header, "CP-1,1,DE*ABC*E2", "CP-1,2,DE*ABC*E3"))
    brought_in(of, lines(header, "CP-1,1,DE*ABC*E3", "CP-1,2,DE*ABC*E2"))
    ports = ChargePort.objects.filter(station__identity="CP-1").order_by("number")
    assert list(ports.values_list("evse_id_key", flat=True)) == ["DEABCE3", "DEABCE2"]


def test_a_file_that_is_too_long_is_refused(of, monkeypatch):
    monkeypatch.setattr(importing, "MAX_ROWS", 3)
    assert wrong(of, lines("identity", *(f"CP-{number}" for number in range(5)))) == [(5, "")]
    monkeypatch.setattr(imports, "MAX_BYTES", 20)
    assert wrong(of, lines("identity", "CP-1", "CP-2", "CP-3")) == [(1, "")]


def test_many_rows_take_as_many_queries_as_few(of, django_assert_max_num_queries, django_assert_num_queries):
    header = "identity,name,port_number,port_evse_id,portals,roaming_hotline,admitted_groups"
    built_in_portal(of, PortalKind.GEOJSON)

    def file(prefix: str, count: int) -> bytes:
        return lines(header, *(f"{prefix}{n},Station,1,DE*ABC*E{prefix}{n},GeoJSON,1,-" for n in range(count)))

    with django_assert_max_num_queries(60) as queries:
        brought_in(of, file("A", 1))
    with django_assert_num_queries(len(queries)):
        brought_in(of, file("B", 500))
    assert Station.objects.count() == ChargePort.objects.count() == 501
