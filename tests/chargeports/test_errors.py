"""Errors of the equipment: what the apps above hear of them."""

from datetime import UTC, datetime, timedelta

import pytest

from chargeports import services
from chargeports.models import EquipmentError
from chargeports.services import StatusReport
from chargeports.signals import errors_ended, errors_opened
from tests import factories

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def heard():
    """What was told since the test began, as (what, ids)."""
    told = []

    def opened(sender, error_ids, **kwargs):
        told.append(("opened", set(error_ids)))

    def ended(sender, error_ids, **kwargs):
        told.append(("ended", set(error_ids)))

    errors_opened.connect(opened)
    errors_ended.connect(ended)
    yield told
    errors_opened.disconnect(opened)
    errors_ended.disconnect(ended)


def report(station, minute, error_code="NoError", number=1) -> StatusReport:
    at = NOON + timedelta(minutes=minute)
    status = "Available" if error_code == "NoError" else "Faulted"
    return StatusReport(station.pk, station.organisation_id, number, status, error_code, "", "", "", at, at)


def test_beginning_and_end_of_errors_are_told_once_for_all_after_the_commit(heard, django_capture_on_commit_callbacks):
    stations = [factories.station(), factories.station()]
    with django_capture_on_commit_callbacks(execute=True):
        services.record_statuses([report(station, 0, "GroundFailure") for station in stations])
        assert heard == []
    ids = set(EquipmentError.objects.values_list("pk", flat=True))
    assert heard == [("opened", ids)]
    with django_capture_on_commit_callbacks(execute=True):
        services.record_statuses([report(station, 5) for station in stations])
    assert heard[1:] == [("ended", ids)]


def test_error_that_goes_on_is_not_told_again(heard, django_capture_on_commit_callbacks):
    station = factories.station()
    services.record_statuses([report(station, 0, "GroundFailure")])
    with django_capture_on_commit_callbacks(execute=True):
        services.record_statuses([report(station, 0, "WeakSignal", number=0), report(station, 2, "GroundFailure")])
    [(what, ids)] = heard
    assert (what, EquipmentError.objects.get(pk__in=ids).error_code) == ("opened", "WeakSignal")
