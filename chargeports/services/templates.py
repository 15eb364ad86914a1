"""Configuration templates: keeping and assigning them, comparing stations with them, and what happens every night."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.services import record, record_change
from chargeports.choices import CampaignState, Nightly
from chargeports.configuration import is_secret, known_key
from chargeports.drift import keep_deviations
from chargeports.models import Campaign, ConfigurationTemplate, TemplateSetting
from chargeports.parameters import KEY_LENGTH, VALUE_LENGTH
from chargeports.services.campaigns import plan_correction, start_campaign
from common.actor import Actor, Kind
from common.errors import Refused
from common.live import announce
from stations.models import Station, StationGroup

FIELDS = ("name", "vendor", "model", "note", "nightly", "nightly_at")
MOST_SETTINGS = 200
_OPEN = (CampaignState.DRAFT, CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.HALTED)


def keep_template(
    actor: Actor,
    template: ConfigurationTemplate,
    values: Mapping[str, Any],
    settings: Mapping[str, str],
    groups: Collection[StationGroup],
    stations: Collection[Station],
) -> ConfigurationTemplate:
    """Create the template, or change it: `values` are its FIELDS, `settings` its values by key. Stations are compared
    with it soon. Raises ValidationError by field.
    """
    is_new = template.pk is None
    before = {} if is_new else _audited(template)
    for name, value in values.items():
        setattr(template, name, value)
    template.actor_kind, template.actor_id, template.actor_label = actor.kind, actor.id, actor.label[:200]
    _check_settings(settings)
    now = datetime.now(UTC)
    template.nightly_next = next_night(template, now) if template.nightly else None
    template.full_clean(exclude=["organisation", "actor_id", "check_at", "nightly_next", "checked_at"])
    with transaction.atomic():
        template.save()
        template.groups.set(groups)
        template.stations.set(stations)
        template.settings.all().delete()
        TemplateSetting.objects.bulk_create(
            TemplateSetting(organisation_id=template.organisation_id, template=template, key=key, value=value)
            for key, value in settings.items()
        )
        _compare_soon(template.organisation_id, now)
        action = "chargeports.template_created" if is_new else "chargeports.template_changed"
        record_change(actor, template, action, before, _audited(template))
    return template


def delete_template(actor: Actor, template: ConfigurationTemplate) -> None:
    """The stations keep their settings; campaigns that set them right stay as they are."""
    with transaction.atomic():
        record(actor, template.organisation_id, "chargeports.template_deleted", template, before=_audited(template))
        organisation_id = template.organisation_id
        template.delete()
        _compare_soon(organisation_id, datetime.now(UTC))


def compare_now(actor: Actor, template: ConfigurationTemplate) -> None:
    """Compare the stations anew as soon as the background task comes round."""
    with transaction.atomic():
        _compare_soon(template.organisation_id, datetime.now(UTC))


def _compare_soon(organisation_id: int, at: datetime) -> None:
    ConfigurationTemplate.objects.filter(organisation_id=organisation_id).update(check_at=at)


def _check_settings(settings: Mapping[str, str]) -> None:
    wrong = [text for key, value in settings.items() if (text := _remark(key, value))]
    if len({key.lower() for key in settings}) < len(settings):
        wrong.append(_("A setting stands there twice."))
    if not 0 < len(settings) <= MOST_SETTINGS:
        wrong.append(_("A template has 1 to %(most)d settings.") % {"most": MOST_SETTINGS})
    if wrong:
        raise ValidationError({"settings": wrong})


def _remark(key: str, value: str) -> str:
    """What is wrong with the setting; empty where nothing is."""
    if not key or len(key) > KEY_LENGTH or len(value) > VALUE_LENGTH:
        return _("%(key)s: at most 50 characters for the name and 500 for the value.") % {"key": key}
    if is_secret(key):
        return _("%(key)s: what stations have as a secret is not known, so it cannot be compared.") % {"key": key}
    known = known_key(key)
    if known and known.readonly:
        return _("%(key)s: can only be read.") % {"key": key}
    remark = known.remark_on(value) if known else None
    return f"{key}: {remark}" if remark else ""


def _audited(template: ConfigurationTemplate) -> dict[str, Any]:
    values = {name: str(getattr(template, name)) for name in FIELDS}
    return values | {
        "settings": [f"{one.key} = {one.value}" for one in template.settings.all()],
        "groups": sorted(template.groups.values_list("name", flat=True)),
        "stations": template.stations.count(),
    }


# --- By itself ----------------------------------------------------------------------------------------------------
def keep_templates(now: datetime) -> None:
    """Compare where it is wished or the night's time has come, and then set right where a template says so. Works
    across organisations.
    """
    due = Q(check_at__lte=now) | Q(nightly_next__lte=now)
    organisations = ConfigurationTemplate.objects.filter(due).order_by().values_list("organisation_id", flat=True)
    for organisation_id in sorted(set(organisations)):
        with transaction.atomic():
            _compare(organisation_id, now)


def _compare(organisation_id: int, now: datetime) -> None:
    templates = list(
        ConfigurationTemplate.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(organisation_id=organisation_id)
        .order_by("pk")
    )
    keep_deviations(organisation_id, now)
    for template in templates:
        is_night = template.nightly_next is not None and template.nightly_next <= now
        if is_night:
            template.nightly_next = next_night(template, now)
        template.check_at, template.checked_at = None, now
        template.save(update_fields=["nightly_next", "check_at", "checked_at"])
        announce([f"template.{template.pk}"])
        if is_night and template.nightly == Nightly.SET_RIGHT:
            _set_right(template, now)


def _set_right(template: ConfigurationTemplate, now: datetime) -> None:
    """A campaign in the name of whoever wished it; none where one is under way, or nobody can be asked."""
    if Campaign.objects.filter(template=template, state__in=_OPEN).exists():
        return
    actor = Actor(cast(Kind, template.actor_kind), template.actor_label, template.actor_id)
    day = now.astimezone(ZoneInfo(template.organisation.time_zone)).date()
    try:
        with transaction.atomic():
            start_campaign(actor, plan_correction(actor, template, name=f"{template.name[:100]} {day.isoformat()}"))
    except (Refused, ValidationError):
        return


def next_night(template: ConfigurationTemplate, now: datetime) -> datetime:
    """When the template's time of day comes next, on the organisation's clock."""
    there = now.astimezone(ZoneInfo(template.organisation.time_zone))
    at = datetime.combine(there.date(), template.nightly_at, there.tzinfo)
    return at if at > now else datetime.combine(there.date() + timedelta(days=1), template.nightly_at, there.tzinfo)
