"""Periodic work of the gateway. Tasks are doors: they open the transaction and call one function."""

from celery import shared_task
from django.utils import timezone

from common.partitions import all_partitioned, drop_expired, ensure_all
from common.tasks import Periodic
from ocpp_gateway import refusals, registry, uptime
from ocpp_gateway.database import in_transaction


@shared_task
def reap_nodes() -> None:
    """Close what nodes that died left open, and give up what dropped; the nodes do it too, while there is one."""
    in_transaction(lambda: registry.reap(timezone.now()))
    in_transaction(lambda: registry.give_up_dropped(timezone.now()))


@shared_task
def keep_partitions() -> None:
    """Make the next partitions of every table that has them, and drop those whose time is over."""
    ensure_all()
    for table in all_partitioned():
        drop_expired(table, timezone.now())


@shared_task
def prune_refusals() -> None:
    in_transaction(refusals.prune)


@shared_task
def reckon_availability() -> None:
    """Of the days that are over."""
    in_transaction(lambda: uptime.reckon_missing(timezone.now()))


PERIODIC = (
    Periodic("ocpp_gateway.reap_nodes", reap_nodes, every_s=15),
    Periodic("ocpp_gateway.keep_partitions", keep_partitions, every_s=6 * 3600),
    Periodic("ocpp_gateway.reckon_availability", reckon_availability, every_s=1800),
    Periodic("ocpp_gateway.prune_refusals", prune_refusals, every_s=60),
)
