"""The servers the portal needs, as environment variables: real ones where given, embedded ones otherwise."""

import fcntl
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cpms.embedded import postgres, redis
from cpms.embedded.process import ServiceError

DATABASE = "DATABASE_URL"
REDIS = "REDIS_URL"
NOTHING: Mapping[str, str] = {}
TITLES = {DATABASE: "PostgreSQL", REDIS: "Redis"}


class AlreadyRunning(ServiceError):
    """Another process runs the servers of this folder."""


@dataclass
class Running:
    """The embedded servers that run: how to reach them, by variable, and their processes, by name."""

    environment: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)


@contextmanager
def running_services(folder: Path, *, durable: bool = True, told: Mapping[str, str] = NOTHING) -> Iterator[Running]:
    """Run what is not given in the environment (DATABASE_URL, REDIS_URL), with data in `folder`, until the block ends.

    `told` are variables that those learn who join the servers, beside the servers' own.

    Raises AlreadyRunning when another process runs the servers of this folder, ServiceError when one does not start.
    """
    folder = folder.absolute()
    wanted = [name for name in (DATABASE, REDIS) if not os.environ.get(name)]
    running = Running()
    with ExitStack() as stack:
        lock = stack.enter_context(_locked(folder)) if wanted else None
        for name in wanted:
            server = _start(name, folder, durable=durable)
            stack.callback(server.stop)
            running.environment[name] = server.url
            running.processes[TITLES[name]] = server.process
        if lock:
            _announce(lock, {**running.environment, **told})
        yield running


@contextmanager
def available_services(folder: Path) -> Iterator[dict[str, str]]:
    """The variables of the servers that run in `folder`; where none do, of servers run until the block ends."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(running_services(folder)).environment
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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock_file = open(_lock_file(folder), "a+", opener=_private)  # noqa: SIM115
    except PermissionError as error:
        raise ServiceError(
            f"{error.filename} belongs to another user. Give it to the one who runs the portal."
        ) from None
    with lock_file as lock:
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
