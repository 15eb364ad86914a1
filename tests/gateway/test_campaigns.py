"""A campaign over real connections: chargers that take it, refuse it, come late, and boot with new firmware."""

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from chargeports.choices import CampaignState, CommandKind, TargetState
from chargeports.models import Campaign
from chargeports.services import plan_campaign, retry_failed, run_campaigns, start_campaign
from common.actor import SYSTEM
from stations.models import Station, StationState
from tests import factories
from tests.gateway.charger import Charger, eventually


@pytest.fixture
def organisation_of_three(server):
    with scopes_disabled():
        of = factories.organisation()
        for number in range(3):
            factories.station(of, identity=f"CP-{number}", online=False)
        StationState.objects.update(configuration_read_at=timezone.now())
        return of


@pytest.fixture
def chargers(server, organisation_of_three):
    with (
        Charger(f"{server.ocpp_url}/CP-0") as first,
        Charger(f"{server.ocpp_url}/CP-1") as second,
        Charger(f"{server.ocpp_url}/CP-2") as third,
    ):
        connected = [first, second, third]
        for charger in connected:
            charger.boot(firmwareVersion="1.0.0")
        yield connected


def begin(of, kind, parameters, **pace) -> Campaign:
    with scopes_disabled():
        stations = Station.objects.filter(organisation=of)
        values = {"audience": "All", "name": "Campaign", "pause_s": 0, "max_failures": None} | pace
        campaign = plan_campaign(SYSTEM, of, stations, kind, parameters, **values)
        start_campaign(SYSTEM, campaign)
        run_campaigns(timezone.now())
        return campaign


def becomes(campaign, **counts):
    """Turn after turn, as the worker does it, until the targets stand like this."""

    def reached() -> bool:
        run_campaigns(timezone.now())
        campaign.refresh_from_db()
        return campaign.counts == counts

    eventually(reached)


def test_batch_follows_batch_and_those_that_refused_are_asked_again(chargers, organisation_of_three):
    first, second, third = chargers
    setting = {"key": "HeartbeatInterval", "value": "300"}
    campaign = begin(organisation_of_three, CommandKind.CHANGE_CONFIGURATION, setting, batch_size=2)
    assert first.asked("ChangeConfiguration", {"status": "Accepted"}) == setting
    told = {"configurationKey": [{**setting, "readonly": False}], "unknownKey": []}
    first.asked("GetConfiguration", told)
    second.asked("ChangeConfiguration", {"status": "Rejected"})
    becomes(campaign, done=1, failed=1, asked=1)
    third.asked("ChangeConfiguration", {"status": "RebootRequired"})
    becomes(campaign, done=2, failed=1)
    becomes_finished(campaign)
    with scopes_disabled():
        outcomes = list(campaign.targets.order_by("pk").values_list("outcome", flat=True))
        assert outcomes == ["Accepted", "Rejected", "RebootRequired"]
        assert retry_failed(SYSTEM, campaign) == 1
        run_campaigns(timezone.now())
    second.asked("ChangeConfiguration", {"status": "RebootRequired"})
    becomes(campaign, done=3)


def becomes_finished(campaign):
    def is_finished() -> bool:
        run_campaigns(timezone.now())
        campaign.refresh_from_db()
        return campaign.state == CampaignState.FINISHED

    eventually(is_finished)


def test_too_many_failures_spare_the_rest(chargers, organisation_of_three):
    campaign = begin(organisation_of_three, CommandKind.CLEAR_CACHE, {}, batch_size=2, max_failures=0)
    chargers[0].asked("ClearCache", {"status": "Rejected"})
    chargers[1].asked("ClearCache", {"status": "Accepted"})
    becomes(campaign, done=1, failed=1, waiting=1)
    assert campaign.state == CampaignState.HALTED


def test_a_firmware_campaign_ends_with_the_boot_of_the_new_version(
    server, chargers, organisation_of_three, settings, tmp_path
):
    settings.TRANSFER_URL, settings.TRANSFER_FALLBACK = server.url, "http"
    with scopes_disabled():
        firmware = factories.firmware(organisation_of_three, vendor="Nordwatt", version="2.0.0")
    campaign = begin(organisation_of_three, CommandKind.UPDATE_FIRMWARE, {"firmware_id": firmware.pk})
    for charger in chargers:
        charger.asked("UpdateFirmware", {})
    chargers[0].call("FirmwareStatusNotification", {"status": "Downloading"})
    chargers[1].call("FirmwareStatusNotification", {"status": "DownloadFailed"})
    chargers[2].call("FirmwareStatusNotification", {"status": "Installed"})
    becomes(campaign, asked=2, failed=1)
    with Charger(f"{server.ocpp_url}/CP-2") as again:
        again.boot(firmwareVersion="2.0.0")
        becomes(campaign, asked=1, failed=1, done=1)
    with scopes_disabled():
        done = campaign.targets.get(state=TargetState.DONE)
        assert (done.station.identity, done.outcome) == ("CP-2", "2.0.0")


def test_who_is_away_is_asked_when_he_is_back(server, organisation_of_three):
    campaign = begin(organisation_of_three, CommandKind.CLEAR_CACHE, {}, wait_h=1)
    with Charger(f"{server.ocpp_url}/CP-1") as late:
        late.boot()
        with scopes_disabled():
            Campaign.objects.update(next_batch_at=timezone.now())
            run_campaigns(timezone.now())
        late.asked("ClearCache", {"status": "Accepted"})
        becomes(campaign, waiting=2, done=1)
