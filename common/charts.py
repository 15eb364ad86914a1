"""Pictures from figures, with the same figures in a table below: charts and timelines are drawn by chart.js where there
is a script, steps by the server.

`chart.html` draws one: `{% include "chart.html" with chart=chart %}`; its page loads the scripts by
`{% block page_scripts %}{% include "chart_scripts.html" %}{% endblock %}`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
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


MOST_LISTED = 50
"""Spans in a timeline's table; the picture shows all."""


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

    @property
    def listed(self) -> Sequence[Span]:
        """The latest ones."""
        return self.spans[-MOST_LISTED:]

    @property
    def left_out(self) -> int:
        """How many earlier ones the table leaves out."""
        return max(len(self.spans) - MOST_LISTED, 0)

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


@dataclass(frozen=True)
class Steps:
    """A value that changes at once at each of `points` (when, value) and holds until the next, from the first point to
    `end`: e.g. a schedule. Needs no script.
    """

    name: str
    title: Text
    points: Sequence[tuple[datetime, float]]
    end: datetime
    unit: Text = ""
    decimals: int = 1
    zone: str = ""

    kind = "steps"
    # The picture's coordinates: the figures stand left of and below the field of the line.
    width, height = 400, 180
    left, right, top, bottom = 44, 392, 10, 152
    _time_marks = 4

    @property
    def is_empty(self) -> bool:
        return not self.points

    @property
    def line(self) -> str:
        """The path of the line."""
        begun = f"M{self._x(self.points[0][0])} {self._y(self.points[0][1])}"
        steps = [f"H{self._x(at)}V{self._y(value)}" for at, value in self.points[1:]]
        return "".join([begun, *steps, f"H{self.right}"])

    @property
    def area(self) -> str:
        """The path of what lies below the line."""
        return f"{self.line}V{self.bottom}H{self.left}Z"

    @property
    def heights(self) -> list[tuple[str, str]]:
        """Marks of the values: none, half and the highest. Coordinates are text, the same in every language."""
        return [
            (str(self._y(value)), in_figures(value, self.decimals)) for value in (0, self._highest / 2, self._highest)
        ]

    @property
    def times(self) -> list[tuple[str, str, str]]:
        """Marks of the time: where, what, and how the text stands to it."""
        anchors = ["start", *["middle"] * (self._time_marks - 1), "end"]
        moments = [self._begin + self._span * step / self._time_marks for step in range(self._time_marks + 1)]
        return [(str(self._x(at)), self._clock(at), anchor) for at, anchor in zip(moments, anchors, strict=True)]

    @property
    def rows(self) -> list[tuple[datetime, datetime, str]]:
        """From when to when which value, as it is read."""
        ends = [at for at, _value in self.points[1:]] + [self.end]
        return [(at, end, in_figures(value, self.decimals)) for (at, value), end in zip(self.points, ends, strict=True)]

    @property
    def _begin(self) -> datetime:
        return self.points[0][0]

    @property
    def _span(self) -> timedelta:
        return max(self.end - self._begin, timedelta(seconds=1))

    @property
    def _highest(self) -> float:
        return max(value for _at, value in self.points) or 1

    def _x(self, at: datetime) -> float:
        return round(self.left + (self.right - self.left) * ((at - self._begin) / self._span), 1)

    def _y(self, value: float) -> float:
        return round(self.bottom - (self.bottom - self.top) * value / self._highest, 1)

    def _clock(self, at: datetime) -> str:
        local = at.astimezone(ZoneInfo(self.zone)) if self.zone else timezone.localtime(at)
        return date_format(local, "H:i" if self._span <= timedelta(days=1) else "D H:i")


def _position(label: Text | datetime) -> str | int:
    """Milliseconds since 1970 for a time, which is what the browser counts in; other labels are text."""
    return int(label.timestamp() * 1000) if isinstance(label, datetime) else str(label)


def _plain(value: Number) -> Number:
    """Decimals are no JSON."""
    return value if value is None or isinstance(value, int) else float(value)
