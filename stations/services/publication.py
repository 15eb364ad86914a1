"""Switching stations on and off for portals, and the portals themselves."""

import re
import secrets
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.services import record
from common.actor import Actor
from common.live import announce
from stations.choices import PortalKind
from stations.models import Portal, Publication, Station

# An origin as frame-ancestors takes it (CSP Level 3, §6.4.2): scheme and host, the host may begin with `*.`.
_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")
_TOKEN_BYTES = 32


def built_in_portal(organisation: Organisation, kind: PortalKind) -> Portal:
    """The organisation's portal of a kind that there is one of; made when it is first needed."""
    values = {"name": str(PortalKind(kind).label), "token": _new_token()}
    return Portal.objects.get_or_create(organisation=organisation, kind=kind, defaults=values)[0]


def create_portal(actor: Actor, organisation: Organisation, name: str, embedded_by: Sequence[str] = ()) -> Portal:
    """A further portal with an address of its own. Raises ValidationError by field name."""
    portal = Portal(organisation=organisation, token=_new_token())
    with transaction.atomic():
        _save(portal, name, embedded_by)
        after = {"name": portal.name, "embedded_by": portal.embedded_by}
        record(actor, organisation, "stations.portal_created", portal, after=after)
    return portal


def change_portal(actor: Actor, portal: Portal, name: str, embedded_by: Sequence[str]) -> None:
    """Raises ValidationError by field name."""
    before = {"name": portal.name, "embedded_by": portal.embedded_by}
    with transaction.atomic():
        _save(portal, name, embedded_by)
        after = {"name": portal.name, "embedded_by": portal.embedded_by}
        if before != after:
            record(actor, portal.organisation_id, "stations.portal_changed", portal, before=before, after=after)


def _save(portal: Portal, name: str, embedded_by: Sequence[str]) -> None:
    portal.name, portal.embedded_by = name.strip(), [origin.lower() for origin in embedded_by]
    wrong = [origin for origin in portal.embedded_by if not _ORIGIN.fullmatch(origin)]
    if wrong:
        text = _("“%(origin)s” is no address of a website: write e.g. https://www.example.com.")
        raise ValidationError({"embedded_by": text % {"origin": wrong[0]}})
    portal.clean_fields(exclude=["organisation", "token"])
    same = Portal.objects.filter(organisation_id=portal.organisation_id, name__iexact=portal.name)
    if same.exclude(pk=portal.pk).exists():
        raise ValidationError({"name": _("There is a portal of this name already.")})
    portal.save()


def renew_token(actor: Actor, portal: Portal) -> None:
    """Give the portal another address; the one before leads nowhere from now on."""
    with transaction.atomic():
        portal.token = _new_token()
        portal.save(update_fields=["token"])
        record(actor, portal.organisation_id, "stations.portal_token_renewed", portal)


def delete_portal(actor: Actor, portal: Portal) -> None:
    with transaction.atomic():
        before = {"name": portal.name, "stations": portal.publications.count()}
        record(actor, portal.organisation_id, "stations.portal_deleted", portal, before=before)
        portal.delete()


def publish(actor: Actor, station: Station, portal: Portal) -> None:
    """Switch the station on for the portal. What it is told follows from the station's data at each reading."""
    if station.organisation_id != portal.organisation_id:
        raise ValidationError(_("This portal belongs to another organisation."))
    with transaction.atomic():
        _kept, made = Publication.objects.get_or_create(
            station=station, portal=portal, defaults={"organisation_id": station.organisation_id}
        )
        if made:
            _record_switch(actor, station, "stations.published", portal)


def withdraw(actor: Actor, station: Station, portal: Portal) -> None:
    with transaction.atomic():
        if Publication.objects.filter(station=station, portal=portal).delete()[0]:
            _record_switch(actor, station, "stations.withdrawn", portal)


def _record_switch(actor: Actor, station: Station, action: str, portal: Portal) -> None:
    record(actor, station.organisation_id, action, station, after={"portal": portal.name})
    announce([f"station.{station.pk}"])


def _new_token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)
