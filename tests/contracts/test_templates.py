"""What the content security policy and the readers need of every template, swept over all of them."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})
PAGES = [path for path in TEMPLATES if path.suffix == ".html"]
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
OWN_APPS = [app for app in apps.get_app_configs() if Path(app.path).parent == ROOT]

# A script without a source, unless it is data.
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", re.I)
INLINE_STYLE = re.compile(r"<style\b|\sstyle\s*=", re.I)
EVENT_ATTRIBUTE = re.compile(r"\s(on[a-z]+|hx-on[:\w-]*)\s*=", re.I)
FOREIGN_SOURCE = re.compile(r"(src|href)=\"(https?:)?//", re.I)
ICON = re.compile(r"{% icon \"([\w-]+)\"")


def name_of(path):
    return str(path.relative_to(ROOT))


def without_comments(path):
    text = path.read_text()
    text = re.sub(r"{%\s*comment.*?endcomment\s*%}", "", text, flags=re.S)
    return re.sub(r"{#.*?#}", "", text)


def test_the_sweep_finds_the_templates():
    assert len(PAGES) > 40
    assert {"theme.js", "frame.js", "live.js", "charts.js"} <= {path.name for path in SCRIPTS}


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_it_compiles(path):
    get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
@pytest.mark.parametrize("forbidden", [INLINE_SCRIPT, INLINE_STYLE, EVENT_ATTRIBUTE, FOREIGN_SOURCE])
def test_it_holds_nothing_that_the_policy_forbids(path, forbidden):
    assert forbidden.search(without_comments(path)) is None


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_scripts_need_no_eval(path):
    assert re.search(r"\beval\(|new Function\(|\.setAttribute\(\"style\"", path.read_text()) is None


def test_every_icon_is_in_the_sprite_and_the_sprite_holds_no_other():
    listed = {line.partition("#")[0].strip() for line in (ROOT / "static" / "icons.txt").read_text().splitlines()}
    used = {icon for path in PAGES for icon in ICON.findall(path.read_text())}
    assert used
    assert used <= listed
    sources = [*PAGES, *SCRIPTS, *(path for app in OWN_APPS for path in Path(app.path).rglob("*.py"))]
    named = {word for path in sources for word in re.findall(r"[\w-]+", path.read_text())}
    assert listed - {""} <= named


@pytest.mark.parametrize(
    "text, forbidden",
    [
        ("<script>alert(1)</script>", INLINE_SCRIPT),
        ('<p style="color: red">', INLINE_STYLE),
        ("<STYLE>", INLINE_STYLE),
        ('<a onclick="x">', EVENT_ATTRIBUTE),
        ('<a hx-on::load="x">', EVENT_ATTRIBUTE),
        ('<script src="https://cdn.example/x.js">', FOREIGN_SOURCE),
    ],
)
def test_the_patterns_find_what_they_look_for(text, forbidden):
    assert forbidden.search(text)
