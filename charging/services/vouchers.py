"""Vouchers: codes for one complete charging process. Callers are inside the organisation's scope."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.services import record
from chargeports.models import ChargePort
from charging.choices import Refusal
from charging.models import PortalStart, Voucher, VoucherBatch
from common import identifiers
from common.actor import Actor
from common.errors import Refused
from stations.models import StationGroup

MAX_VOUCHERS = 1000
# Without letters and digits that are read wrong on the telephone; 50 bits, far more than anybody can guess by asking.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _GROUP_LENGTH = 3, 4
_TRIES = 3


def create_vouchers(
    actor: Actor,
    organisation: Organisation,
    count: int,
    *,
    ports: Iterable[ChargePort] = (),
    groups: Iterable[StationGroup] = (),
    **fields: Any,
) -> VoucherBatch:
    """Make `count` vouchers with the limits in `fields` (those of VoucherBatch). Raises ValidationError by field."""
    if not 0 < count <= MAX_VOUCHERS:
        raise ValidationError({"count": _("From 1 to %(most)d vouchers at once.") % {"most": MAX_VOUCHERS}})
    batch = VoucherBatch(organisation=organisation, created_by=actor.label[:200], **fields)
    batch.full_clean()
    if batch.valid_from and batch.valid_until and batch.valid_until <= batch.valid_from:
        raise ValidationError({"valid_until": _("The end has to lie after the beginning.")})
    for _attempt in range(_TRIES):
        try:
            with transaction.atomic():
                return _write(actor, batch, count, list(ports), list(groups))
        except IntegrityError:
            batch.pk = None
    raise Refused(_("No vouchers could be made, try again."))


def _write(
    actor: Actor, batch: VoucherBatch, count: int, ports: list[ChargePort], groups: list[StationGroup]
) -> VoucherBatch:
    batch.save(force_insert=True)
    batch.ports.set(ports)
    batch.groups.set(groups)
    codes = {_new_code() for _number in range(count)}
    while len(codes) < count:
        codes.add(_new_code())
    Voucher.objects.bulk_create(
        Voucher(organisation_id=batch.organisation_id, batch=batch, code=code, code_key=code_key(code))
        for code in sorted(codes)
    )
    names = ("name", "valid_from", "valid_until", "limit_energy_wh", "limit_duration_s", "limit_amount")
    told = {name: value for name in names if (value := getattr(batch, name)) not in (None, "")}
    after = {name: str(value) if isinstance(value, Decimal | datetime) else value for name, value in told.items()}
    record(actor, batch.organisation_id, "charging.vouchers_created", batch, after={**after, "count": count})
    return batch


def _new_code() -> str:
    letters = [secrets.choice(_ALPHABET) for _place in range(_GROUPS * _GROUP_LENGTH)]
    return "-".join("".join(letters[at : at + _GROUP_LENGTH]) for at in range(0, len(letters), _GROUP_LENGTH))


def code_key(code: str) -> str:
    """What is compared: upper case without separators."""
    return identifiers.key(code)[:20]


def revoke_vouchers(actor: Actor, organisation: Organisation, ids: Iterable[int]) -> int:
    """Let those that nobody has redeemed be good for nothing any more; how many."""
    with transaction.atomic():
        open_ones = Voucher.objects.filter(pk__in=list(ids), redeemed_at=None, revoked_at=None)
        codes = list(open_ones.select_for_update().order_by("pk").values_list("code", flat=True))
        if codes:
            open_ones.update(revoked_at=timezone.now())
            record(actor, organisation, "charging.vouchers_revoked", after={"codes": codes})
    return len(codes)


def refusal_of_voucher(voucher: Voucher | None, port: ChargePort | None, at: datetime) -> Refusal | None:
    """Why nobody may charge with the voucher at the port at this time. At most three queries."""
    if voucher is None:
        return Refusal.VOUCHER_UNKNOWN
    if voucher.redeemed_at or voucher.revoked_at:
        return Refusal.VOUCHER_REDEEMED if voucher.redeemed_at else Refusal.VOUCHER_REVOKED
    batch = voucher.batch
    if batch.valid_until and batch.valid_until <= at:
        return Refusal.VOUCHER_EXPIRED
    if batch.valid_from and batch.valid_from > at:
        return Refusal.VOUCHER_NOT_BEGUN
    return None if _is_good_at(batch, port) else Refusal.VOUCHER_ELSEWHERE


def _is_good_at(batch: VoucherBatch, port: ChargePort | None) -> bool:
    ports = set(batch.ports.values_list("pk", flat=True))
    groups = set(batch.groups.values_list("pk", flat=True))
    if not ports and not groups:
        return True
    if port is None:
        return False
    return port.pk in ports or port.station.groups.filter(pk__in=groups).exists()


def take_voucher(voucher: Voucher, start: PortalStart) -> bool:
    """Let the start hold the voucher; whether it does. Of two at once the database lets one."""
    free = Voucher.objects.filter(pk=voucher.pk, start=None, redeemed_at=None, revoked_at=None)
    return bool(free.update(start=start, redeemed_at=start.created_at))
