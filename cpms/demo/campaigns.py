"""The demo's campaigns, one finished and one that pauses half-way, and a template from which stations deviate."""

import random
from datetime import datetime, time, timedelta
from typing import Any

from django_scopes import scope

from accounts.models import Organisation
from chargeports.choices import CampaignState, CommandKind, CommandState, Nightly, Obstacle, TargetState
from chargeports.models import (
    Campaign,
    CampaignTarget,
    Command,
    ConfigurationTemplate,
    Deviation,
    Firmware,
    TemplateSetting,
)
from chargeports.services.campaigns import keep_counts
from cpms.demo.equipment import Unit
from cpms.demo.service import PERSON
from stations.models import StationGroup

T = TargetState
# How many stations are not on line when a campaign comes to them, and how many fail.
OFFLINE, FAILING = 0.05, 0.06
BATCH, HALF_WAY = 20, 40
WANTED = {"HeartbeatInterval": "300", "MeterValueSampleInterval": "60", "LocalPreAuthorize": "true"}
FOUND = (("HeartbeatInterval", "900"), ("MeterValueSampleInterval", "300"), ("LocalPreAuthorize", "false"))


def make_campaigns(chance: random.Random, organisation: Organisation, units: list[Unit], now: datetime) -> None:
    working = sorted(
        (unit for unit in units if unit.station.life_cycle == "in_operation"), key=lambda unit: unit.station.identity
    )
    with scope(organisation=organisation):
        _finished(chance, organisation, working, now - timedelta(days=6, hours=3))
        _half_way(chance, organisation, working, now - timedelta(hours=2))
        _template(chance, organisation, working, now - timedelta(hours=7))


def _finished(chance: random.Random, organisation: Organisation, units: list[Unit], at: datetime) -> None:
    setting = {"key": "MeterValueSampleInterval", "value": "60"}
    campaign = _campaign(organisation, "Meter values every minute", CommandKind.CHANGE_CONFIGURATION, setting, at)
    campaign.state, campaign.ended_at = CampaignState.FINISHED, at + timedelta(seconds=70 * (len(units) // BATCH + 1))
    campaign.audience = "All stations"
    campaign.save()
    targets = [_target(campaign, unit, setting, _outcome(chance), place, at) for place, unit in enumerate(units)]
    _keep(campaign, targets)


def _half_way(chance: random.Random, organisation: Organisation, units: list[Unit], at: datetime) -> None:
    """New firmware for the model of which there are most; somebody pauses to look at what failed."""
    models = [unit.station.model for unit in units]
    model = max(sorted(set(models)), key=models.count)
    firmware = Firmware.objects.filter(model=model, removed_at=None).last()
    if firmware is None:
        return
    wanted = {"firmware_id": firmware.pk, "version": firmware.version}
    campaign = _campaign(organisation, f"Firmware {firmware.version}", CommandKind.UPDATE_FIRMWARE, wanted, at)
    campaign.state, campaign.audience = CampaignState.PAUSED, f"Model: {model}"
    campaign.save()
    words = {T.DONE: firmware.version, T.FAILED: "InstallationFailed"}
    chosen = [unit for unit in units if unit.station.model == model]
    reached = min(HALF_WAY, len(chosen) // 2)
    states = [_outcome(chance) if place < reached else T.WAITING for place in range(len(chosen))]
    targets = [_target(campaign, unit, {}, states[place], place, at) for place, unit in enumerate(chosen)]
    for target in targets:
        target.outcome = words.get(TargetState(target.state), "")
        if target.asked_at and target.ended_at:
            target.ended_at += 60 * (target.ended_at - target.asked_at)
    _keep(campaign, targets)


def _campaign(
    organisation: Organisation, name: str, kind: CommandKind, parameters: dict[str, Any], at: datetime
) -> Campaign:
    return Campaign(
        organisation=organisation,
        name=name,
        kind=kind,
        parameters=parameters,
        batch_size=BATCH,
        started_at=at,
        next_batch_at=at,
        **PERSON,
    )


def _outcome(chance: random.Random) -> TargetState:
    number = chance.random()
    if number < OFFLINE:
        return T.LEFT_OUT
    return T.FAILED if number < OFFLINE + FAILING else T.DONE


def _target(
    campaign: Campaign, unit: Unit, setting: dict[str, str], state: TargetState, place: int, at: datetime
) -> CampaignTarget:
    target = CampaignTarget(
        organisation_id=campaign.organisation_id,
        campaign=campaign,
        station=unit.station,
        key=setting.get("key", ""),
        value=setting.get("value", ""),
        state=state,
        reason=Obstacle.OFFLINE if state == T.LEFT_OUT else "",
    )
    if state in (T.DONE, T.FAILED):
        asked = at + timedelta(seconds=70 * (place // BATCH))
        target.attempt, target.asked_at, target.ended_at = 1, asked, asked + timedelta(seconds=1 + place % 9)
        target.command = _command(campaign, target, asked)
        target.outcome = target.command.outcome
    return target


def _command(campaign: Campaign, target: CampaignTarget, asked: datetime) -> Command:
    is_done = target.state == T.DONE
    word = "Accepted" if is_done else "Rejected"
    return Command(
        organisation_id=campaign.organisation_id,
        station=target.station,
        kind=campaign.kind,
        parameters=campaign.parameters,
        state=CommandState.ACCEPTED if is_done else CommandState.REJECTED,
        outcome=word,
        answer={"status": word},
        expires_at=asked + timedelta(days=1),
        sent_at=asked,
        ended_at=target.ended_at,
        **PERSON,
    )


def _keep(campaign: Campaign, targets: list[CampaignTarget]) -> None:
    commands = Command.objects.bulk_create(target.command for target in targets if target.command)
    for command in commands:
        command.created_at = command.sent_at or command.expires_at
    Command.objects.bulk_update(commands, ["created_at"])
    CampaignTarget.objects.bulk_create(targets)
    Campaign.objects.filter(pk=campaign.pk).update(created_at=campaign.started_at)
    keep_counts(campaign)


def _template(chance: random.Random, organisation: Organisation, units: list[Unit], at: datetime) -> None:
    group = StationGroup.objects.filter(name="Fast charging").first()
    if group is None:
        return
    template = ConfigurationTemplate.objects.create(
        organisation=organisation,
        name="Fast charging",
        note="As agreed with the roaming partners.",
        nightly=Nightly.CHECK,
        nightly_at=time(2),
        nightly_next=at + timedelta(days=1),
        checked_at=at,
        **PERSON,
    )
    template.groups.add(group)
    TemplateSetting.objects.bulk_create(
        TemplateSetting(organisation=organisation, template=template, key=key, value=value)
        for key, value in WANTED.items()
    )
    fast = [unit for unit in units if unit.power_w >= 100_000]
    Deviation.objects.bulk_create(
        Deviation(
            organisation=organisation, template=template, station=unit.station, key=key, wanted=WANTED[key],
            found=found, since=at - timedelta(days=chance.randint(0, 20)), checked_at=at,
        )
        for unit in fast[::4]
        for key, found in chance.sample(FOUND, k=chance.choice((1, 1, 2)))
    )  # fmt: skip
