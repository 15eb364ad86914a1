"""The supervisor behind `make run`: servers, web and gateway, worker with beat, demo fleet; stops what it started."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import environ

from cpms.embedded.process import ServiceError, spawn, stop, tail
from cpms.embedded.services import running_services

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / "var"
DEMO = VAR / "demo"
READY_PATIENCE_S = 120
POLL_S = 0.05
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Ended(Exception):
    """A process that should run has ended."""


class Stopping:
    """Whether a signal asked us to stop. An event of `threading` would not do: its lock cannot be taken twice, so a
    signal that comes while we look at it would wait for ever.
    """

    def __init__(self) -> None:
        self._asked = False

    def set(self) -> None:
        self._asked = True

    def is_set(self) -> bool:
        return self._asked

    def wait(self, seconds: float) -> bool:
        if not self._asked:
            time.sleep(seconds)
        return self._asked


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @property
    def reachable_host(self) -> str:
        """Where we reach what listens here, from here."""
        return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104

    def url(self, scheme: str, path: str) -> str:
        return f"{scheme}://{self.reachable_host}:{self.port}{path}"


@dataclass(frozen=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


def main() -> int:
    stopping = Stopping()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: stopping.set())
    started_at = time.monotonic()
    environ.Env.read_env(ROOT / ".env")
    try:
        address = address_from_environment()
        with running_portal(address, stopping) as children:
            if not stopping.is_set():
                say(welcome(address))
                say(f"Ready after {time.monotonic() - started_at:.1f} s. Ctrl-C stops everything.")
            watch(children, stopping)
            say("\nStopping …")
    except (ServiceError, Ended) as error:
        say(f"\n{error}")
        return 1
    return 0


def address_from_environment() -> Address:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ServiceError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return Address(os.environ.get("HOST") or "127.0.0.1", int(text))


@contextmanager
def running_portal(address: Address, stopping: Stopping) -> Iterator[list[Child]]:
    """Start everything in order; the end of the block stops it in the reverse order."""
    check_free(address)
    with ExitStack() as stack:
        services = stack.enter_context(running_services(VAR, told={"PORT": str(address.port)}))
        os.environ.update(services.environment)
        os.environ["PORT"] = str(address.port)
        os.environ.setdefault("CPMS_FTP_PORT", str(free_port(address.host)))
        children = [
            Child(name, process, VAR / "log" / f"{name.lower()}.log") for name, process in services.processes.items()
        ]
        if not stopping.is_set():
            # It loads while the database is prepared, and serves when told: half of what a start takes.
            web = start("web", python("-m", "cpms.web", "--when-told"), stack, stdin=subprocess.PIPE)
            prepare(children, stopping)
        if not stopping.is_set():
            tell(web)
            children += [web, *(start(name, command, stack) for name, command in commands(address).items())]
            wait_until_ready(address, children, stopping)
        yield children


def check_free(address: Address) -> None:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            raise ServiceError(
                f"Cannot listen on {address.host}:{address.port} ({error.strerror}).\n"
                f"Stop what uses the port, or choose another: PORT={address.port % 65535 + 1} make run"
            ) from None


def free_port(host: str) -> int:
    """A port for chargers' files by FTP, where none is set."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def prepare(children: list[Child], stopping: Stopping) -> None:
    """Front-end assets beside migrations and demo data, in processes whose output goes to the terminal."""
    steps = [python("-m", "cpms.assets"), python("manage.py", "prepare", str(DEMO))]
    with ExitStack() as stack:
        processes = [subprocess.Popen(step, cwd=ROOT, start_new_session=True) for step in steps]
        for process in processes:
            stack.callback(stop, process, signal.SIGTERM)
        while not stopping.wait(POLL_S) and any(process.poll() is None for process in processes):
            check_alive(children)
            check_steps(processes)
        if not stopping.is_set():
            check_steps(processes)


def check_steps(processes: list[subprocess.Popen[bytes]]) -> None:
    if any(process.poll() for process in processes):
        raise Ended("The portal could not be prepared; the reason stands above.")


def commands(address: Address) -> dict[str, list[str]]:
    """The processes of the portal beside the web, in the order of their start."""
    found = {"worker": python("-m", "cpms.worker", str(VAR / "celerybeat-schedule"))}
    if os.environ.get("CPMS_FTP_PORT", "0") != "0":
        found["ftp"] = python("-m", "cpms.ftp")
    if (DEMO / "identities").stat().st_size:
        found["simulator"] = simulator(address)
    return found


def simulator(address: Address) -> list[str]:
    """The demo fleet."""
    lists = ["--identities", str(DEMO / "identities"), "--tags", str(DEMO / "tags")]
    return python("manage.py", "simulate", "--url", address.url("ws", "/ocpp"), *lists)


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def start(name: str, command: list[str], stack: ExitStack, *, stdin: int = subprocess.DEVNULL) -> Child:
    log = VAR / "log" / f"{name}.log"
    # When we are killed, Redis goes at once, and an orderly end would wait for it.
    process = spawn(command, log=log, cwd=ROOT, death_signal=signal.SIGKILL, stdin=stdin)
    stack.callback(stop, process, signal.SIGTERM)
    return Child(name, process, log)


def tell(child: Child) -> None:
    """Have a process go on that waits for a line; where it has ended, whoever watches it says why."""
    if child.process.stdin:
        with suppress(BrokenPipeError), child.process.stdin as line:
            line.write(b"go\n")


def wait_until_ready(address: Address, children: list[Child], stopping: Stopping) -> None:
    deadline = time.monotonic() + READY_PATIENCE_S
    answer = "no answer"
    while not stopping.wait(POLL_S):
        check_alive(children)
        answer = readiness(address)
        if not answer:
            return
        if time.monotonic() > deadline:
            raise Ended(f"The portal does not become ready: {answer}\nSee the logs in {VAR / 'log'}.")


def readiness(address: Address) -> str:
    """Empty when the portal is ready, else what it says is missing."""
    try:
        with DIRECTLY.open(address.url("http", "/health/ready"), timeout=10):
            return ""
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read(2000).decode(errors='replace')}"
    except OSError as error:
        return str(error)


def watch(children: list[Child], stopping: Stopping) -> None:
    while not stopping.wait(0.5):
        check_alive(children)


def check_alive(children: list[Child]) -> None:
    for child in children:
        code = child.process.poll()
        if code is not None:
            how = f"by signal {-code}" if code < 0 else f"with code {code}"
            raise Ended(
                f"{child.name} ended {how}; stopping everything. Its last words ({child.log}):\n{tail(child.log)}"
            )


def welcome(address: Address) -> str:
    addresses = [
        "",
        f"  Portal     {address.url('http', '/')}",
        f"  Chargers   {address.url('ws', '/ocpp/')}<identity>  (OCPP 1.6J)",
        f"  Files      {address.url('http', '/transfers/')}… and FTP on port {os.environ['CPMS_FTP_PORT']}",
        *([] if os.environ.get("EMAIL_URL") else ["  Mails      are not sent but written into var/log/worker.log"]),
        "",
    ]
    notes = (DEMO / "welcome").read_text().splitlines()
    return "\n".join([*addresses, *(f"  {line}" for line in notes)])


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
