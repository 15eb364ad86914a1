"""The servers the portal needs, as environment variables: real ones where given, embedded ones otherwise."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from cpms.embedded import postgres, redis
from cpms.embedded.process import ServiceError

DATABASE = "DATABASE_URL"
REDIS = "REDIS_URL"


class AlreadyRunning(ServiceError):
    """Another process runs the servers of this folder."""


@contextmanager
def running_services(folder: Path, *, durable: bool = True) -> Iterator[dict[str, str]]:
    """Run what is not given in the environment, with data in `folder`, until the block ends.

    Yields the variables of the servers that were started: DATABASE_URL, REDIS_URL or both, or none.
    Raises AlreadyRunning when another process runs the servers of this folder, ServiceError when one does not start.
    """
    folder = folder.absolute()
    wanted = [name for name in (DATABASE, REDIS) if not os.environ.get(name)]
    with ExitStack() as stack:
        lock = stack.enter_context(_locked(folder)) if wanted else None
        started: dict[str, str] = {}
        for name in wanted:
            server = _start(name, folder, durable=durable)
            stack.callback(server.stop)
            started[name] = server.url
        if lock:
            _announce(lock, started)
        yield started


@contextmanager
def available_services(folder: Path) -> Iterator[dict[str, str]]:
    """Use the servers that run in `folder`, or run them for the length of the block: for `manage.py`."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(running_services(folder))
        except AlreadyRunning:
            found = _announced(folder.absolute())
        yield {name: url for name, url in found.items() if not os.environ.get(name)}


def _start(name: str, folder: Path, *, durable: bool) -> postgres.Postgres | redis.Redis:
    if name == DATABASE:
        return postgres.start(folder / "postgres", folder / "log" / "postgres.log", durable=durable)
    return redis.start(folder / "redis", folder / "log" / "redis.log", durable=durable)


@contextmanager
def _locked(folder: Path) -> Iterator[IO[str]]:
    """Hold the folder: the lock ends with this process, however it ends, so it never goes stale."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(_lock_file(folder), "a+", opener=_private) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"The portal of {folder.parent} is already running. Stop it first (Ctrl-C).") from None
        lock.truncate(0)
        yield lock


def _announce(lock: IO[str], started: dict[str, str]) -> None:
    lock.write("".join(f"{name}={url}\n" for name, url in started.items()))
    lock.flush()


def _announced(folder: Path) -> dict[str, str]:
    lines = _lock_file(folder).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def _lock_file(folder: Path) -> Path:
    return folder / "services"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
