"""Starts a PostgreSQL and a Redis of its own for every test run, before Django reads its settings.

Several runs side by side in one folder do not meet: each has a folder under `var/test/` that goes with it.
Under xdist the workers share the run's PostgreSQL (a database each) and have a Redis each, because Redis
publishes to every database of a server.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cpms.embedded.services import REDIS, running_services

FOLDER = Path(__file__).parents[1] / "var" / "test"
RUN = "CPMS_TEST_RUN"
WORKER = "PYTEST_XDIST_WORKER"
YOUNG_S = 600


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    stack = ExitStack()
    early_config.add_cleanup(stack.close)
    if WORKER not in os.environ:
        _begin_run(stack)
    elif RUN in os.environ:
        _begin_worker(stack)
    return (yield)


def _begin_run(stack: ExitStack) -> None:
    _remove_left_behind()
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=FOLDER))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    started = stack.enter_context(running_services(folder, durable=False)).environment
    os.environ.update(started)
    if REDIS in started:
        os.environ[RUN] = str(folder)


def _begin_worker(stack: ExitStack) -> None:
    del os.environ[REDIS]
    folder = Path(os.environ[RUN]) / os.environ[WORKER]
    os.environ.update(stack.enter_context(running_services(folder, durable=False)).environment)


def _remove_left_behind() -> None:
    """Remove the folders of runs that were killed: nobody holds their lock any more."""
    for lock in FOLDER.glob("*/services"):
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if time.time() - lock.stat().st_mtime > YOUNG_S:
                shutil.rmtree(lock.parent, ignore_errors=True)
