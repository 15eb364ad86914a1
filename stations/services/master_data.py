"""Creating and changing stations by hand. What a charger reports of itself never changes what was entered."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _
from django_scopes import scopes_disabled

from accounts.models import Organisation
from accounts.services import differences, record
from common.actor import Actor
from common.live import announce
from stations.choices import LifeCycle
from stations.companions import station_parts
from stations.history import CREATED, LIFE_CYCLE_CHANGED
from stations.models import Station, StationGroup, StationState
from stations.services.history import Occurrence, record_event, record_events
from stations.services.search_index import index_stations
from stations.services.traces import trace_hardware
from stations.signals import send_station_changed

CONTACT_ROLES = ("owner", "operator", "service_partner", "contact_person")
# The name that stands in an audit row for the groups of a station.
GROUPS = "groups"
# What is entered of a station; everything else follows from it or is kept by services of its own.
FIELDS = (
    "identity",
    "name",
    "life_cycle",
    "protocol",
    "security_profile",
    "vendor",
    "model",
    "serial_number",
    "firmware_version",
    "iccid",
    "imsi",
    "street",
    "postal_code",
    "city",
    "country",
    "latitude",
    "longitude",
    "time_zone",
    "access_type",
    "opening_hours",
    *CONTACT_ROLES,
)
# A clone is another device at another place of the line: what is written on its own plate is not copied.
_NOT_CLONED = ("identity", "name", "life_cycle", "serial_number", "iccid", "imsi")
IDENTITY_TAKEN = _(
    "This station id is in use already. Station ids are unique over the whole portal, in any case of letters."
)


def create_station(actor: Actor, organisation: Organisation, values: Mapping[str, Any]) -> Station:
    """Create a station from `values` by field name (`FIELDS`, and `groups` as a list of groups).

    Raises ValidationError by field name.
    """
    station = Station(organisation=organisation)
    groups = _set(station, values)
    with transaction.atomic():
        check(station, groups or ())
        _save(station)
        StationState.objects.create(station=station, organisation=organisation)
        if groups is not None:
            station.groups.set(groups)
        index_stations([station.pk])
        trace_hardware([station.pk])
        record(actor, organisation, "stations.created", station, after=_filled(audited(station, groups or ())))
        record_event(station, CREATED, actor)
        announce([f"organisation.{organisation.pk}"])
    return station


def update_station(actor: Actor, station: Station, values: Mapping[str, Any]) -> Station:
    """Change the fields named in `values`. Raises ValidationError by field name, and `station` then is unchanged.

    What is written and audited are the fields that differ from what is stored.
    """
    with transaction.atomic():
        stored = _locked(station)
        before = audited(stored, stored.groups.all())
        groups = _set(stored, values)
        check(stored, groups or ())
        old, new = differences(before, audited(stored, stored.groups.all() if groups is None else groups))
        if new:
            _save(stored, [name for name in new if name != GROUPS])
            if groups is not None:
                stored.groups.set(groups)
            index_stations([stored.pk])
            trace_hardware([stored.pk])
            record(actor, stored.organisation_id, "stations.changed", stored, before=old, after=new)
            record_events(life_cycle_events(actor, [(stored.pk, old, new)]))
            announce([f"station.{stored.pk}", f"organisation.{stored.organisation_id}"])
            send_station_changed(stored.pk, frozenset(new))
    for name in set(values) - {GROUPS}:
        setattr(station, name, getattr(stored, name))
    return station


def _locked(station: Station) -> Station:
    stations = Station.objects.select_for_update(of=("self",)).select_related(*CONTACT_ROLES)
    return stations.get(pk=station.pk)


def change_life_cycle(actor: Actor, station: Station, life_cycle: LifeCycle) -> Station:
    """Move the station in its life. `consequences_of` says before what that does."""
    return update_station(actor, station, {"life_cycle": life_cycle})


def clone_station(actor: Actor, source: Station, identity: str, name: str = "") -> Station:
    """Plan another station like this one: same model, place, assignments, groups and ports, under another identity.

    What belongs to the one device is left out (serial number, SIM card, EVSE IDs). Raises ValidationError.
    """
    values = {field: getattr(source, field) for field in FIELDS if field not in _NOT_CLONED}
    values |= {"identity": identity, "name": name, GROUPS: list(source.groups.all())}
    with transaction.atomic():
        copy = create_station(actor, source.organisation, values)
        for part in station_parts():
            if part.clone:
                part.clone(source, copy)
        record(actor, source.organisation_id, "stations.cloned", copy, after={"from": source.identity})
    return copy


def _set(station: Station, values: Mapping[str, Any]) -> list[StationGroup] | None:
    """Set the values on the station; answer with the groups that are wanted, None where nothing is said of them."""
    unknown = set(values) - {*FIELDS, GROUPS}
    if unknown:
        raise ValueError(f"Not fields of a station that are entered: {', '.join(sorted(unknown))}.")
    for name in set(values) - {GROUPS}:
        value = values[name]
        setattr(station, name, value.strip() if isinstance(value, str) else value)
    station.country = station.country.upper()
    groups = values.get(GROUPS)
    return None if groups is None else list(groups)


def check(station: Station, groups: Iterable[StationGroup] = ()) -> None:
    """Raise ValidationError by field name where the station cannot be saved; its values are cleaned."""
    errors = field_errors(station)
    if any(group.organisation_id != station.organisation_id for group in groups):
        errors[GROUPS] = [ValidationError(_("This group belongs to another organisation."))]
    if "identity" not in errors and _is_identity_taken(station):
        errors["identity"] = [ValidationError(IDENTITY_TAKEN, code="unique")]
    if errors:
        raise ValidationError(errors)


def _save(station: Station, fields: Iterable[str] | None = None) -> None:
    """Save the station, or the named fields of it; somebody else may take its identity at this moment."""
    try:
        with transaction.atomic():
            station.save(update_fields=None if fields is None else [*fields, "changed_at"])
    except IntegrityError as error:
        if "station_identity_unique" not in str(error):
            raise
        raise ValidationError({"identity": ValidationError(IDENTITY_TAKEN, code="unique")}) from error


@cache
def _time_zones() -> frozenset[str]:
    """The names are read from the disk: once, not for every row of an import."""
    return frozenset(available_timezones())


def field_errors(station: Station) -> dict[str, list[ValidationError]]:
    """What is wrong with the station's fields, each looked at by itself and where they belong together. No query."""
    errors: dict[str, list[ValidationError]] = {}
    try:
        station.clean_fields(exclude=[*CONTACT_ROLES, "organisation"])
    except ValidationError as error:
        errors.update(error.error_dict)
    if "time_zone" not in errors and station.time_zone not in _time_zones():
        errors["time_zone"] = [ValidationError(_("There is no such time zone: choose e.g. Europe/Berlin."))]
    if station.country and not (len(station.country) == 2 and station.country.isascii() and station.country.isalpha()):
        errors.setdefault("country", [ValidationError(_("Two letters are needed, e.g. DE."))])
    if (station.latitude is None) != (station.longitude is None):
        missing = "latitude" if station.latitude is None else "longitude"
        errors.setdefault(missing, [ValidationError(_("A position needs both latitude and longitude."))])
    for role in CONTACT_ROLES:
        contact = getattr(station, role)
        if contact is not None and contact.organisation_id != station.organisation_id:
            errors[role] = [ValidationError(_("This contact belongs to another organisation."))]
    return errors


def _is_identity_taken(station: Station) -> bool:
    """Whether another station has this identity in any case of letters, in whatever organisation."""
    with scopes_disabled():
        return Station.objects.filter(identity__iexact=station.identity).exclude(pk=station.pk).exists()


def audited(station: Station, groups: Iterable[StationGroup]) -> dict[str, Any]:
    """The station's entered values as an audit row keeps them."""
    values = {name: _plain(getattr(station, name)) for name in FIELDS}
    return values | {GROUPS: sorted(group.name for group in groups)}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, models.Model) else value


def life_cycle_events(
    actor: Actor, changes: Iterable[tuple[int, Mapping[str, Any], Mapping[str, Any]]]
) -> Iterator[Occurrence]:
    """What histories tell of changed stations: (station id, fields before, fields after)."""
    for station_id, old, new in changes:
        if "life_cycle" in new:
            values = {"before": old["life_cycle"], "after": new["life_cycle"]}
            yield Occurrence(station_id, LIFE_CYCLE_CHANGED, actor, values=values)


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None, [], {})}
