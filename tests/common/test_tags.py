from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from chargeports.choices import CommandState, PortStatus, Severity
from chargeports.models import Command
from charging.choices import AuthorizationStatus, SessionState, TokenStatus
from common.looks import LOOKS, UNKNOWN, look_of
from cpms.assets import icon_names
from stations.choices import LifeCycle

NOON = datetime(2026, 7, 1, 10, 0, 0, tzinfo=UTC)


def draw(template, **context):
    return Template(template).render(Context(context))


@pytest.mark.parametrize(
    "template, value, expected",
    [
        ("{{ x|kwh }}", Decimal(12345), "12.345 kWh"),
        ("{{ x|kwh:1 }}", 1_234_567, "1,234.6 kWh"),
        ("{{ x|kwh }}", 0, "0.000 kWh"),
        ("{{ x|kwh }}", None, "–"),
        ("{{ x|kw }}", 22_080.0, "22.1 kW"),
        ("{{ x|kw }}", None, "–"),
        ('{{ x|quantity:"V" }}', 230.44, "230.4 V"),
        ('{{ x|money:"CHF" }}', Decimal("1234.5"), "CHF1,234.50"),
        ("{{ x|money }}", None, "–"),
        (
            "{{ x|browser }}",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Firefox 128 · Windows",
        ),
        (
            "{{ x|browser }}",
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36 Edg/126.0",
            "Edge 126 · Windows",
        ),
        (
            "{{ x|browser }}",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E Safari/604.1",
            "Safari 17 · iPhone",
        ),
        ("{{ x|browser }}", "curl/8.5", "curl/8.5"),
        ("{{ x|duration }}", 3909, "1:05:09 h"),
        ("{{ x|duration }}", 252, "4:12 min"),
        ("{{ x|duration }}", -61, "-1:01 min"),
        ("{{ x|duration }}", timedelta(days=2, seconds=5), "2 d 0:00 h"),
        ("{{ x|duration }}", 7_551_493, "87 d 9:38 h"),
        ("{{ x|duration }}", None, "–"),
    ],
)
def test_quantities(template, value, expected):
    assert draw(template, x=value).replace("\xa0", "") == expected


def test_quantities_in_german():
    with translation.override("de"):
        assert draw("{{ x|kwh }}", x=1_234_567) == "1.234,567 kWh"
        assert draw("{{ x|money }}", x=Decimal("1234.5")) == "1.234,50\xa0€"


def test_a_time_stands_in_the_stations_zone_with_its_offset():
    html = draw("{% when x 'America/New_York' %}", x=NOON)
    assert 'datetime="2026-07-01T06:00:00-04:00"' in html
    assert "06:00:00 -04:00 (America/New_York)" in html
    assert ">July 1, 2026, 06:00<" in html
    assert ">July 1, 2026, 06:00:00<" in draw("{% when x 'America/New_York' 'second' %}", x=NOON)


def test_a_recent_time_is_relative_and_absolute_on_hover():
    now = timezone.now()
    html = draw("{% when x 'UTC' %}", x=now - timedelta(minutes=5, seconds=10))
    assert ">5\xa0minutes ago<" in html
    assert "+00:00 (UTC)" in html
    assert ">just now<" in draw("{% when x %}", x=now - timedelta(seconds=5))
    assert ">in 2\xa0hours<" in draw("{% when x %}", x=now + timedelta(hours=2, minutes=10))
    precise = draw("{% when x 'UTC' 'second' %}", x=now - timedelta(minutes=5))
    assert "minutes ago" not in precise.partition(">")[2]
    assert "minutes ago" in precise


def test_no_time_is_a_dash():
    assert draw("{% when x %}", x=None) == "–"


def test_a_status_has_colour_icon_and_word():
    html = draw("{% status x y %}", x="Faulted", y="Out <b>")
    assert "look-red" in html
    assert "#icon-alert-triangle" in html
    assert "<span>Out &lt;b&gt;</span>" in html
    assert "<span>Charging</span>" in draw("{% status x %}", x=PortStatus.CHARGING)
    assert "<span>Unknown</span>" in draw("{% status x %}", x="")


@pytest.mark.parametrize(
    "choices", [PortStatus, CommandState, LifeCycle, SessionState, TokenStatus, AuthorizationStatus, Severity]
)
def test_every_status_has_a_look(choices):
    assert [value for value in choices.values if value and look_of(value) is UNKNOWN] == []


def test_every_look_has_its_icon_in_the_sprite():
    assert {look.icon for look in [*LOOKS.values(), UNKNOWN]} <= set(icon_names())


def test_a_copy_button_holds_its_text_escaped():
    assert 'data-copy="a&quot;b&lt;"' in draw("{% copy x %}", x='a"b<')
    assert draw("{% copy x %}", x="") == ""


def test_a_commands_life_shows_each_step_with_its_time_and_the_chargers_words():
    queued = Command(state=CommandState.QUEUED, created_at=NOON, expires_at=NOON + timedelta(minutes=5))
    html = draw("{% command x %}", x=queued)
    assert "waiting for the charger," in html
    assert "Sent" not in html
    ended = Command(
        state=CommandState.REJECTED,
        created_at=NOON,
        expires_at=NOON,
        sent_at=NOON + timedelta(seconds=1.5),
        ended_at=NOON + timedelta(seconds=64),
        outcome="Rejected: <occupied>",
    )
    html = draw("{% command x %}", x=ended)
    assert "1.5 s" in html
    assert "1:02 min" in html
    assert "Rejected: &lt;occupied&gt;" in html
    assert "waiting" not in html
