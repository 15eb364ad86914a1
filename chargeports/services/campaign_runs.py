"""How campaigns go on by themselves: targets follow their commands and files, and batch follows batch.

A batch goes out when the one before it has ended and the pause is over. Set-based: a turn costs the same number of
queries for a batch of one and of thousands. Works across organisations.
"""

from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Left, NullIf

from accounts.services import record
from chargeports.choices import OPEN_STATES, CampaignState, CommandKind, CommandState, Obstacle, TargetState
from chargeports.choices import TransferState as File
from chargeports.models import Campaign, CampaignTarget, Command, ConfigurationTemplate, FileTransfer
from chargeports.obstacles import with_obstacles
from chargeports.secret_values import revealed
from chargeports.services.campaigns import end_campaign, keep_counts
from chargeports.services.commands import Wish, queue_all
from chargeports.transfers import BROKEN, DOWNLOADS, KIND_OF_COMMAND
from common.actor import Actor, Kind, task_actor
from common.bulk import update_rows
from common.live import announce

_TASK = task_actor("campaigns")
# How often it is looked whether a station has come back that a campaign waits for.
_LOOK_AGAIN = timedelta(seconds=30)
_READ_BACK = timedelta(seconds=20)
_WRITTEN = ("state", "reason", "outcome", "attempt", "command", "asked_at", "ended_at")


def run_campaigns(now: datetime) -> None:
    """One turn of every campaign that runs, or of which a station still has to answer."""
    asked = CampaignTarget.objects.filter(state=TargetState.ASKED).order_by()
    active = Q(state=CampaignState.RUNNING) | Q(pk__in=asked.values("campaign").distinct())
    for pk in Campaign.objects.filter(active).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            campaign = Campaign.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            if campaign is not None:
                _turn(campaign, now)


def _turn(campaign: Campaign, now: datetime) -> None:
    if _settle(campaign, now):
        keep_counts(campaign)
    if campaign.state == CampaignState.RUNNING and not _halts(campaign):
        _go_on(campaign, now)


def _go_on(campaign: Campaign, now: datetime) -> None:
    if campaign.count(TargetState.ASKED):
        return
    if campaign.next_batch_at is None:
        campaign.next_batch_at = now + timedelta(seconds=campaign.pause_s)
        campaign.save(update_fields=["next_batch_at"])
    if not campaign.count(TargetState.WAITING):
        _finish(campaign, now)
    elif campaign.next_batch_at <= now:
        _send_batch(campaign, now)


def _halts(campaign: Campaign) -> bool:
    """Too many failures: nobody else is asked until a person has looked."""
    failures = campaign.count(TargetState.FAILED) - campaign.forgiven
    if campaign.max_failures is None or failures <= campaign.max_failures:
        return False
    campaign.state = CampaignState.HALTED
    campaign.save(update_fields=["state"])
    record(_TASK, campaign.organisation_id, "chargeports.campaign_halted", campaign, after={"counts": campaign.counts})
    announce([f"campaign.{campaign.pk}"])
    return True


def _finish(campaign: Campaign, now: datetime) -> None:
    """Chargers are read back after they took a setting: a moment later its template is compared anew."""
    if campaign.template_id:
        ConfigurationTemplate.objects.filter(pk=campaign.template_id).update(check_at=now + _READ_BACK)
    end_campaign(campaign, CampaignState.FINISHED, now)
    record(
        _TASK, campaign.organisation_id, "chargeports.campaign_finished", campaign, after={"counts": campaign.counts}
    )


