"""Campaigns: whom they ask and why not, batches, failures, retry, cancelling; and what they cost for many stations."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from chargeports.choices import CampaignState, CommandKind, CommandState, Obstacle, TargetState, TransferState
from chargeports.models import Campaign, CampaignTarget, Command, FileTransfer, PortLock, UnknownCommand
from chargeports.secret_values import SECRET
from chargeports.services import (
    cancel_campaign,
    change_pace,
    pause_campaign,
    plan_campaign,
    record_answer,
    resume_campaign,
    retry_failed,
    run_campaigns,
    start_campaign,
    take_queued,
)
from common.actor import SYSTEM
from common.errors import Refused
from stations.choices import LifeCycle
from stations.models import Station, StationReport
from tests import factories

NOW = datetime.now(UTC)
SOFT = {"type": "soft"}


def plan(of, kind=CommandKind.RESET, parameters=SOFT, **more) -> Campaign:
    values = {"audience": "All", "name": "Restart", "pause_s": 0, "max_failures": None} | more
    return plan_campaign(SYSTEM, of, Station.objects.filter(organisation=of), kind, parameters, **values)


def started(of, *args, **more) -> Campaign:
    campaign = plan(of, *args, **more)
    start_campaign(SYSTEM, campaign)
    return campaign


def turn(campaign, now=None) -> Campaign:
    run_campaigns(now or datetime.now(UTC))
    campaign.refresh_from_db()
    return campaign


def answer(state=CommandState.ACCEPTED, word="Accepted", only=None) -> int:
    """The stations answer what waits for them; how many."""
    waiting = Command.objects.filter(state=CommandState.QUEUED)
    for command in waiting if only is None else waiting.filter(station=only):
        take_queued(command.station_id, 1, datetime.now(UTC))
        record_answer(command.pk, state, word, {}, datetime.now(UTC))
    return waiting.count()


def reasons(campaign) -> dict[str, str]:
    return dict(campaign.targets.values_list("station__identity", "reason"))


def states(campaign) -> list[str]:
    return list(campaign.targets.order_by("pk").values_list("state", flat=True))


def test_a_plan_says_who_is_asked_and_why_others_are_not(organisation):
    factories.station(organisation, identity="GOOD")
    factories.station(organisation, identity="OFF", online=False)
    factories.station(organisation, identity="GONE", life_cycle=LifeCycle.DECOMMISSIONED)
    factories.command(factories.station(organisation, identity="BUSY"))
    campaign = plan(organisation)
    assert reasons(campaign) == {
        "GOOD": "",
        "OFF": Obstacle.OFFLINE,
        "GONE": Obstacle.DECOMMISSIONED,
        "BUSY": Obstacle.UNDER_WAY,
    }
    assert campaign.counts == {"waiting": 1, "left_out": 3}
    assert not Command.objects.exclude(station__identity="BUSY").exists()


def test_who_is_offline_is_waited_for_where_the_campaign_does_so(organisation):
    station = factories.station(organisation, online=False)
    campaign = plan(organisation, wait_h=2)
    assert campaign.counts == {"waiting": 1}
    start_campaign(SYSTEM, campaign)
    assert turn(campaign).state == CampaignState.RUNNING
    station.state.online = True
    station.state.save()
    turn(campaign, datetime.now(UTC) + timedelta(minutes=1))
    assert states(campaign) == [TargetState.ASKED]


def test_who_does_not_come_back_in_time_is_left_out(organisation):
    factories.station(organisation, online=False)
    campaign = started(organisation, wait_h=2)
    turn(campaign, datetime.now(UTC) + timedelta(hours=3))
    assert turn(campaign, datetime.now(UTC) + timedelta(hours=3)).state == CampaignState.FINISHED
    assert campaign.counts == {"left_out": 1}


def test_settings_are_not_sent_where_they_cannot_be_changed_or_are_so_already(organisation):
    made = {name: factories.station(organisation, identity=name) for name in ("SO", "OTHER", "FIXED")}
    factories.setting(made["SO"], "HeartbeatInterval", "300")
    factories.setting(made["OTHER"], "heartbeatinterval", "60")
    value = factories.setting(made["FIXED"], "HeartbeatInterval", "60")
    value.readonly = True
    value.save()
    campaign = plan(organisation, CommandKind.CHANGE_CONFIGURATION, {"key": "HeartbeatInterval", "value": "300"})
    assert reasons(campaign) == {"SO": Obstacle.HAS_IT, "OTHER": "", "FIXED": Obstacle.READ_ONLY}


def test_a_security_profile_is_never_lowered(organisation):
    factories.station(organisation, identity="HIGH", security_profile=2)
    factories.station(organisation, identity="LOW", security_profile=0)
    campaign = plan(organisation, CommandKind.CHANGE_CONFIGURATION, {"key": "SecurityProfile", "value": "1"})
    assert reasons(campaign) == {"HIGH": Obstacle.LOWERS_PROFILE, "LOW": ""}


def test_what_a_station_says_that_it_lacks_is_not_asked_of_it(organisation):
    listed = factories.station(organisation, identity="LISTED")
    factories.setting(listed, "SupportedFeatureProfiles", "Core,RemoteTrigger")
    lacking = factories.station(organisation, identity="LACKING")
    factories.setting(lacking, "SupportedFeatureProfiles", "Core")
    model = {"vendor": "Nordwatt", "model": "N22", "firmware_version": "1"}
    StationReport.objects.create(station=factories.station(organisation, identity="ALIKE"), reported_at=NOW, **model)
    UnknownCommand.objects.create(**model, kind=CommandKind.TRIGGER_MESSAGE)
    campaign = plan(organisation, CommandKind.TRIGGER_MESSAGE, {"message": "status"})
    assert reasons(campaign) == {"LISTED": "", "LACKING": Obstacle.LACKS, "ALIKE": Obstacle.LACKS}


def test_locked_places_and_missing_ports_are_left_out(organisation):
    two, one = factories.station(organisation, identity="TWO", ports=2), factories.station(organisation, identity="ONE")
    locked = factories.station(organisation, identity="LOCKED", ports=2)
    PortLock.objects.create(
        organisation=organisation, station=locked, port_number=0, since=NOW, actor_kind="system", actor_label="cpms"
    )
    campaign = plan(organisation, CommandKind.CHANGE_AVAILABILITY, {"operative": True}, port_number=2)
    assert reasons(campaign) == {two.identity: "", one.identity: Obstacle.NO_PORT, "LOCKED": Obstacle.LOCKED}


def test_firmware_goes_to_those_it_was_made_for(organisation):
    firmware = factories.firmware(organisation, vendor="Nordwatt", version="2.0")
    for identity, vendor, version in (("FITS", "NORDWATT", "1.0"), ("HAS", "Nordwatt", "2.0"), ("OTHER", "Sund", "1")):
        StationReport.objects.create(
            station=factories.station(organisation, identity=identity),
            vendor=vendor,
            firmware_version=version,
            reported_at=NOW,
        )
    factories.station(organisation, identity="UNKNOWN")
    campaign = plan(organisation, CommandKind.UPDATE_FIRMWARE, {"firmware_id": firmware.pk})
    expected = {"FITS": "", "HAS": Obstacle.HAS_IT, "OTHER": Obstacle.UNFIT, "UNKNOWN": Obstacle.UNFIT}
    assert reasons(campaign) == expected


def test_firmware_counts_as_done_by_the_boot_with_the_new_version(organisation):
    firmware = factories.firmware(organisation, vendor="Nordwatt", version="2.0")
    station = factories.station(organisation, vendor="Nordwatt")
    campaign = turn(started(organisation, CommandKind.UPDATE_FIRMWARE, {"firmware_id": firmware.pk}))
    answer()
    assert turn(campaign).counts == {"asked": 1}
    FileTransfer.objects.update(state=TransferState.INSTALLED)
    assert turn(campaign).counts == {"asked": 1}
    FileTransfer.objects.filter(station=station).update(state=TransferState.CONFIRMED, word="2.0")
    assert turn(campaign).state == CampaignState.FINISHED
    assert campaign.targets.get().outcome == "2.0"


def test_batches_follow_each_other_after_the_pause(organisation):
    for _number in range(5):
        factories.station(organisation)
    campaign = turn(started(organisation, batch_size=2, pause_s=600))
    assert campaign.counts == {"asked": 2, "waiting": 3}
    assert turn(campaign, NOW + timedelta(hours=1)).counts == {"asked": 2, "waiting": 3}
    answer()
    later = datetime.now(UTC)
    assert turn(campaign, later).counts == {"done": 2, "waiting": 3}
    assert turn(campaign, later + timedelta(seconds=599)).counts == {"done": 2, "waiting": 3}
    assert turn(campaign, later + timedelta(seconds=600)).counts == {"done": 2, "asked": 2, "waiting": 1}


def test_it_stops_on_too_many_failures_and_goes_on_when_a_person_says_so(organisation):
    for _number in range(4):
        factories.station(organisation)
    campaign = turn(started(organisation, batch_size=2, max_failures=1))
    answer(CommandState.REJECTED, "Rejected")
    assert turn(campaign).state == CampaignState.HALTED
    assert campaign.counts == {"failed": 2, "waiting": 2}
    assert AuditEntry.objects.filter(action="chargeports.campaign_halted").exists()
    resume_campaign(SYSTEM, campaign)
    assert turn(campaign).counts == {"failed": 2, "asked": 2}
    answer()
    turn(campaign)
    assert turn(campaign).state == CampaignState.FINISHED


def test_those_that_failed_are_asked_again(organisation):
    bad, good = factories.station(organisation), factories.station(organisation)
    campaign = turn(started(organisation))
    answer(only=good)
    answer(CommandState.FAILED, "InternalError", only=bad)
    turn(campaign)
    assert turn(campaign).state == CampaignState.FINISHED
    assert retry_failed(SYSTEM, campaign) == 1
    turn(campaign)
    answer()
    turn(campaign)
    assert turn(campaign).counts == {"done": 2}
    assert campaign.targets.get(station=bad).attempt == 2
    with pytest.raises(Refused):
        retry_failed(SYSTEM, campaign)


def test_paused_it_asks_nobody_further_but_takes_answers(organisation):
    for _number in range(2):
        factories.station(organisation)
    campaign = turn(started(organisation, batch_size=1))
    pause_campaign(SYSTEM, campaign)
    answer()
    assert turn(campaign).counts == {"done": 1, "waiting": 1}
    assert turn(campaign).state == CampaignState.PAUSED
    resume_campaign(SYSTEM, campaign)
    assert turn(campaign).counts == {"done": 1, "asked": 1}


def test_cancelled_it_takes_back_what_waits(organisation):
    for _number in range(3):
        factories.station(organisation)
    campaign = turn(started(organisation, batch_size=2))
    sent = Command.objects.order_by("pk").first()
    take_queued(sent.station_id, 1, datetime.now(UTC))
    cancel_campaign(SYSTEM, campaign)
    assert sorted(Command.objects.values_list("state", flat=True)) == ["cancelled", "sent"]
    record_answer(sent.pk, CommandState.ACCEPTED, "Accepted", {}, datetime.now(UTC))
    assert turn(campaign).counts == {"done": 1, "failed": 1, "cancelled": 1}
    assert campaign.state == CampaignState.CANCELLED
    with pytest.raises(Refused):
        resume_campaign(SYSTEM, campaign)


def test_a_secret_value_is_kept_encrypted_and_forgotten_at_the_end(organisation):
    factories.station(organisation)
    campaign = plan(organisation, CommandKind.CHANGE_CONFIGURATION, {"key": "WifiPassword", "value": "hush-hush"})
    assert SECRET in campaign.parameters
    assert "hush" not in str(campaign.parameters)
    assert not AuditEntry.objects.filter(after__icontains="hush").exists()
    start_campaign(SYSTEM, campaign)
    turn(campaign)
    command = Command.objects.get()
    assert take_queued(command.station_id, 1, datetime.now(UTC)).parameters["value"] == "hush-hush"
    record_answer(command.pk, CommandState.REJECTED, "Rejected", {}, datetime.now(UTC))
    turn(campaign)
    assert turn(campaign).parameters == {"key": "WifiPassword"}
    with pytest.raises(Refused):
        retry_failed(SYSTEM, campaign)


def test_a_changed_pace_is_judged_anew(organisation):
    factories.station(organisation, online=False)
    campaign = plan(organisation)
    change_pace(SYSTEM, campaign, wait_h=1, batch_size=5)
    campaign.refresh_from_db()
    assert campaign.counts == {"waiting": 1}
    with pytest.raises(ValidationError) as refused:
        change_pace(SYSTEM, campaign, batch_size=0)
    assert "batch_size" in refused.value.message_dict


def test_a_campaign_for_nobody_or_about_one_session_is_refused(organisation):
    with pytest.raises(ValidationError):
        plan(organisation)
    factories.station(organisation, online=False)
    with pytest.raises(Refused):
        start_campaign(SYSTEM, plan(organisation))
    with pytest.raises(ValidationError):
        plan(organisation, CommandKind.STOP_CHARGING, {"session_id": 1})
    with pytest.raises(ValidationError) as refused:
        plan(organisation, CommandKind.UNLOCK, {})
    assert "port_number" in refused.value.message_dict
    assert Campaign.objects.count() == 1


def test_planning_and_asking_cost_the_same_for_any_number_of_stations(organisation, other_organisation):
    def cost(of, count) -> list[int]:
        for _number in range(count):
            factories.station(of)
        found = []
        with CaptureQueriesContext(
            connection,
        ) as queries:
            campaign = started(of)
        found.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            turn(campaign)
        found.append(len(queries))
        answer()
        with CaptureQueriesContext(connection) as queries:
            turn(campaign)
        return [*found, len(queries)]

    assert cost(organisation, 2) == cost(other_organisation, 30)
    assert CampaignTarget.objects.filter(state=TargetState.DONE).count() == 32
