"""Campaigns in the browser: from the list of stations, a group or a saved filter to the draft, and on from there."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services as accounts
from accounts.selectors import access_for
from chargeports.choices import CampaignState, CommandKind
from chargeports.models import Campaign
from chargeports.rights import CAMPAIGNS, RUN_CAMPAIGNS, VIEW_CAMPAIGNS
from chargeports.services import run_campaigns, start_campaign
from common.actor import SYSTEM
from common.consumers import draw_all
from stations.models import StationGroup, StationReport
from stations.rights import VIEW_STATIONS
from tests import factories

PACE = {"name": "Autumn", "batch_size": "2", "pause_s": "5", "max_failures": "", "wait_h": "0"}


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def stations(organisation):
    return [factories.station(organisation, identity=f"CP-{number}") for number in range(3)]


def body(answer) -> str:
    return answer.content.decode()


def lines(answer) -> list[str]:
    """The lines of a CSV, which is made while it is sent."""

    async def read() -> bytes:
        return b"".join([chunk async for chunk in answer])

    return async_to_sync(read)().decode().splitlines()


def test_the_list_of_stations_begins_a_campaign_for_what_is_ticked_or_filtered(page, stations):
    assert "/campaigns/for-stations/" in body(page.get("/stations/"))
    ticked = page.post("/campaigns/for-stations/?q=CP", {"selected": [stations[0].pk, stations[1].pk]})
    assert ticked["Location"] == f"/campaigns/new/?selected={stations[0].pk}&selected={stations[1].pk}"
    everybody = page.post("/campaigns/for-stations/?q=CP", {"all": "1"})
    assert everybody["Location"] == "/campaigns/new/?q=CP&all=1"
    assert page.post("/campaigns/for-stations/")["Location"] == "/stations/"
    assert "2 selected stations" in body(page.get(ticked["Location"]))
    chosen = page.post(ticked["Location"], {"kind": "reset"})
    assert chosen["Location"].startswith("/campaigns/plan/?kind=reset&selected=")
    assert "2 stations" in body(page.get(chosen["Location"]))


def test_without_the_subscription_there_are_no_campaigns(page, organisation, stations):
    organisation.features = [code for code in organisation.features if code != CAMPAIGNS.code]
    organisation.save()
    assert page.get("/campaigns/").status_code == 404
    assert "/campaigns/" not in body(page.get("/stations/"))


def test_a_group_or_a_saved_filter_is_a_choice_too(page, owner, organisation, stations):
    group = StationGroup.objects.create(organisation=organisation, name="North")
    stations[1].groups.add(group)
    accounts.save_filter(owner, organisation, "stations", "Second", "q=CP-2")
    accounts.save_filter(owner, organisation, "charge-ports", "Of ports", "q=1")
    offered = body(page.get("/campaigns/new/"))
    assert "North" in offered
    assert "Second" in offered
    assert "Of ports" not in offered
    chosen = page.post("/campaigns/new/", {"kind": "reset", "audience": f"group={group.pk}"})
    assert chosen["Location"] == f"/campaigns/plan/?kind=reset&group={group.pk}"
    made = page.post(chosen["Location"], PACE | {"type": "hard"})
    campaign = Campaign.objects.get()
    assert made["Location"] == f"/campaigns/{campaign.pk}/"
    assert [target.station for target in campaign.targets.all()] == [stations[1]]
    assert (campaign.parameters, campaign.audience) == ({"type": "hard"}, "Station groups: North")


def test_wrong_input_stands_at_its_field_and_plans_nothing(page, stations):
    setting = {"key": "HeartbeatInterval", "value": "300"}
    for wrong in ({"batch_size": "0"}, {"key": ""}):
        answer = page.post("/campaigns/plan/?kind=change-configuration&all=1", PACE | setting | wrong)
        assert answer.status_code == 422
        assert body(answer).count("field-error") == 1
        assert 'value="300"' in body(answer)
    nobody = page.post("/campaigns/plan/?kind=reset", PACE | {"type": "soft"})
    assert nobody.status_code == 422
    assert page.get("/campaigns/plan/?kind=stop-charging&all=1").status_code == 404
    assert not Campaign.objects.exists()


def test_a_campaign_about_a_port_asks_for_its_number(page, stations):
    answer = page.post("/campaigns/plan/?kind=unlock&all=1", PACE)
    assert answer.status_code == 422
    page.post("/campaigns/plan/?kind=unlock&all=1", PACE | {"port_number": "1"})
    assert Campaign.objects.get().port_number == 1


def test_the_draft_shows_who_gets_it_and_who_does_not_and_starts(page, organisation, stations):
    factories.station(organisation, identity="AWAY", online=False)
    campaign = factories.campaign(organisation)
    shown = body(page.get(f"/campaigns/{campaign.pk}/?state=left_out"))
    assert "AWAY" in shown
    assert "CP-1" not in shown
    assert "Offline" in shown
    page.post(f"/campaigns/{campaign.pk}/start/")
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.RUNNING
    csv = lines(page.get(f"/campaigns/{campaign.pk}/?format=csv"))
    assert csv[0].startswith("Station,Name,State,Why not,Answer")
    assert csv[1].startswith("AWAY,")
    assert ",Left out,Offline," in csv[1]
    assert len(csv) == 5


def test_the_buttons_do_what_they_say_and_refuse_what_comes_too_late(page, organisation, stations):
    campaign = factories.campaign(organisation)
    for action, expected in (("start", "running"), ("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        page.post(f"/campaigns/{campaign.pk}/{action}/")
        campaign.refresh_from_db()
        assert campaign.state == expected
    answer = page.post(f"/campaigns/{campaign.pk}/resume/", follow=True)
    assert "this cannot be done any more" in body(answer)
    draft = factories.campaign(organisation)
    assert page.post(f"/campaigns/{draft.pk}/discard/")["Location"] == "/campaigns/"
    assert not Campaign.objects.filter(pk=draft.pk).exists()


def test_whoever_may_not_ask_for_a_command_may_not_for_many_either(client, organisation, stations):
    person = factories.member(organisation, VIEW_STATIONS, VIEW_CAMPAIGNS, RUN_CAMPAIGNS)
    client.force_login(person)
    assert 'value="reset"' not in body(client.get("/campaigns/new/?all=1"))
    assert client.get("/campaigns/plan/?kind=reset&all=1").status_code == 403
    campaign = factories.campaign(organisation)
    assert client.post(f"/campaigns/{campaign.pk}/start/").status_code == 403
    assert "/start/" not in body(client.get(f"/campaigns/{campaign.pk}/"))


def test_stations_and_campaigns_of_others_are_out_of_reach(
    client, stranger, organisation, other_organisation, stations
):
    theirs = factories.campaign(organisation)
    client.force_login(stranger)
    assert client.get(f"/campaigns/{theirs.pk}/").status_code == 404
    assert client.post(f"/campaigns/{theirs.pk}/start/").status_code == 404
    client.post(f"/campaigns/plan/?kind=reset&selected={stations[0].pk}", PACE | {"type": "soft"})
    assert list(Campaign.objects.all()) == [theirs]


def test_progress_is_drawn_anew_while_it_runs(page, owner, organisation, stations, topics):
    campaign = factories.campaign(organisation)
    start_campaign(SYSTEM, campaign)
    topics()
    run_campaigns(timezone.now())
    assert f"campaign.{campaign.pk}" in topics()
    name = f"chargeports.campaign:{campaign.pk}"
    drawn = draw_all(access_for(owner, organisation), [name])[name].html
    assert "Asked" in drawn
    assert f"/campaigns/{campaign.pk}/pause/" in drawn


def test_the_pages_take_few_queries_however_many_stations(page, organisation, stations):
    def cost(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            page.get(url)
        return len(queries)

    campaign = factories.campaign(organisation)
    urls = ("/campaigns/", f"/campaigns/{campaign.pk}/", "/campaigns/plan/?kind=reset&all=1")
    page.get("/campaigns/")
    before = [cost(url) for url in urls]
    for _number in range(5):
        factories.station(organisation)
        factories.campaign(organisation)
    assert [cost(url) for url in urls] == before
    assert max(before) <= 10


def test_firmware_offered_is_what_fits_all_that_are_chosen(page, organisation, stations):
    for station, vendor in zip(stations, ("Nordwatt", "Nordwatt", "Sund"), strict=True):
        StationReport.objects.create(station=station, vendor=vendor, reported_at=timezone.now())
    mine = factories.firmware(organisation, vendor="Nordwatt")
    other = factories.firmware(organisation, vendor="Sund")
    shown = body(page.get(f"/campaigns/plan/?kind=update-firmware&vendor=Nordwatt&firmware_id={mine.pk}"))
    assert f'<option value="{mine.pk}" selected' in shown
    assert f'<option value="{other.pk}"' not in shown
    page.post("/campaigns/plan/?kind=update-firmware&vendor=Nordwatt", PACE | {"firmware_id": mine.pk})
    campaign = Campaign.objects.get()
    assert (campaign.kind, campaign.counts) == (CommandKind.UPDATE_FIRMWARE, {"waiting": 2})
    assert mine.version in body(page.get(f"/campaigns/{campaign.pk}/"))
