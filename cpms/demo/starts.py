"""The demo's starts from the portal: vouchers, goodwill for the review, and who asked to charge in the last days."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.choices import ActorKind
from accounts.models import Organisation
from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command
from charging.choices import AttemptOccasion, PortalStartState, Refusal, StartMethod
from charging.models import ChargingSession, Contract, PortalStart, Voucher
from charging.services import create_vouchers
from charging.services.activations import Attempt, write_attempts
from common.actor import Actor
from cpms.demo.equipment import Unit

_GRETA = Actor(kind="user", label="Greta Lang")
_DAYS = 8
_PROBLEMS = (
    ("Ida Horn, +49 171 5550191", "The app shows an error after the payment."),
    ("Family Peters, HH-KP 204", "The card reader does not react; was sent away twice before."),
    ("Taxi Berger", "Roaming partner is down."),
    ("Jonas Wolf", "Charging broke off after a minute, twice."),
)
# The password of the first contracts, to try a start with.
CONTRACT_PASSWORD = "harbour lantern seven"  # noqa: S105 - a demo's


def make_starts(chance: random.Random, organisation: Organisation, units: list[Unit], now: datetime) -> None:
    _contracts(organisation)
    create_vouchers(
        _GRETA, organisation, 20, name="Opening day", limit_energy_wh=20_000, valid_until=now + timedelta(days=90)
    )
    create_vouchers(_GRETA, organisation, 5, name="Hotline", limit_duration_s=7200)
    create_vouchers(_GRETA, organisation, 10, name="Apology", limit_amount=Decimal(15))
    recent = list(
        ChargingSession.objects.filter(organisation=organisation, started_at__gt=now - timedelta(days=_DAYS))
        .select_related("station", "token")
        .order_by("started_at")
    )
    write_attempts(attempt for session in recent for attempt in _attempts(chance, session))
    vouchers = list(Voucher.objects.filter(organisation=organisation)[:3])
    for number, session in enumerate(recent[-7:]):
        is_goodwill = number < len(_PROBLEMS)
        _start(session, _PROBLEMS[number] if is_goodwill else None, None if is_goodwill else vouchers.pop())


def _contracts(organisation: Organisation) -> None:
    first = Contract.objects.filter(organisation=organisation).order_by("pk").values("pk")[:5]
    Contract.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(
        email="customer@demo.example", password=make_password(CONTRACT_PASSWORD)
    )


def _attempts(chance: random.Random, session: ChargingSession) -> list[Attempt]:
    about: dict[str, Any] = {
        "organisation_id": session.organisation_id,
        "station_id": session.station_id,
        "method": StartMethod.TOKEN,
        "id_tag": session.id_tag,
        "token_id": session.token_id,
        "contract_id": session.contract_id,
    }
    at = session.started_at
    held = Attempt(received_at=at - timedelta(seconds=9), port_number=None, occasion=AttemptOccasion.READER, **about)
    begun = Attempt(
        received_at=at,
        port_number=session.port_number,
        occasion=AttemptOccasion.START,
        session_id=session.pk,
        **about,
    )
    if chance.random() < 0.02:
        # Somebody held the card to the reader and went away again.
        return [held._replace(received_at=at - timedelta(hours=2)), held, begun]
    if chance.random() > 0.06:
        return [held, begun]
    stranger = {**about, "id_tag": f"04{chance.randint(0, 2**40):010X}", "token_id": None, "contract_id": None}
    refused = Attempt(
        received_at=at - timedelta(minutes=4),
        port_number=None,
        occasion=AttemptOccasion.READER,
        outcome=Refusal.UNKNOWN.status,
        reason=Refusal.UNKNOWN,
        **stranger,
    )
    return [refused, held, begun]


def _start(session: ChargingSession, goodwill: tuple[str, str] | None, voucher: Voucher | None) -> None:
    method = StartMethod.GOODWILL if goodwill else StartMethod.VOUCHER
    by = {"actor_kind": ActorKind.USER, "actor_label": _GRETA.label}
    at = session.started_at - timedelta(seconds=40)
    command = Command.objects.create(
        organisation_id=session.organisation_id,
        station=session.station,
        port_number=session.port_number,
        kind=CommandKind.START_CHARGING,
        parameters={"id_tag": session.id_tag},
        state=CommandState.ACCEPTED,
        outcome="Accepted",
        sent_at=at,
        ended_at=at,
        expires_at=at,
        **by,
    )
    customer, problem = goodwill or ("", "")
    start = PortalStart.objects.create(
        organisation_id=session.organisation_id,
        station=session.station,
        port_number=session.port_number,
        method=method,
        state=PortalStartState.DONE,
        command=command,
        session=session,
        voucher=voucher,
        customer=customer,
        problem=problem,
        limit_duration_s=14_400,
        waits_until=at,
        created_at=at,
        **by,
    )
    Command.objects.filter(pk=command.pk).update(created_at=at)
    ChargingSession.objects.filter(pk=session.pk).update(method=method)
    if voucher:
        Voucher.objects.filter(pk=voucher.pk).update(start=start, redeemed_at=at)
