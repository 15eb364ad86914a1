"""Corrections of meters in the browser."""

from decimal import Decimal

from accounts.models import AuditEntry
from charging.models import MeterCorrection
from charging.rights import CHANGE_CORRECTIONS, VIEW_SESSIONS
from stations.rights import VIEW_STATIONS
from tests import factories

GIVEN = {"vendor": "KEBA", "model": "P40", "firmware_version": "", "energy_factor": "0.1", "power_factor": "1"}


def test_a_correction_is_made_changed_and_deleted(client, network):
    client.force_login(factories.member(network, VIEW_STATIONS, VIEW_SESSIONS, CHANGE_CORRECTIONS))
    assert "No corrections" in client.get("/meter-corrections/").content.decode()
    client.post("/meter-corrections/new/", GIVEN)
    made = MeterCorrection.objects.get()
    assert (made.energy_factor, made.organisation) == (Decimal("0.1"), network)
    assert "already" in client.post("/meter-corrections/new/", GIVEN | {"vendor": "keba"}).content.decode()
    client.post(f"/meter-corrections/{made.pk}/", GIVEN | {"power_factor": "0"})
    client.post(f"/meter-corrections/{made.pk}/", GIVEN | {"power_factor": "2"})
    made.refresh_from_db()
    assert made.power_factor == 2
    assert "P40" in client.get("/meter-corrections/").content.decode()
    client.post(f"/meter-corrections/{made.pk}/delete/", {"confirmed": "1"})
    assert not MeterCorrection.objects.exists()
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {f"charging.meter_correction_{what}" for what in ("created", "changed", "deleted")} <= actions
