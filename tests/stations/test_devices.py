import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from common import identifiers
from common.actor import SYSTEM
from stations import services
from stations.models import DeviceDetails, HardwareTrace
from tests import factories

TAB = "/stations/BER-1/device-details/"
ICCID = "89490200001234567895"


@pytest.fixture
def station(organisation):
    return factories.station(organisation, identity="BER-1")


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


def boot(station, **values):
    said = {"vendor": "Alfen", "model": "NG910", "at": timezone.now()} | values
    services.record_boots([services.BootReport(station_id=station.pk, **said)])


@pytest.mark.parametrize(
    "validate, good, bad",
    [
        (identifiers.validate_iccid, ICCID, "8949020000123456"),
        (identifiers.validate_imei, "490154203237518", "4901542032375189"),
        (identifiers.validate_imsi, "262011234567890", "26201ABC4567890"),
    ],
)
def test_identifiers_are_judged_by_their_form(validate, good, bad):
    validate(good)
    validate("")
    with pytest.raises(ValidationError):
        validate(bad)


@pytest.mark.parametrize(
    "text, remark",
    [("490154203237518", None), ("490154203237510", "should be 8"), ("x", None), ("894902000012345678", None)],
)
def test_a_wrong_check_digit_only_makes_a_remark(text, remark):
    said = identifiers.luhn_remark(text)
    assert (remark in str(said)) if remark else said is None


def test_every_change_of_hardware_leaves_one_trace(station):
    boot(station, serial_number="A", firmware_version="1")
    boot(station, serial_number="A", firmware_version="1")
    boot(station, serial_number="A", firmware_version="2")
    boot(station, serial_number="A", firmware_version="1")
    rows = HardwareTrace.objects.order_by("id").values_list("field", "value", "source")
    assert sorted(rows[:2]) == [("firmware_version", "1", "reported"), ("serial_number", "A", "reported")]
    assert [value for _field, value, _source in rows[2:]] == ["2", "1"]


def test_the_same_hardware_is_found_where_it_was_before(page, station, organisation, other_organisation):
    before = factories.station(organisation, identity="BER-2")
    boot(before, iccid=ICCID)
    boot(factories.station(other_organisation, identity="FOREIGN"), iccid=ICCID)
    services.update_station(SYSTEM, station, {"iccid": ICCID})
    text = page.get(TAB).content.decode()
    assert 'href="/stations/BER-2/device-details/"' in text
    assert "FOREIGN" not in text


def test_details_are_entered_compared_and_refused_by_form(page, station):
    boot(station, serial_number="S-2")
    bad = page.post("/device-details/BER-1/edit/", {"imei": "12", "imsi": "abc", "controller": "Kept"})
    assert bad.status_code == 422
    assert "15 digits" in bad.content.decode()
    assert "Kept" in bad.content.decode()
    values = {"imei": "490154203237510", "serial_number": "S-1", "controller": "PLC 7", "warranty_until": "2030-01-31"}
    assert page.post("/device-details/BER-1/edit/", values).status_code == 302
    text = page.get(TAB).content.decode()
    assert "should be 8" in text
    assert text.count("differs") == 1
    assert "Jan. 31, 2030" in text
    assert DeviceDetails.objects.get().controller == "PLC 7"
    station.refresh_from_db()
    assert station.serial_number == "S-1"


def test_the_tab_takes_few_queries(page, station, django_assert_max_num_queries):
    boot(station, serial_number="A", iccid=ICCID)
    page.get(TAB)
    with django_assert_max_num_queries(12):
        page.get(TAB)
