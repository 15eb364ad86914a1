"""Errors that go on too long are told to people and become tickets, by the organisations' rules; their end is told too.

Both functions look at all organisations at once, with a number of queries that does not grow with stations or errors.
An error is escalated by a rule only once. While a maintenance window covers its port, an
error waits.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import connection, transaction

from chargeports.models import EquipmentError
from common.actor import task_actor
from common.bulk import update_rows
from common.live import announce
from tickets.choices import OPEN_STATES, EntryKind, NoticeKind
from tickets.models import Escalation, EscalationRule, Notice, Ticket, TicketEntry
from tickets.people import who_may_see
from tickets.services.notices import tell
from tickets.services.tickets import open_tickets, topics_of

ACTOR = task_actor("escalation")
# More are escalated the next time.
_AT_ONCE = 1_000

# Which open errors fit which rules and were not escalated by them. The catalogue's severity comes before that of the
# status, as in `chargeports.error_catalogue.with_meanings`.
_DUE = """
SELECT rule.id, error.id
FROM tickets_escalationrule rule
JOIN chargeports_equipmenterror error ON error.organisation_id = rule.organisation_id AND error.until IS NULL
JOIN stations_station station ON station.id = error.station_id AND station.life_cycle = 'in_operation'
LEFT JOIN stations_stationreport report ON report.station_id = station.id
LEFT JOIN LATERAL (
    SELECT entry.severity FROM chargeports_vendorerrorcode entry
    WHERE entry.organisation_id = error.organisation_id
      AND upper(entry.code) IN (upper(error.vendor_error_code), upper(error.info))
      AND upper(entry.vendor) IN
          ('', upper(error.vendor_id), upper(coalesce(nullif(station.vendor, ''), report.vendor)))
      AND upper(entry.model) IN ('', upper(coalesce(nullif(station.model, ''), report.model)))
    ORDER BY entry.model DESC, entry.vendor DESC LIMIT 1
) known ON rule.severities <> '{}'
WHERE rule.active
  AND error.since <= %(now)s - rule.after_minutes * interval '1 minute'
  AND (rule.error_codes = '{}' AND rule.vendor_codes = '{}'
       OR error.error_code = ANY(rule.error_codes) OR upper(error.vendor_error_code) = ANY(rule.vendor_codes)
       OR upper(error.info) = ANY(rule.vendor_codes))
  AND (rule.severities = '{}' OR coalesce(known.severity, error.severity) = ANY(rule.severities))
  AND (EXISTS (SELECT FROM tickets_escalationrule_stations chosen
               WHERE chosen.escalationrule_id = rule.id AND chosen.station_id = station.id)
       OR EXISTS (SELECT FROM tickets_escalationrule_groups chosen
                  JOIN stations_station_groups member ON member.stationgroup_id = chosen.stationgroup_id
                  WHERE chosen.escalationrule_id = rule.id AND member.station_id = station.id)
       OR NOT EXISTS (SELECT FROM tickets_escalationrule_stations chosen WHERE chosen.escalationrule_id = rule.id)
      AND NOT EXISTS (SELECT FROM tickets_escalationrule_groups chosen WHERE chosen.escalationrule_id = rule.id))
  AND NOT EXISTS (SELECT FROM tickets_escalation done WHERE done.rule_id = rule.id AND done.error_id = error.id)
  AND NOT EXISTS (SELECT FROM chargeports_maintenancewindow work
                  WHERE work.station_id = station.id AND work.port_number IN (0, error.port_number)
                    AND work.starts_at <= %(now)s AND work.ends_at > %(now)s)
