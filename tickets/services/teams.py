"""Teams and the categories of tickets."""

from collections.abc import Collection

from django.db import transaction

from accounts.models import Organisation, User
from accounts.services import record, record_change
from common.actor import Actor
from tickets.models import Team, TicketCategory
from tickets.people import names


def create_team(actor: Actor, organisation: Organisation, name: str, people: Collection[User] = ()) -> Team:
    """Raises ValidationError where a team has this name already."""
    team = Team(organisation=organisation, name=name.strip())
    team.full_clean()
    with transaction.atomic():
        team.save()
        team.people.set(people)
        record(actor, organisation, "tickets.team_created", team, after=_values(team))
    return team


def update_team(actor: Actor, team: Team, name: str, people: Collection[User]) -> None:
    """Raises ValidationError where another team has this name already."""
    before = _values(team)
    team.name = name.strip()
    team.full_clean()
    with transaction.atomic():
        team.save(update_fields=["name"])
        team.people.set(people)
        record_change(actor, team, "tickets.team_changed", before, _values(team))


def delete_team(actor: Actor, team: Team) -> None:
    """Its tickets stay; they only lose the team."""
    with transaction.atomic():
        record(actor, team.organisation_id, "tickets.team_deleted", team, before=_values(team))
        team.delete()


def create_category(actor: Actor, organisation: Organisation, name: str) -> TicketCategory:
    """Raises ValidationError where a category has this name already."""
    category = TicketCategory(organisation=organisation, name=name.strip())
    category.full_clean()
    with transaction.atomic():
        category.save()
        record(actor, organisation, "tickets.category_created", category, after={"name": category.name})
    return category


def rename_category(actor: Actor, category: TicketCategory, name: str) -> None:
    before = {"name": category.name}
    category.name = name.strip()
    category.full_clean()
    with transaction.atomic():
        category.save(update_fields=["name"])
        record_change(actor, category, "tickets.category_renamed", before, {"name": category.name})


def delete_category(actor: Actor, category: TicketCategory) -> None:
    """Its tickets stay; they only lose the category."""
    with transaction.atomic():
        before = {"name": category.name}
        record(actor, category.organisation_id, "tickets.category_deleted", category, before=before)
        category.delete()


def _values(team: Team) -> dict[str, object]:
    return {"name": team.name, "people": names(team.people.order_by("email"))}