# --- A batch ------------------------------------------------------------------------------------------------------
def _send_batch(campaign: Campaign, now: datetime) -> None:
    waiting = CampaignTarget.objects.filter(campaign=campaign, state=TargetState.WAITING)
    picked = list(
        with_obstacles(waiting, campaign)
        .select_for_update(of=("self",))
        .filter(station__state__online=True)
        .order_by("pk")[: campaign.batch_size]
    )
    for target in picked:
        target.reason = target.obstacle  # type: ignore[attr-defined]
    _ask(campaign, [target for target in picked if not target.reason], now)
    for target in picked:
        if target.reason:
            target.state = TargetState.LEFT_OUT
    update_rows(picked, _WRITTEN)
    if picked:
        campaign.next_batch_at = None
    elif _waits(campaign, now):
        campaign.next_batch_at = now + _LOOK_AGAIN
    else:
        waiting.update(state=TargetState.LEFT_OUT, reason=Obstacle.OFFLINE)
    campaign.save(update_fields=["next_batch_at"])
    keep_counts(campaign)


def _waits(campaign: Campaign, now: datetime) -> bool:
    """Whether stations that are offline are still waited for."""
    return campaign.started_at is not None and now < campaign.started_at + timedelta(hours=campaign.wait_h)


def _ask(campaign: Campaign, targets: list[CampaignTarget], now: datetime) -> None:
    kind = CommandKind(campaign.kind)
    actor = Actor(cast(Kind, campaign.actor_kind), campaign.actor_label, campaign.actor_id)
    wishes = [Wish(one.station_id, kind, _parameters(campaign, one), campaign.port_number) for one in targets]
    for target, command in zip(targets, queue_all(actor, wishes), strict=True):
        target.state, target.command, target.asked_at = TargetState.ASKED, command, now
        target.attempt += 1
        target.outcome, target.ended_at = "", None


def _parameters(campaign: Campaign, target: CampaignTarget) -> dict[str, Any]:
    if campaign.parameters or not target.key:
        return revealed(campaign.parameters)
    return {"key": target.key, "value": target.value}


# --- What became of it --------------------------------------------------------------------------------------------
def _settle(campaign: Campaign, now: datetime) -> int:
    """Let the targets follow: how many have ended. A file counts when it is here, firmware by a boot with the new
    version, everything else by the station's answer.
    """
    if campaign.kind in KIND_OF_COMMAND:
        return _settle_files(campaign, now)
    asked = CampaignTarget.objects.filter(campaign=campaign, state=TargetState.ASKED)
    done = asked.filter(command__state=CommandState.ACCEPTED)
    gone = Q(command=None) | ~Q(command__state__in=[*OPEN_STATES, CommandState.ACCEPTED])
    return _end(done, TargetState.DONE, now, _words(Command, "pk", "command_id", "outcome")) + _end(
        asked.filter(gone), TargetState.FAILED, now, _words(Command, "pk", "command_id", "outcome")
    )


def _settle_files(campaign: Campaign, now: datetime) -> int:
    """What failed may still be done: chargers try again by themselves."""
    targets = CampaignTarget.objects.filter(campaign=campaign)
    is_download = KIND_OF_COMMAND[CommandKind(campaign.kind)] in DOWNLOADS
    good = (File.CONFIRMED,) if is_download else (File.UPLOADED, File.NOTHING)
    done = targets.filter(
        state__in=(TargetState.ASKED, TargetState.FAILED), command__transfer__state__in=[one.value for one in good]
    )
    gone = Q(command=None) | Q(command__transfer=None) | Q(command__transfer__state__in=[one.value for one in BROKEN])
    other = Q(command__transfer__state=File.INSTALLED, command__transfer__open_until__lte=now)
    failed = targets.filter(gone | other, state=TargetState.ASKED)
    words = _words(FileTransfer, "command_id", "command_id", "word")
    return _end(done, TargetState.DONE, now, words) + _end(failed, TargetState.FAILED, now, words)


def _end(targets: QuerySet[CampaignTarget], state: TargetState, now: datetime, words: Any) -> int:
    return targets.update(state=state, outcome=words, ended_at=now)


def _words(model: type[Command] | type[FileTransfer], key: str, of: str, words: str) -> Coalesce:
    """The station's own word at the command or the transfer; their state where there is none."""
    found = model.objects.filter(**{key: OuterRef(of)})
    word = Coalesce(NullIf(Left(words, 255), Value("")), F("state"))
    return Coalesce(Subquery(found.values_list(word)[:1]), Value(""))
