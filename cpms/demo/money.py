"""The demo's tariffs, and what its sessions cost by them."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from accounts.models import Organisation
from charging.models import Tariff, TariffAssignment, TariffVersion

DAYS = 400
VAT = Decimal(19)

# As `charging.tariffs.cost_of` reckons a start fee and a price of a kWh, in one statement for all sessions.
_COSTS = """
    INSERT INTO charging_sessioncost (session_id, organisation_id, version_id, tariff_name, currency, total, vat,
        vat_percent, lines, unbilled, reckoned_at)
    SELECT session.id, session.organisation_id, %(version)s, %(name)s, 'EUR', fee + energy,
        fee + energy - round((fee + energy) / 1.19, 2), %(vat)s,
        jsonb_build_array(
            jsonb_build_object('kind', 'start', 'quantity', '1', 'price', fee::text, 'amount', fee::text),
            jsonb_build_object('kind', 'energy', 'quantity', round(energy_wh / 1000.0, 4)::text,
                'price', %(kwh)s::text, 'amount', energy::text)),
        CASE WHEN session.method = 'goodwill' THEN 'goodwill' ELSE '' END, session.ended_at
    FROM charging_chargingsession session
    JOIN chargeports_chargeport port ON port.station_id = session.station_id AND port.number = session.port_number
    CROSS JOIN LATERAL (SELECT %(fee)s::numeric AS fee, round(energy_wh * %(kwh)s::numeric / 1000, 2) AS energy) price
    WHERE session.organisation_id = %(organisation)s AND session.counted_on IS NOT NULL
        AND port.calibration_law <> 'none'
"""
_REVENUE = """
    INSERT INTO charging_revenueday (organisation_id, station_id, port_number, day, currency, total, vat)
    SELECT session.organisation_id, station_id, port_number, counted_on, currency, sum(total), sum(vat)
    FROM charging_sessioncost cost JOIN charging_chargingsession session ON session.id = cost.session_id
    WHERE session.organisation_id = %(organisation)s AND unbilled = '' GROUP BY 1, 2, 3, 4, 5
"""
_RECKONED = """
    UPDATE charging_chargingsession SET reckoned_at = ended_at
    WHERE organisation_id = %(organisation)s AND counted_on IS NOT NULL
"""


def make_tariffs(organisation: Organisation, now: datetime) -> None:
    """A public tariff holds for everybody, others wait to be assigned."""
    since = now - timedelta(days=DAYS)
    public = Tariff.objects.create(organisation=organisation, name="Public")
    version = TariffVersion.objects.create(
        organisation=organisation,
        tariff=public,
        valid_from=since,
        price_kwh=Decimal("0.4900"),
        start_fee=Decimal("0.35"),
        vat_percent=VAT,
    )
    TariffAssignment.objects.create(organisation=organisation, tariff=public)
    staff = Tariff.objects.create(organisation=organisation, name="Staff, cheaper at night")
    night = {"days": [1, 2, 3, 4, 5, 6, 7], "begin": "00:00", "end": "06:00", "kwh": "0.2500", "minute": "0"}
    TariffVersion.objects.create(
        organisation=organisation,
        tariff=staff,
        valid_from=since,
        price_kwh=Decimal("0.3500"),
        blocking_min=Decimal("0.10"),
        blocking_after_min=240,
        vat_percent=VAT,
        bands=[night],
    )
    values = {
        "organisation": organisation.pk,
        "version": version.pk,
        "name": public.name,
        "vat": VAT,
        "kwh": version.price_kwh,
        "fee": version.start_fee,
    }
    with connection.cursor() as cursor:
        for statement in (_COSTS, _REVENUE, _RECKONED):
            cursor.execute(statement, values)