ORDER BY error.id, rule.id
LIMIT %(limit)s
"""


@transaction.atomic
def escalate(now: datetime) -> int:
    """Escalate what is due at `now`; how many times an error met a rule."""
    pairs = _due(now)
    errors = EquipmentError.objects.select_related("station").in_bulk({error for _rule, error in pairs})
    rules = EscalationRule.objects.prefetch_related("people", "teams__people").in_bulk({rule for rule, _e in pairs})
    made = [
        Escalation(
            organisation_id=errors[error].organisation_id,
            rule=rules[rule],
            rule_name=rules[rule].name,
            error=errors[error],
            at=now,
        )
        for rule, error in pairs
    ]
    _tickets_for([(each, rules[rule]) for each, (rule, _e) in zip(made, pairs, strict=True)])
    Escalation.objects.bulk_create(made, ignore_conflicts=True)
    tell(_escalated(made))
    announce(f"station.{each.error.station_id}" for each in made)
    return len(made)


def _due(now: datetime) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        # One at a time: two workers must not open two tickets for one error.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tickets.escalate'))")
        cursor.execute(_DUE, {"now": now, "limit": _AT_ONCE})
        return cursor.fetchall()


# --- Tickets ------------------------------------------------------------------------------------------------------
def _tickets_for(escalations: list[tuple[Escalation, EscalationRule]]) -> None:
    """Give each escalation whose rule wants one the ticket of its error: an open one of the same error at the same
    place, which from then on is about this error, else a new one.
    """
    wanted = [(each, rule) for each, rule in escalations if rule.opens_ticket]
    if not wanted:
        return
    stations = {each.error.station_id for each, _rule in wanted}
    known = Ticket.objects.filter(station__in=stations, state__in=OPEN_STATES, error__isnull=False)
    by_place = {_place(ticket.error): ticket for ticket in known.select_related("error") if ticket.error}
    new: list[Ticket] = []
    again: list[TicketEntry] = []
    for each, rule in wanted:
        ticket = by_place.get(_place(each.error))
        if ticket is None:
            ticket = by_place[_place(each.error)] = _ticket_of(each, rule)
            new.append(ticket)
        elif ticket.error_id != each.error_id and ticket.pk:
            again.append(_note(ticket, each.error, each.at, "came_back"))
            ticket.error = each.error
        each.ticket = ticket
    open_tickets(ACTOR, new)
    TicketEntry.objects.bulk_create(again)
    update_rows([entry.ticket for entry in again], ["error"])
    announce(topic for entry in again for topic in topics_of(entry.ticket))


def _place(error: EquipmentError) -> tuple[int, int, str, str]:
    return error.station_id, error.port_number, error.error_code, error.vendor_error_code


def _ticket_of(escalation: Escalation, rule: EscalationRule) -> Ticket:
    error = escalation.error
    said = " · ".join(filter(None, [error.error_code, error.vendor_error_code, error.info]))
    place = f"{error.station.identity} · {error.port_number}" if error.port_number else error.station.identity
    return Ticket(
        organisation_id=escalation.organisation_id,
        title=f"{place}: {said}"[:200],
        priority=rule.ticket_priority,
        category_id=rule.ticket_category_id,
        team_id=rule.ticket_team_id,
        station=error.station,
        port_numbers=[error.port_number] if error.port_number else [],
        error=error,
    )


def _note(ticket: Ticket, error: EquipmentError, at: datetime, what: str) -> TicketEntry:
    """An entry that tells in the reader's language what became of the error (`wording.event_text`)."""
    return TicketEntry(
        organisation_id=ticket.organisation_id,
        ticket=ticket,
        kind=EntryKind.CHANGE,
        changes={what: ["", error.error_code]},
        actor_kind=ACTOR.kind,
        actor_label=ACTOR.label,
        at=at,
    )


# --- Telling ------------------------------------------------------------------------------------------------------
def _escalated(escalations: Iterable[Escalation]) -> list[Notice]:
    allowed: dict[int, set[int]] = {}
    notices = []
    for each in escalations:
        if each.organisation_id not in allowed:
            allowed[each.organisation_id] = set(who_may_see(each.organisation_id).values_list("pk", flat=True))
        notices += _notices(each, allowed[each.organisation_id])
    return notices


def _notices(escalation: Escalation, allowed: set[int]) -> list[Notice]:
    """One for each person, however many rules and teams name them."""
    rule = escalation.rule
    if rule is None:
        return []
    people = {person.pk: person for person in rule.people.all()}
    people |= {person.pk: person for team in rule.teams.all() for person in team.people.all()}
    told = [_notice(escalation, person.email, pk) for pk, person in people.items() if pk in allowed]
    return told + [_notice(escalation, address) for address in rule.addresses]


def _notice(escalation: Escalation, address: str, user_id: int | None = None) -> Notice:
    return Notice(
        organisation_id=escalation.organisation_id,
        key=f"{NoticeKind.ESCALATED}.error.{escalation.error_id}.{address.lower()}",
        kind=NoticeKind.ESCALATED,
        user_id=user_id,
        address=address,
        ticket=escalation.ticket,
        error=escalation.error,
    )


# --- All clear ----------------------------------------------------------------------------------------------------
@transaction.atomic
def clear_ended(now: datetime) -> int:
    """Tell the end of escalated errors to whoever was told of them, and write it on their tickets; how many ended."""
    open_ones = Escalation.objects.select_for_update(of=("self",)).filter(cleared_at=None, error__until__isnull=False)
    ended = list(open_ones.select_related("error", "ticket").order_by("pk")[:_AT_ONCE])
    Escalation.objects.filter(pk__in=[each.pk for each in ended]).update(cleared_at=now)
    told = Notice.objects.filter(kind=NoticeKind.ESCALATED, error__in={each.error_id for each in ended})
    tell([_all_clear(notice) for notice in told])
    about = {(each.ticket.pk, each.error_id): each for each in ended if each.ticket}
    TicketEntry.objects.bulk_create(
        _note(each.ticket, each.error, now, "error_ended") for each in about.values() if each.ticket
    )
    announce(topic for each in about.values() if each.ticket for topic in topics_of(each.ticket))
    return len(ended)


def _all_clear(notice: Notice) -> Notice:
    return Notice(
        organisation_id=notice.organisation_id,
        key=f"{NoticeKind.ALL_CLEAR}.error.{notice.error_id}.{notice.address.lower()}",
        kind=NoticeKind.ALL_CLEAR,
        user_id=notice.user_id,
        address=notice.address,
        ticket_id=notice.ticket_id,
        error_id=notice.error_id,
        created_at=datetime.now(UTC),
    )
