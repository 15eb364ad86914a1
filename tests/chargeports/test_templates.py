"""Configuration templates: what deviates, which template counts, what is set right at night; and their pages."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from chargeports.choices import CampaignState, CommandKind, CommandState, Nightly, Obstacle
from chargeports.drift import judged
from chargeports.models import Campaign, Command, ConfigurationTemplate, Deviation
from chargeports.rights import CAMPAIGNS, CHANGE_TEMPLATES, VIEW_TEMPLATES
from chargeports.services import (
    compare_now,
    keep_template,
    keep_templates,
    plan_correction,
    record_answer,
    run_campaigns,
    start_campaign,
    take_queued,
)
from common.actor import SYSTEM
from stations.choices import LifeCycle
from stations.models import StationGroup, StationReport, StationState
from tests import factories

SETTINGS = {"HeartbeatInterval": "300", "AuthorizeRemoteTxRequests": "false"}


def template(of, *stations, settings=SETTINGS, groups=(), **values) -> ConfigurationTemplate:
    values = {"name": "Standard", "nightly": Nightly.NOTHING, "nightly_at": time(2)} | values
    return keep_template(SYSTEM, ConfigurationTemplate(organisation=of), values, settings, groups, stations)


def compared() -> list[tuple[str, str, str | None]]:
    """What deviates, once all is compared: station, setting, what it has."""
    keep_templates(datetime.now(UTC))
    found = Deviation.objects.order_by("station__identity", "key")
    return list(found.values_list("station__identity", "key", "found"))


def station(of, identity, *, is_read=True, **settings):
    made = factories.station(of, identity=identity)
    for key, value in settings.items():
        factories.setting(made, key, value)
    if is_read:
        StationState.objects.filter(station=made).update(configuration_read_at=datetime.now(UTC))
    return made


def test_what_a_station_reports_otherwise_or_not_at_all_deviates(organisation):
    as_wanted = {"heartbeatinterval": "300", "AuthorizeRemoteTxRequests": "False"}
    stations = [
        station(organisation, "GOOD", **as_wanted),
        station(organisation, "OTHER", HeartbeatInterval="60", AuthorizeRemoteTxRequests="false"),
        station(organisation, "SILENT", HeartbeatInterval="300"),
        station(organisation, "UNREAD", is_read=False),
    ]
    made = template(organisation, *stations)
    assert compared() == [("OTHER", "HeartbeatInterval", "60"), ("SILENT", "AuthorizeRemoteTxRequests", None)]
    made.refresh_from_db()
    assert made.checked_at
    assert made.check_at is None


def test_what_is_right_again_is_gone_and_what_is_not_keeps_its_time(organisation):
    made = station(organisation, "A", HeartbeatInterval="60", AuthorizeRemoteTxRequests="true")
    kept = template(organisation, made)
    compared()
    since = Deviation.objects.get(key="HeartbeatInterval").since
    made.configuration.filter(key="AuthorizeRemoteTxRequests").update(value="false")
    compare_now(SYSTEM, kept)
    assert compared() == [("A", "HeartbeatInterval", "60")]
    assert Deviation.objects.get().since == since


def test_it_applies_to_its_groups_of_its_manufacturer_and_not_to_stations_that_are_gone(organisation):
    group = StationGroup.objects.create(organisation=organisation, name="North")
    for identity, vendor in (("MINE", "NORDWATT"), ("OTHER", "Sund"), ("GONE", "Nordwatt")):
        made = station(organisation, identity)
        StationReport.objects.create(station=made, vendor=vendor, reported_at=datetime.now(UTC))
        group.stations.add(made)
    made.life_cycle = LifeCycle.DECOMMISSIONED
    made.save()
    template(organisation, groups=[group], vendor="Nordwatt", settings={"HeartbeatInterval": "300"})
    assert compared() == [("MINE", "HeartbeatInterval", None)]


def test_for_each_setting_the_closer_template_counts(organisation):
    group = StationGroup.objects.create(organisation=organisation, name="All")
    made = station(organisation, "A", HeartbeatInterval="60", LightIntensity="5")
    group.stations.add(made)
    template(organisation, groups=[group], settings={"HeartbeatInterval": "300", "LightIntensity": "80"})
    own = template(organisation, made, name="Own", settings={"HeartbeatInterval": "60"})
    assert compared() == [("A", "LightIntensity", "5")]
    assert [(one.key, one.template_id == own.pk) for one in judged(made)] == [
        ("HeartbeatInterval", True),
        ("LightIntensity", False),
    ]


def test_what_deviates_is_set_right_by_a_campaign_and_compared_again(organisation):
    first = station(organisation, "A", HeartbeatInterval="60", AuthorizeRemoteTxRequests="true")
    fixed = station(organisation, "B", HeartbeatInterval="60", AuthorizeRemoteTxRequests="false")
    fixed.configuration.update(readonly=True)
    made = template(organisation, first, fixed)
    compared()
    campaign = plan_correction(SYSTEM, made, name="Right")
    assert campaign.counts == {"waiting": 2, "left_out": 1}
    assert campaign.targets.get(station=fixed).reason == Obstacle.READ_ONLY
    start_campaign(SYSTEM, campaign)
    run_campaigns(datetime.now(UTC))
    asked = {(one.parameters["key"], one.parameters["value"]) for one in Command.objects.filter(station=first)}
    assert asked == {("HeartbeatInterval", "300"), ("AuthorizeRemoteTxRequests", "false")}
    for command in Command.objects.all():
        take_queued(command.station_id, 1, datetime.now(UTC))
        record_answer(command.pk, CommandState.ACCEPTED, "Accepted", {}, datetime.now(UTC))
    run_campaigns(datetime.now(UTC))
    run_campaigns(datetime.now(UTC))
    campaign.refresh_from_db()
    made.refresh_from_db()
    assert campaign.state == CampaignState.FINISHED
    assert made.check_at > datetime.now(UTC)


def test_where_nothing_deviates_there_is_nothing_to_set_right(organisation):
    made = template(organisation, station(organisation, "A", is_read=False))
    with pytest.raises(ValidationError):
        plan_correction(SYSTEM, made, name="Right")
    assert not Campaign.objects.exists()


def test_every_night_what_deviates_is_set_right_once(organisation):
    made = template(organisation, station(organisation, "A"), nightly=Nightly.SET_RIGHT)
    assert made.nightly_next > datetime.now(UTC)
    assert compared()
    assert not Campaign.objects.exists()
    night = made.nightly_next + timedelta(seconds=1)
    keep_templates(night)
    campaign = Campaign.objects.get()
    assert (campaign.state, campaign.template, campaign.kind) == (
        CampaignState.RUNNING,
        made,
        CommandKind.CHANGE_CONFIGURATION,
    )
    made.refresh_from_db()
    assert night < made.nightly_next <= night + timedelta(hours=25)
    keep_templates(made.nightly_next)
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize(
    "wanted",
    [{"AuthorizationKey": "x"}, {"HeartbeatInterval": "often"}, {"NumberOfConnectors": "2"}, {}, {"A" * 51: "1"}],
    ids=["secret", "no number", "read only", "none", "too long"],
)
def test_settings_that_cannot_be_compared_or_set_are_refused(organisation, wanted):
    with pytest.raises(ValidationError) as refused:
        template(organisation, settings=wanted)
    assert "settings" in refused.value.message_dict
    assert not ConfigurationTemplate.objects.exists()


def test_comparing_costs_the_same_for_any_number_of_stations(organisation, other_organisation):
    def cost(of, count) -> int:
        made = [station(of, f"{of.slug}-{number}") for number in range(count)]
        template(of, *made)
        with CaptureQueriesContext(connection) as queries:
            keep_templates(datetime.now(UTC))
        return len(queries)

    assert cost(organisation, 2) == cost(other_organisation, 30)
    assert Deviation.objects.count() == 64


# --- Pages --------------------------------------------------------------------------------------------------------
TYPED = {
    "name": "Standard",
    "settings": "HeartbeatInterval = 300\n\nVendorKey=a=b\n",
    "stations": "a, b",
    "nightly": "check",
    "nightly_at": "03:30",
}


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


def body(answer) -> str:
    return answer.content.decode()


def test_a_template_is_written_changed_and_deleted(page, organisation):
    station(organisation, "A", HeartbeatInterval="60")
    station(organisation, "B")
    made = page.post("/configuration-templates/new/", TYPED)
    template = ConfigurationTemplate.objects.get()
    url = f"/configuration-templates/{template.pk}/"
    assert made["Location"] == url
    assert dict(template.settings.values_list("key", "value")) == {"HeartbeatInterval": "300", "VendorKey": "a=b"}
    keep_templates(datetime.now(UTC))
    shown = body(page.get(url))
    assert "4 settings deviate" in shown
    assert "not reported" in shown
    edited = body(page.get(f"{url}edit/"))
    assert "VendorKey = a=b" in edited
    page.post(f"{url}edit/", TYPED | {"stations": "", "settings": "HeartbeatInterval = 60"})
    keep_templates(datetime.now(UTC))
    assert not Deviation.objects.exists()
    page.post(f"{url}delete/", {"confirmed": "on"})
    assert not ConfigurationTemplate.objects.exists()
    actions = list(AuditEntry.objects.filter(action__contains="template").values_list("action", flat=True))
    assert actions == [f"chargeports.template_{what}" for what in ("created", "changed", "deleted")]


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"settings": "HeartbeatInterval"}, "name = value"),
        ({"settings": "A = 1\nA = 2"}, "twice"),
        ({"settings": "AuthorizationKey = x"}, "secret"),
        ({"stations": "A, Nobody"}, "Not known: Nobody"),
        ({"nightly": "sometimes"}, "Select a valid choice"),
    ],
)
def test_wrong_input_stands_at_its_field(page, organisation, wrong, says):
    station(organisation, "A")
    answer = page.post("/configuration-templates/new/", TYPED | {"stations": "A"} | wrong)
    assert answer.status_code == 422
    assert says in body(answer)
    assert not ConfigurationTemplate.objects.exists()


def test_one_click_makes_a_campaign_that_sets_right(page, organisation):
    made = template(organisation, station(organisation, "A"))
    assert page.post(f"/configuration-templates/{made.pk}/correct/")["Location"].startswith("/configuration-templates/")
    page.post(f"/configuration-templates/{made.pk}/compare/")
    keep_templates(datetime.now(UTC))
    answer = page.post(f"/configuration-templates/{made.pk}/correct/")
    campaign = Campaign.objects.get()
    assert answer["Location"] == f"/campaigns/{campaign.pk}/"
    shown = body(page.get(answer["Location"]))
    assert "AuthorizeRemoteTxRequests" in shown
    assert "as the template “Standard” wants it" in shown


def test_the_settings_tab_tells_which_template_applies_and_where_the_station_deviates(page, client, organisation):
    made = station(organisation, "A", HeartbeatInterval="60", AuthorizeRemoteTxRequests="false")
    kept = template(organisation, made)
    shown = body(page.get("/stations/A/settings/"))
    assert f"/configuration-templates/{kept.pk}/" in shown
    assert "1 of 2 settings deviates" in shown
    organisation.features = [code for code in organisation.features if code != CAMPAIGNS.code]
    organisation.save()
    assert "configuration-templates" not in body(page.get("/stations/A/settings/"))


def test_who_may_not_set_right_cannot_wish_it_for_every_night(client, organisation):
    client.force_login(factories.member(organisation, VIEW_TEMPLATES, CHANGE_TEMPLATES))
    assert "set_right" not in body(client.get("/configuration-templates/new/"))
    answer = client.post("/configuration-templates/new/", TYPED | {"stations": "", "nightly": "set_right"})
    assert answer.status_code == 422


def test_templates_of_others_are_out_of_reach(client, stranger, organisation):
    made = template(organisation, station(organisation, "A"))
    client.force_login(stranger)
    assert client.get(f"/configuration-templates/{made.pk}/").status_code == 404
    answer = client.post("/configuration-templates/new/", TYPED | {"stations": "A"})
    assert "Not known: A" in body(answer)


def test_the_pages_take_few_queries(page, organisation):
    made = template(organisation, *[station(organisation, f"S{number}") for number in range(4)])
    keep_templates(datetime.now(UTC))
    for url in ("/configuration-templates/", f"/configuration-templates/{made.pk}/"):
        page.get(url)
        with CaptureQueriesContext(connection) as queries:
            page.get(url)
        assert len(queries) <= 10
