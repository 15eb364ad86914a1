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
        ("DATABASE_URL", "postgres://cpms@host:port/cpms", "an address like postgres://"),
        ("REDIS_URL", "localhost", "an address like redis://"),
        ("EMAIL_URL", "mail.example.com", "an address like smtp"),
        ("CPMS_GATEWAY_URL", "https://portal.example.com", "an address like wss://"),
        ("CPMS_MESSAGE_LOG_DAYS", "0", "1 or more"),
        ("CPMS_FTP_PORT", "99999", "a whole number from 0 to 65535"),
        ("CPMS_TRUSTED_PROXIES", "proxy", "networks like 10."),
        ("CPMS_TRANSFER_FALLBACK", "smoke", "one of ftp, http, https"),
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


@pytest.mark.parametrize(
    ("servers", "said"),
    [
        ({"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}, "PostgreSQL cannot be used (DATABASE_URL): "),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "Redis cannot be used (REDIS_URL): "),
    ],
)
def test_a_server_that_does_not_answer_is_named_before_anything_is_made(servers, said, tmp_path):
    ended = subprocess.run(
        [sys.executable, "manage.py", "prepare", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, **servers},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.iterdir())


def test_a_signal_in_the_midst_of_waiting_is_heard():
    stopping = Stopping()
    stopping.set()
    assert stopping.wait(3600)
    assert stopping.is_set()
