"""A variable that cannot be understood stops the start, and the message names it and what it should be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cpms.run import Stopping

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("variable", "value", "wanted"),
    [
        ("CPMS_HEARTBEAT_INTERVAL", "often", "a whole number"),
        ("CPMS_OFFLINE_GRACE", "", "a number"),
        ("CPMS_DEMO", "maybe", "1 or 0"),
        ("CPMS_TIME_ZONE", "Europe/Nowhere", "a time zone"),
        ("DATABASE_URL", "nonsense", "an address like postgres://"),
        ("REDIS_URL", "localhost", "an address like redis://"),
    ],
)
def test_what_cannot_be_understood_is_named(variable, value, wanted):
    servers = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, **servers, variable: value},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert f"{variable} must be {wanted}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_signal_in_the_midst_of_waiting_is_heard():
    stopping = Stopping()
    stopping.set()
    assert stopping.wait(3600)
    assert stopping.is_set()
