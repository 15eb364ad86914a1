"""Service packages: booked for one station or for many, changed, ended."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import AuditEntry
from accounts.services import audit_entry, differences, record
from common.actor import Actor
from common.live import announce
from stations.choices import PackageKind
from stations.history import PACKAGE_BOOKED, PACKAGE_CHANGED
from stations.models import Contact, ServicePackage, Station
from stations.services.history import Occurrence, record_event, record_events


def book_package(
    actor: Actor,
    stations: Collection[Station],
    kind: PackageKind,
    *,
    since: date,
    until: date | None = None,
    contact: Contact | None = None,
    includes: str = "",
) -> int:
    """Book the package for those of the stations (of one organisation) that do not have it in any part of the period;
    how many these are. A constant number of queries. Raises ValidationError by field name.
    """
    wanted = [
        ServicePackage(
            organisation_id=station.organisation_id,
            station=station,
            kind=kind,
            since=since,
            until=until,
            contact=contact,
            includes=includes.strip(),
        )
        for station in stations
    ]
    for package in wanted[:1]:
        _check(package)
    with transaction.atomic():
        new = _without_overlap(wanted, kind, since, until)
        ServicePackage.objects.bulk_create(new)
        AuditEntry.objects.bulk_create(
            audit_entry(actor, one.organisation_id, "stations.package_booked", one.station, after=_values(one))
            for one in new
        )
        record_events(
            Occurrence(one.station_id, PACKAGE_BOOKED, actor, values={"package": str(one), "since": since})
            for one in new
        )
        announce(f"station.{one.station_id}" for one in new)
    return len(new)


def _without_overlap(
    wanted: list[ServicePackage], kind: PackageKind, since: date, until: date | None
) -> list[ServicePackage]:
    """Those of stations without such a package in the period. The stations are locked: nobody books twice."""
    ids = [one.station_id for one in wanted]
    list(Station.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk").values_list("pk"))
    known = ServicePackage.objects.filter(station__in=ids, kind=kind)
    taken = {package.station_id for package in known if package.overlaps(since, until)}
    return [one for one in wanted if one.station_id not in taken]


def change_package(
    actor: Actor,
    package: ServicePackage,
    *,
    since: date,
    until: date | None = None,
    contact: Contact | None = None,
    includes: str = "",
) -> None:
    """Change a booked package, also to end it. Raises ValidationError by field name."""
    with transaction.atomic():
        Station.objects.select_for_update(of=("self",)).get(pk=package.station_id)
        stored = ServicePackage.objects.select_related("contact", "station").get(pk=package.pk)
        before = _values(stored)
        stored.since, stored.until, stored.contact, stored.includes = since, until, contact, includes.strip()
        _check(stored)
        others = ServicePackage.objects.filter(station=stored.station, kind=stored.kind).exclude(pk=stored.pk)
        if any(other.overlaps(since, until) for other in others):
            raise ValidationError(_("The station has this package already in a part of this time."))
        old, new = differences(before, _values(stored))
        if new:
            stored.save(update_fields=["since", "until", "contact", "includes"])
            record(actor, stored.organisation_id, "stations.package_changed", stored.station, before=old, after=new)
            values: dict[str, Any] = {"package": str(stored), "since": since, "until": until or "…"}
            record_event(stored.station, PACKAGE_CHANGED, actor, **values)
            announce([f"station.{stored.station_id}"])


def _check(package: ServicePackage) -> None:
    package.clean_fields(exclude=["organisation", "station", "contact"])
    if package.until and package.until < package.since:
        raise ValidationError({"until": _("This lies before the beginning.")})
    if package.contact and package.contact.organisation_id != package.organisation_id:
        raise ValidationError({"contact": _("This contact belongs to another organisation.")})


def _values(package: ServicePackage) -> dict[str, Any]:
    contact = str(package.contact) if package.contact else ""
    return {
        "kind": package.kind,
        "since": package.since,
        "until": package.until,
        "contact": contact,
        "includes": package.includes,
    }
