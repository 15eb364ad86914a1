import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.template.loader import render_to_string

from common.charts import Chart, Series, Span, Timeline

NOON = datetime(2026, 7, 1, 10, 0, 0, tzinfo=UTC)


def draw(chart):
    return render_to_string("chart.html", {"chart": chart})


def data_in(html):
    return json.loads(re.search(r'type="application/json">(.*?)</script>', html, re.S)[1])


def test_a_chart_over_time_holds_what_is_drawn_and_the_same_figures_to_read():
    times = [NOON, NOON + timedelta(minutes=15)]
    series = [Series("Power </script>", [Decimal("11.04"), None]), Series("Limit", [22, 22], colour=2)]
    html = draw(Chart("power", "Power", "line", times, series, unit="kW", zone="Europe/Vienna"))
    assert html.count("</script>") == 1
    data = data_in(html)
    assert data["labels"] == [1782900000000, 1782900900000]
    assert data["series"][0] == {"label": "Power </script>", "values": [11.04, None], "colour": 1}
    assert data["zone"] == "Europe/Vienna"
    assert re.findall(r'<td class="number">(.*?)</td>', html) == ["11.0", "22.0", "", "22.0"]
    assert "12:15:00" in html


def test_a_chart_without_figures_says_so():
    html = draw(Chart("empty", "Errors", "bar", ["A"], [Series("Errors", [None])]))
    assert "There are no figures for this period." in html
    assert "<canvas" not in html


def test_zero_is_a_figure():
    assert "<canvas" in draw(Chart("zero", "Errors", "pie", ["A", "B"], [Series("Errors", [0, 0])], decimals=0))


def test_a_timeline_lists_its_spans():
    span = Span(NOON, NOON + timedelta(hours=2), "Connected", 3)
    html = draw(Timeline("connection", "Connection", NOON, NOON + timedelta(days=1), [span], zone="Europe/Vienna"))
    assert data_in(html)["spans"][0]["end"] - data_in(html)["spans"][0]["start"] == 7_200_000
    assert "2:00:00 h" in html
    assert "14:00:00" in html
