"""Pictures from figures: drawn by chart.js where there is a script, with the same figures in a table below.

`chart.html` draws one: `{% include "chart.html" with chart=chart %}`; its page loads the scripts by
`{% block page_scripts %}{% include "chart_scripts.html" %}{% endblock %}`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.utils import timezone
from django.utils.functional import cached_property

from common.numbers import in_figures
from common.rights import Text

Kind = Literal["line", "area", "bar", "pie"]
Number = float | int | None


@dataclass(frozen=True)
class Series:
    """Values in the order of the chart's labels; None leaves a gap. `colour` is 1 to 6, `--chart-N` of cpms.css."""

    label: Text
    values: Sequence[Number]
    colour: int = 1


@dataclass(frozen=True)
class Chart:
    """Lines, areas, bars or a pie. Labels that are times make a time axis in `zone` (by default the reader's).

    A pie shows the first series, with a colour for each label. `name` is unique on its page.
    """

    name: str
    title: Text
    kind: Kind
    labels: Sequence[Text | datetime]
    series: Sequence[Series]
    unit: Text = ""
    decimals: int = 1
    stacked: bool = False
    zone: str = ""

    @property
    def data_id(self) -> str:
        return f"chart-{self.name}-data"

    @property
    def is_empty(self) -> bool:
        return not any(value is not None for series in self.series for value in series.values)

    @property
    def has_times(self) -> bool:
        return bool(self.labels) and isinstance(self.labels[0], datetime)

    @cached_property
    def data(self) -> dict[str, Any]:
        """What charts.js draws."""
        return {
            "kind": self.kind,
            "times": self.has_times,
            "zone": self.zone or timezone.get_current_timezone_name(),
            "unit": str(self.unit),
            "decimals": self.decimals,
            "stacked": self.stacked,
            "labels": [_position(label) for label in self.labels],
            "series": [
                {
                    "label": str(series.label),
                    "values": [_plain(value) for value in series.values],
                    "colour": series.colour,
                }
                for series in self.series
            ],
        }

    @property
    def rows(self) -> list[tuple[Text | datetime, list[str]]]:
        """The figures, label by label, as they are read."""
        columns = [series.values for series in self.series]
        return [(label, [self._figure(column[index]) for column in columns]) for index, label in enumerate(self.labels)]

    def _figure(self, value: Number) -> str:
        return "" if value is None else in_figures(value, self.decimals)


@dataclass(frozen=True)
class Span:
    """A state that lasted from `start` to `end`."""

    start: datetime
    end: datetime
    label: Text
    colour: int


@dataclass(frozen=True)
class Timeline:
    """States one after another on a time axis from `start` to `end`, e.g. connected and not."""

    name: str
    title: Text
    start: datetime
    end: datetime
    spans: Sequence[Span] = field(default_factory=list)
    zone: str = ""

    kind = "timeline"

    @property
    def data_id(self) -> str:
        return f"chart-{self.name}-data"

    @property
    def is_empty(self) -> bool:
        return not self.spans

    @cached_property
    def data(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "zone": self.zone or timezone.get_current_timezone_name(),
            "start": _position(self.start),
            "end": _position(self.end),
            "spans": [
                {
                    "start": _position(span.start),
                    "end": _position(span.end),
                    "label": str(span.label),
                    "colour": span.colour,
                }
                for span in self.spans
            ],
        }


def _position(label: Text | datetime) -> str | int:
    """Milliseconds since 1970 for a time, which is what the browser counts in; other labels are text."""
    return int(label.timestamp() * 1000) if isinstance(label, datetime) else str(label)


def _plain(value: Number) -> Number:
    """Decimals are no JSON."""
    return value if value is None or isinstance(value, int) else float(value)
