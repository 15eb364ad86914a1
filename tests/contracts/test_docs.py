"""What the documents say of the code: files and links exist, numbered rows stand where tests and code name them."""

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ROW_ID = re.compile(r"(?<![A-Za-z0-9])([TRBHSAXMCLVPFZQ]\d{2,3})(?!\d)")
ROW = re.compile(r"^\| ([TRBHSAXMCLVPFZQ]\d{2,3}) \|.*\| ([^|]*) \|$", re.M)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#([^)\s]+))?\)")
PATH = re.compile(r"`([\w./-]*\w\.(?:py|md|conf|yml|txt)|[a-z_]+/(?:[\w-]+/)*)`")
MADE_HERE = {"node_modules", "var", "vendor"}
# Rules of linters and codes of other lists look like rows.
OTHERS = re.compile(r"noqa: .*|A\d\d\.FR.*|\b(whitepaper|\(security whitepaper) [A-Z]\d\d\)?|\bV16\b")
APPS = ("accounts", "stations", "chargeports", "charging", "ocpp_gateway", "common")
CODE = (*APPS, *(f"tests/{app}" for app in (*APPS, "gateway")))


def rows() -> dict[str, str]:
    """Each row's number and what stands in its last cell, the tests."""
    return dict(ROW.findall((ROOT / "docs" / "ocpp.md").read_text()))


def named(path: Path) -> set[str]:
    lines = (line for line in path.read_text().splitlines() if '"""' in line or "#" in line or "def test_" in line)
    return {found for line in lines for found in ROW_ID.findall(OTHERS.sub("", line))}


def test_every_row_that_is_named_is_told():
    """In docstrings, comments and names of tests; the simulator names letters of its own."""
    told = rows()
    files = [path for folder in CODE for path in (ROOT / folder).rglob("*.py") if "simulator" not in path.as_posix()]
    missing = {f"{found} in {path.relative_to(ROOT)}" for path in files for found in named(path) - told.keys()}
    assert len(told) > 200
    assert not missing


def test_every_row_names_tests_that_bear_its_number():
    wrong = []
    for number, cell in rows().items():
        for name in re.findall(r"`([\w/]+)`", cell):
            folder, _, stem = name.rpartition("/")
            path = ROOT / "tests" / (folder or "gateway") / f"test_{stem}.py"
            if not path.exists() or number not in ROW_ID.findall(path.read_text()):
                wrong.append(f"{number}: {name}")
    assert not wrong


def test_every_row_has_a_test_or_says_why_not():
    """What is *not yet* says so in its row; what lies outside the portal says so in place of the tests."""
    document = (ROOT / "docs" / "ocpp.md").read_text()
    bare = [found[1] for found in ROW.finditer(document) if "`" not in found[2] and "not yet" not in found[0]]
    excused = {number for number, cell in rows().items() if cell.startswith("outside: ")}
    assert set(bare) == excused


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document):
    links = LINK.findall(document.read_text())
    for target, place in links:
        found = document.parent / target
        assert found.exists(), target
        assert not place or place in headings(found), f"{target}#{place}"


def headings(document: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.fixture(scope="module")
def files() -> set[str]:
    """All files and folders of the project, from its root."""
    found: set[str] = set()
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in MADE_HERE]
        found |= {Path(folder, name).relative_to(ROOT).as_posix() for name in (*folders, *names)}
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_that_are_named_exist(document, files):
    """A path counts from the root, or is the end of one."""
    names = [name.rstrip("/") for name in PATH.findall(document.read_text()) if not name.startswith("var/")]
    assert not [name for name in names if name not in files and not any(file.endswith(f"/{name}") for file in files)]
