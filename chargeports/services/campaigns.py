"""What people do with campaigns: plan, start, pause, resume, ask the failed again, cancel. The rest does
`campaign_runs`.

A draft is its own preview: its targets are there, each with the reason why it would not be asked. Every change locks
the campaign's row first.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.services import record, record_change
from chargeports.choices import RESUMABLE, CampaignState, CommandKind, Obstacle, TargetState
from chargeports.configuration import is_secret
from chargeports.models import Campaign, CampaignTarget, Command, ConfigurationTemplate, Deviation
from chargeports.obstacles import with_obstacles
from chargeports.parameters import MAY_NAME_PORT, NEEDS_PORT, checked
from chargeports.secret_values import SECRET, hidden
from chargeports.services import outbox
from common.actor import Actor
from common.bulk import insert_from
from common.errors import Refused
from common.live import announce
from stations.models import Station

# How a campaign goes on; what people may change of it while it has not ended.
PACE = ("name", "batch_size", "pause_s", "max_failures", "wait_h")
# What is about one charging session, one token or one certificate cannot be asked of many.
NOT_FOR_MANY = (
    CommandKind.START_CHARGING,
    CommandKind.STOP_CHARGING,
    CommandKind.RESERVE,
    CommandKind.CANCEL_RESERVATION,
    CommandKind.DELETE_CERTIFICATE,
    CommandKind.CERTIFICATE_SIGNED,
)
_NOT_ENDED = (CampaignState.DRAFT, CampaignState.RUNNING, *RESUMABLE)
_COLUMNS = ("organisation", "campaign", "station", "key", "value", "state", "reason", "outcome", "attempt")


# --- Planning -----------------------------------------------------------------------------------------------------
def plan_campaign(
    actor: Actor,
    organisation: Organisation,
    stations: QuerySet[Station],
    kind: CommandKind,
    parameters: dict[str, Any],
    *,
    audience: str,
    port_number: int | None = None,
    **pace: Any,
) -> Campaign:
    """A draft for `stations`, chosen now. `pace` are its name and how it goes on (PACE).

    Raises ValidationError by field: parameters that cannot be, or no station at all. The number of queries is the same
    for any number of stations.
    """
    if kind in NOT_FOR_MANY:
        raise ValidationError(_("This cannot be asked of many stations at once."))
    clean = checked(kind, parameters)
    _check_port(kind, port_number)
    kept = hidden(clean) if is_secret(clean.get("key", "")) else clean
    setting = {"their_key": Value(kept.get("key", "")), "their_value": Value(str(kept.get("value", "")))}
    campaign = _drafted(actor, organisation, kind, audience, pace)
    campaign.parameters, campaign.port_number = kept, port_number
    chosen = stations.order_by("identity").annotate(**setting)
    return _make(actor, campaign, chosen, ("pk", "their_key", "their_value"))


def plan_correction(actor: Actor, template: ConfigurationTemplate, **pace: Any) -> Campaign:
    """A draft that sets right what deviated from the template when that was last compared. Raises ValidationError where
    nothing does.
    """
    campaign = _drafted(actor, template.organisation, CommandKind.CHANGE_CONFIGURATION, template.name, pace)
    campaign.template = template
    deviating = Deviation.objects.filter(template=template).order_by("station__identity", "key")
    return _make(actor, campaign, deviating, ("station_id", "key", "wanted"))


def _drafted(
    actor: Actor, organisation: Organisation, kind: CommandKind, audience: str, pace: dict[str, Any]
) -> Campaign:
    return Campaign(
        organisation=organisation,
        kind=kind,
        audience=audience[:300],
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        **pace,
    )


def _check_port(kind: CommandKind, port_number: int | None) -> None:
    if port_number and kind not in MAY_NAME_PORT:
        raise ValidationError({"port_number": _("This command concerns the whole station.")})
    if kind in NEEDS_PORT and not port_number:
        raise ValidationError({"port_number": _("Which charge port?")})


def _check_pace(campaign: Campaign) -> None:
    campaign.clean_fields(exclude=[field.name for field in Campaign._meta.fields if field.name not in PACE])


@transaction.atomic
def _make(actor: Actor, campaign: Campaign, chosen: QuerySet[Any], selected: tuple[str, str, str]) -> Campaign:
    """Save the campaign and its targets: of each row chosen the station, the setting and its value."""
    _check_pace(campaign)
    campaign.save()
    same = {"campaign": campaign.pk, "state": TargetState.WAITING.value, "reason": "", "outcome": "", "attempt": 0}
    constants = {f"their_{name}": Value(value) for name, value in same.items()}
    names = ("organisation_id", "their_campaign", *selected, *list(constants)[1:])
    if not insert_from(CampaignTarget, _COLUMNS, chosen.annotate(**constants).values_list(*names)):
        raise ValidationError(_("There is no station that it could be for."))
    judge_draft(campaign)
    record(actor, campaign.organisation_id, "chargeports.campaign_planned", campaign, after=_audited(campaign))
    return campaign


def judge_draft(campaign: Campaign) -> None:
    """Say of each target why it would not be asked now. Who is offline is waited for, where the campaign does so."""
    targets = CampaignTarget.objects.filter(campaign=campaign)
    itself = with_obstacles(CampaignTarget.objects.filter(pk=OuterRef("pk")), campaign)
    targets.update(
        state=TargetState.WAITING,
        reason=Subquery(itself.values_list("obstacle")[:1]),  # type: ignore[misc]
    )
    hindered = targets.exclude(reason="")
    if campaign.wait_h:
        hindered = hindered.exclude(reason=Obstacle.OFFLINE)
    hindered.update(state=TargetState.LEFT_OUT)
    keep_counts(campaign)


def keep_counts(campaign: Campaign) -> None:
    """Count the targets anew, and let everybody know who shows the campaign."""
    counted = CampaignTarget.objects.filter(campaign=campaign).order_by().values_list("state")
    campaign.counts = dict(counted.annotate(count=Count("pk")))
    campaign.save(update_fields=["counts"])
    announce([f"campaign.{campaign.pk}"])


def change_pace(actor: Actor, campaign: Campaign, /, **pace: Any) -> None:
    """Change how the campaign goes on. Raises ValidationError by field, Refused once it has ended."""
    with transaction.atomic():
        locked = _locked(campaign, _NOT_ENDED)
        before = {name: getattr(locked, name) for name in PACE}
        for name, value in pace.items():
            setattr(locked, name, value)
        _check_pace(locked)
        locked.save(update_fields=list(PACE))
        if locked.state == CampaignState.DRAFT:
            judge_draft(locked)
        record_change(
            actor, locked, "chargeports.campaign_changed", before, {name: getattr(locked, name) for name in PACE}
        )


# --- Going on -----------------------------------------------------------------------------------------------------
def start_campaign(actor: Actor, campaign: Campaign) -> None:
    """Begin with the first batch. Who can be asked is judged anew. Raises Refused where that is nobody."""
    with transaction.atomic():
        locked = _locked(campaign, (CampaignState.DRAFT,))
        judge_draft(locked)
        if not locked.count(TargetState.WAITING):
            raise Refused(_("None of the stations can be asked."))
        locked.started_at = datetime.now(UTC)
        _go_on(locked, "state", "started_at")
        record(actor, locked.organisation_id, "chargeports.campaign_started", locked, after=_audited(locked))


def pause_campaign(actor: Actor, campaign: Campaign) -> None:
    """Ask no further station; what was asked already goes on. Raises Refused where it does not run."""
    with transaction.atomic():
        locked = _locked(campaign, (CampaignState.RUNNING,))
        _move(locked, CampaignState.PAUSED)
        record(actor, locked.organisation_id, "chargeports.campaign_paused", locked)


def resume_campaign(actor: Actor, campaign: Campaign) -> None:
    """Go on; the failures so far are forgiven. Raises Refused where it was neither paused nor stopped."""
    with transaction.atomic():
        locked = _locked(campaign, RESUMABLE)
        locked.forgiven = locked.count(TargetState.FAILED)
        _go_on(locked, "state", "forgiven")
        record(actor, locked.organisation_id, "chargeports.campaign_resumed", locked)


def retry_failed(actor: Actor, campaign: Campaign) -> int:
    """Ask those again that failed; how many. Raises Refused where none failed, or the secret value is forgotten."""
    with transaction.atomic():
        locked = _locked(campaign, (CampaignState.RUNNING, *RESUMABLE, CampaignState.FINISHED))
        if not can_be_repeated(locked):
            raise Refused(_("The secret value was forgotten when the campaign ended: plan a new one."))
        failed = CampaignTarget.objects.filter(campaign=locked, state=TargetState.FAILED)
        count = failed.update(state=TargetState.WAITING, reason="", ended_at=None)
        if not count:
            raise Refused(_("No station has failed."))
        keep_counts(locked)
        locked.forgiven, locked.ended_at = 0, None
        _go_on(locked, "state", "forgiven", "ended_at")
        record(actor, locked.organisation_id, "chargeports.campaign_retried", locked, after={"asked_again": count})
    return count


def can_be_repeated(campaign: Campaign) -> bool:
    """A secret value is forgotten when the campaign ends."""
    return not is_secret(campaign.parameters.get("key", "")) or SECRET in campaign.parameters


def cancel_campaign(actor: Actor, campaign: Campaign) -> None:
    """Ask nobody any more, and take back what waits for its station. Raises Refused where it has ended."""
    now = datetime.now(UTC)
    with transaction.atomic():
        locked = _locked(campaign, (CampaignState.RUNNING, *RESUMABLE))
        targets = CampaignTarget.objects.filter(campaign=locked)
        asked = targets.filter(state=TargetState.ASKED)
        outbox.cancel_queued(Command.objects.filter(pk__in=asked.values("command")), now)
        targets.filter(state=TargetState.WAITING).update(state=TargetState.CANCELLED, ended_at=now)
        end_campaign(locked, CampaignState.CANCELLED, now)
        record(actor, locked.organisation_id, "chargeports.campaign_cancelled", locked, after={"counts": locked.counts})


def end_campaign(campaign: Campaign, state: CampaignState, now: datetime) -> None:
    """The campaign has ended: a secret value is forgotten."""
    campaign.state, campaign.ended_at, campaign.next_batch_at = state, now, None
    campaign.parameters = {name: value for name, value in campaign.parameters.items() if name != SECRET}
    campaign.save(update_fields=["state", "ended_at", "next_batch_at", "parameters"])
    keep_counts(campaign)


def discard_campaign(actor: Actor, campaign: Campaign) -> None:
    """Delete a draft. Raises Refused where it was started."""
    with transaction.atomic():
        locked = _locked(campaign, (CampaignState.DRAFT,))
        record(actor, locked.organisation_id, "chargeports.campaign_discarded", locked, before=_audited(locked))
        locked.delete()


def _locked(campaign: Campaign, states: Collection[CampaignState]) -> Campaign:
    found = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if found.state not in states:
        raise Refused(
            _("The campaign is “%(state)s” by now: this cannot be done any more.")
            % {"state": found.get_state_display()}
        )
    return found


def _go_on(campaign: Campaign, *fields: str) -> None:
    campaign.state, campaign.next_batch_at = CampaignState.RUNNING, datetime.now(UTC)
    campaign.save(update_fields=["next_batch_at", *fields])
    announce([f"campaign.{campaign.pk}"])


def _move(campaign: Campaign, state: CampaignState) -> None:
    campaign.state = state
    campaign.save(update_fields=["state"])
    announce([f"campaign.{campaign.pk}"])


def _audited(campaign: Campaign) -> dict[str, Any]:
    shown = {name: value for name, value in campaign.parameters.items() if name != SECRET}
    return {"kind": campaign.kind, "parameters": shown, "counts": campaign.counts}
