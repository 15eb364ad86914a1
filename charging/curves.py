"""The pictures of a session: what its meter values tell over time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from charging.models import ChargingSession, MeterValue
from charging.selectors import meter_curve
from common.charts import Chart, Kind, Series
from common.rights import Text

# More points than a picture on a screen has room for tell nothing.
POINTS = 300
_PER_KILO = 1000


@dataclass(frozen=True)
class Curve:
    """One quantity: `value_of` answers with it in `unit`, or None where the reading has none."""

    name: str
    title: Text
    unit: str
    colour: int
    value_of: Callable[[ChargingSession, MeterValue], Decimal | None]
    kind: Kind = "line"
    decimals: int = 1

    def chart(self, session: ChargingSession, values: Iterable[MeterValue]) -> Chart:
        """Readings of other quantities leave no gaps."""
        points = [(value.sampled_at, self.value_of(session, value)) for value in values]
        told = [(at, float(figure)) for at, figure in points if figure is not None]
        series = Series(self.title, [figure for _at, figure in told], self.colour)
        return Chart(
            self.name,
            self.title,
            self.kind,
            [at for at, _figure in told],
            [series],
            unit=self.unit,
            decimals=self.decimals,
            zone=session.station.time_zone,
        )


def _power_kw(session: ChargingSession, value: MeterValue) -> Decimal | None:
    return None if value.power_w is None else value.power_w / _PER_KILO


def _energy_kwh(session: ChargingSession, value: MeterValue) -> Decimal | None:
    """Since the start of the session. What a register showed before it began anew cannot be compared."""
    base_wh = session.meter_start_wh if session.meter_base_wh is None else session.meter_base_wh
    if value.energy_wh is None or base_wh is None or value.energy_wh < base_wh:
        return None
    return (value.energy_wh - base_wh) / _PER_KILO


CURVES = (
    Curve("power", _("Power"), "kW", 1, _power_kw, kind="area"),
    Curve("energy", _("Energy"), "kWh", 3, _energy_kwh, decimals=3),
    Curve("soc", _("State of charge"), "%", 6, lambda _session, value: value.soc_percent, decimals=0),
    Curve("current", _("Current, strongest phase"), "A", 2, lambda _session, value: value.current_a),
    Curve("voltage", _("Voltage"), "V", 4, lambda _session, value: value.voltage_v),
)


def charts_of(session: ChargingSession) -> list[Chart]:
    """A picture of every quantity that the charger told. One query."""
    values = meter_curve(session, POINTS)
    return [chart for chart in (curve.chart(session, values) for curve in CURVES) if not chart.is_empty]
