"""What every server process we start has in common: found, started, watched, stopped."""

import ctypes
import os
import platform
import re
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

PR_SET_PDEATHSIG = 1
ON_LINUX = platform.system() == "Linux"
_libc = ctypes.CDLL(None) if ON_LINUX else None


class ServiceError(Exception):
    """A server cannot be started; the message says what to do."""


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path,
    death_signal: signal.Signals = signal.SIGTERM,
    user: int | None = None,
    group: int | None = None,
    env: dict[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a process that writes to `log` and, on Linux, ends when this process ends, however it ends.

    It gets a session of its own: a Ctrl-C in the terminal reaches only us, and we stop things in order.
    """
    keep_previous(log)
    with log.open("wb") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            start_new_session=True,
            preexec_fn=_follow_parent(os.getpid(), death_signal),
        )


def _follow_parent(parent_pid: int, death_signal: signal.Signals) -> Callable[[], None]:
    def follow() -> None:
        die_with_parent(death_signal)
        if os.getppid() != parent_pid:
            os._exit(1)

    return follow


def die_with_parent(sign: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent is gone. Only Linux can."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(sign))


def keep_previous(log: Path) -> None:
    """Begin a new log; the one before it stays readable beside it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))


def stop(process: subprocess.Popen[bytes], sign: signal.Signals, patience_s: float = 20) -> None:
    """Ask a process to end, end it if it does not within `patience_s`, and leave none of its children behind."""
    if process.poll() is None:
        process.send_signal(sign)
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file, for an error message."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        text = file.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def wait_until(condition: Callable[[], bool], patience_s: float, pause_s: float = 0.01) -> bool:
    """Poll `condition`; False when it did not come true in time."""
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_s)
    return True


def wheel_folder(package: str) -> Path | None:
    """Where an optional package is installed, without importing it."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def version_of(program: Path) -> tuple[int, ...]:
    """The version a program reports of itself, (0,) when it cannot be run."""
    try:
        reported = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    found = re.search(r"\d+(\.\d+)*", reported)
    return tuple(int(part) for part in found[0].split(".")) if found else (0,)


def command_line(pid: int) -> str:
    """The command line of a running process, empty when there is none."""
    try:
        if ON_LINUX:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout
    except OSError:
        return ""
