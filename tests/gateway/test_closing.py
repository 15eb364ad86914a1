"""How ends of connections are told in the connection history."""

import pytest

from ocpp_gateway.choices import CloseSide
from ocpp_gateway.closing import OurClose, closing

STATION, BROKER, UNKNOWN = CloseSide.STATION, CloseSide.BROKER, CloseSide.UNKNOWN


@pytest.mark.parametrize(
    "reported, code, side",
    [
        (1000, "1000", STATION),
        (1001, "1001", STATION),
        (1002, "1002", STATION),
        (1003, "1003", STATION),
        (1007, "1007", STATION),
        (1008, "1008", STATION),
        (1009, "1009", STATION),
        (1011, "1011", BROKER),
        (1012, "0001", BROKER),
        (1013, "1013", STATION),
        (3999, "3999", STATION),
        (4000, "4000", STATION),
        (0, "0000", UNKNOWN),
        (999, "0000", UNKNOWN),
        (65535, "0000", UNKNOWN),
    ],
)
def test_a_code_that_the_server_reports_has_its_line(reported, code, side):
    line = closing(None, reported)
    assert (line.code, line.side) == (code, side)


def test_1005_1006_and_no_code_at_all_are_the_same():
    assert closing(None, 1005) is closing(None, 1006) is closing(None, None)
    assert (closing(None, None).code, closing(None, None).side) == ("1006", STATION)


@pytest.mark.parametrize("reported", [None, 1000, 1005, 1006, 1011])
@pytest.mark.parametrize(
    "ours, code, side",
    [
        (OurClose.REPLACED, "1008", BROKER),
        (OurClose.DISCONNECTED, "1008", BROKER),
        (OurClose.NO_SUBPROTOCOL, "1002", STATION),
        (OurClose.NOT_TEXT, "1003", STATION),
        (OurClose.TOO_BIG, "1009", STATION),
        (OurClose.TOO_SLOW, "1008", STATION),
        (OurClose.SILENT, "1006", STATION),
        (OurClose.CRASHED, "1011", BROKER),
        (OurClose.BROKER_RESTART, "0001", BROKER),
    ],
)
def test_what_we_did_goes_before_what_the_server_reports(ours, reported, code, side):
    line = closing(ours, reported)
    assert (line.code, line.side) == (code, side)


def test_every_reason_of_ours_is_tested_and_can_be_sent():
    assert len(OurClose) == 9, "add the new reason to the table above"
    for ours in OurClose:
        assert ours.wire_code in {1001, 1002, 1003, 1008, 1009, 1011, 1012}
        assert len(ours.wire_reason.encode()) <= 123
        assert ours.wire_reason.isascii()
