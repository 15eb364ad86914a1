"""`make run`'s supervisor, as a person meets it: in a folder of its own, started, used, interrupted and killed."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cpms.embedded.process import command_line, wait_until
from cpms.embedded.redis import free_port
from tests.cpms.environment import servers_not_given

pytestmark = pytest.mark.xdist_group("run")
ROOT = Path(__file__).parents[2]
PATIENCE_S = 180
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".env", ".*_cache", "node_modules", "var", "__pycache__")


@pytest.fixture(scope="module")
def copy() -> Iterator[Path]:
    """A copy of the portal in a folder with a space in its name."""
    base = Path(tempfile.mkdtemp(prefix="cpms test ", dir="/tmp"))
    base.chmod(0o755)
    shutil.copytree(ROOT, base / "my portal", ignore=NOT_COPIED)
    if (ROOT / "node_modules").exists():
        (base / "my portal" / "node_modules").symlink_to(ROOT / "node_modules")
    yield base / "my portal"
    shutil.rmtree(base)


class Portal:
    """A running `python -m cpms.run` and what it has said so far."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = environment.setdefault("PORT", str(free_port()))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cpms.run"],
            cwd=folder,
            env=servers_not_given(**{"CPMS_DEMO": "0"} | environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""

    def wait_until_ready(self) -> None:
        while "Ready after" not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line

    def wait_until_ended(self) -> int:
        self.said += self.process.stdout.read()
        return self.process.wait(PATIENCE_S)

    def get(self, path: str) -> int:
        return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE_S).status

    def pids(self) -> list[int]:
        """Every process whose command line names the folder or that runs in it."""
        numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
        return [pid for pid in numbers if pid != os.getpid() and (runs_in(self.folder, pid))]

    def pid_of(self, *words: str) -> int:
        return min(pid for pid in self.pids() if all(word in command_line(pid) for word in words))


def runs_in(folder: Path, pid: int) -> bool:
    try:
        here = os.readlink(f"/proc/{pid}/cwd").startswith(str(folder))
    except OSError:
        here = False
    return bool(command_line(pid)) and (here or str(folder) in command_line(pid))


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Portal]:
    portal = Portal(folder, **environment)
    try:
        yield portal
    finally:
        portal.process.kill()
        portal.process.wait()
        portal.process.stdout.close()
        assert wait_until(lambda: not portal.pids(), PATIENCE_S), "processes were left behind"


def first_administrator(folder: Path) -> str:
    command = [sys.executable, "manage.py", "createadmin", "--email", "first@example.com", "--no-input"]
    made = subprocess.run(command, cwd=folder, env=servers_not_given(), stdout=subprocess.PIPE, text=True, check=True)
    return made.stdout


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_comes_up_says_where_and_goes_without_a_trace(copy, sign):
    with running(copy) as portal:
        portal.wait_until_ready()
        assert portal.get("/health/ready") == 200
        assert f"http://127.0.0.1:{portal.port}/" in portal.said
        assert f"ws://127.0.0.1:{portal.port}/ocpp/<identity>" in portal.said
        assert "manage.py createadmin" in portal.said
        portal.process.send_signal(sign)
        assert portal.wait_until_ended() == 0
        assert portal.pids() == []


def test_a_killed_supervisor_takes_everything_along_and_the_next_start_recovers(copy):
    with running(copy) as portal:
        portal.wait_until_ready()
    with running(copy) as portal:
        portal.wait_until_ready()
        assert portal.get("/health/ready") == 200


def test_a_part_that_ends_is_named_and_everything_stops(copy):
    with running(copy) as portal:
        portal.wait_until_ready()
        log = copy / "var" / "log" / "worker.log"
        assert wait_until(lambda: "ready" in log.read_text(), PATIENCE_S)
        os.kill(portal.pid_of("cpms.worker"), signal.SIGKILL)
        assert portal.wait_until_ended() == 1
        assert "worker ended by signal 9" in portal.said
        assert "ready" in portal.said.split("Its last words")[1]
        assert portal.pids() == []


def test_a_database_that_ends_is_named_and_everything_stops(copy):
    with running(copy) as portal:
        portal.wait_until_ready()
        os.kill(portal.pid_of("postgres", "-D"), signal.SIGKILL)
        assert portal.wait_until_ended() == 1
        assert "PostgreSQL ended by signal 9" in portal.said


def test_a_second_start_says_so_leaves_the_first_alone_and_commands_join_it(copy):
    with running(copy) as first:
        first.wait_until_ready()
        second = Portal(copy)
        assert second.wait_until_ended() == 1
        assert "already running" in second.said
        assert f"http://localhost:{first.port}/accounts/password/reset/" in first_administrator(copy)
        assert first.get("/health/ready") == 200


def test_an_interrupted_preparation_ends_cleanly(copy):
    with running(copy) as portal:
        assert wait_until(lambda: "prepare" in " ".join(map(command_line, portal.pids())), PATIENCE_S)
        portal.process.send_signal(signal.SIGINT)
        assert portal.wait_until_ended() == 0
        assert "Traceback" not in portal.said


def test_a_port_in_use_is_said_before_anything_starts(copy):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        portal = Portal(copy, PORT=str(port))
        assert portal.wait_until_ended() == 1
    assert re.search(rf"Cannot listen on 127\.0\.0\.1:{port} .*PORT={port % 65535 + 1} make run", portal.said, re.S)


def test_a_port_that_is_no_number_is_said(copy):
    portal = Portal(copy, PORT="eighty")
    assert portal.wait_until_ended() == 1
    assert "PORT must be a number from 1 to 65535, not 'eighty'" in portal.said


def test_the_first_start_makes_a_demo_with_logins_and_a_fleet(copy):
    shutil.rmtree(copy / "var", ignore_errors=True)
    with running(copy, CPMS_DEMO="1") as portal:
        portal.wait_until_ready()
        assert "admin@demo.example" in portal.said
        assert portal.pid_of("manage.py", "simulate")
