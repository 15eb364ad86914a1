"""Doors for Celery: what the outbox needs again and again. They work across organisations."""

from datetime import UTC, datetime

from celery import shared_task
from django_scopes import scopes_disabled

from chargeports import services
from common.actor import task_actor
from common.tasks import Periodic


@shared_task
def end_overdue_commands() -> None:
    """End what waited too long, and what was sent by a node that died and never answered."""
    now = datetime.now(UTC)
    with scopes_disabled():
        services.expire_commands(now)
        services.time_out_commands(now)


@shared_task
def poke_waiting_commands() -> None:
    """Tell again of commands whose station is online: a poke may have been lost."""
    with scopes_disabled():
        services.poke_waiting(datetime.now(UTC))


@shared_task
def keep_locks() -> None:
    """Make locked ports inoperative again that say they can be used."""
    with scopes_disabled():
        services.keep_locks(datetime.now(UTC))


@shared_task
def keep_windows() -> None:
    """Open and close the maintenance windows whose time has come."""
    with scopes_disabled():
        services.keep_windows(datetime.now(UTC))


@shared_task
def expire_reservations() -> None:
    """End the reservations whose time is over."""
    with scopes_disabled():
        services.expire_reservations(datetime.now(UTC))


@shared_task
def give_up_transfers() -> None:
    """End files that were announced and never came."""
    with scopes_disabled():
        services.give_up_transfers(datetime.now(UTC))


@shared_task
def remove_old_diagnostics() -> None:
    """Remove the diagnostics and logs whose time is over."""
    with scopes_disabled():
        services.remove_old_diagnostics(datetime.now(UTC))


@shared_task
def run_campaigns() -> None:
    """One turn of every campaign: what became of those asked, and the next batch where it is due."""
    with scopes_disabled():
        services.run_campaigns(datetime.now(UTC))


@shared_task
def keep_templates() -> None:
    """Compare stations with their configuration templates where that is due."""
    with scopes_disabled():
        services.keep_templates(datetime.now(UTC))


@shared_task
def renew_certificates() -> None:
    """Ask stations whose certificate ends soon for a new request."""
    with scopes_disabled():
        services.ask_for_renewals(task_actor("chargeports.renew_certificates"), datetime.now(UTC))


PERIODIC = (
    Periodic("chargeports.renew_certificates", renew_certificates, every_s=600),
    Periodic("chargeports.keep_templates", keep_templates, every_s=5),
    Periodic("chargeports.run_campaigns", run_campaigns, every_s=2),
    Periodic("chargeports.give_up_transfers", give_up_transfers, every_s=60),
    Periodic("chargeports.remove_old_diagnostics", remove_old_diagnostics, every_s=3600),
    Periodic("chargeports.end_overdue_commands", end_overdue_commands, every_s=10),
    Periodic("chargeports.poke_waiting_commands", poke_waiting_commands, every_s=30),
    Periodic("chargeports.keep_locks", keep_locks, every_s=60),
    Periodic("chargeports.expire_reservations", expire_reservations, every_s=15),
    Periodic("chargeports.keep_windows", keep_windows, every_s=20),
)
