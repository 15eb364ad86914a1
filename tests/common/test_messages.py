"""The catalogues of translations: complete, with the same placeholders, and made of what is marked."""

import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from common import messages

LOCALES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|\{\w*\}|<[^>]+>")


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def catalogued(locale: str) -> list[Message]:
    with messages.po_path(locale).open("rb") as file:
        return [message for message in read_po(file, locale=locale) if message.id]


@pytest.fixture
def project(tmp_path, settings) -> Path:
    """A project with one marked text in Python and several in a template; its catalogues are made beside them."""
    (tmp_path / "app" / "templates").mkdir(parents=True)
    (tmp_path / "app" / "views.py").write_text('from x import _\n\nLABEL = _("Label")\nPLAIN = "Not marked"\n')
    (tmp_path / "app" / "templates" / "page.html").write_text(
        '<div>\n  {% translate "Heading" %}\n    {% translate "End" context "button" %}\n'
        "  {% blocktranslate count n=n %}{{ n }} car{% plural %}{{ n }} cars{% endblocktranslate %}\n</div>\n"
    )
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    return tmp_path


def test_every_text_is_translated() -> None:
    call_command("messages", "--check")


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_keep_placeholders_and_markup(locale: str) -> None:
    wrong = [
        (message.id, string)
        for message in catalogued(locale)
        for source, string in zip(forms(message.id), forms(message.string), strict=True)
        if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(string))
    ]
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_begin_and_end_with_the_same_white_space(locale: str) -> None:
    wrong = [
        string
        for message in catalogued(locale)
        for source, string in zip(forms(message.id), forms(message.string), strict=True)
        if (source[: len(source) - len(source.lstrip())], source[len(source.rstrip()) :])
        != (string[: len(string) - len(string.lstrip())], string[len(string.rstrip()) :])
    ]
    assert wrong == []


def test_texts_are_collected_from_python_and_templates(project: Path) -> None:
    found = {(message.context, message.id): message for message in messages.collected(project) if message.id}
    assert set(found) == {
        (None, "Label"),
        (None, "Heading"),
        ("button", "End"),
        (None, ("%(n)s car", "%(n)s cars")),
    }
    assert [name for name, _line in found[None, "Heading"].locations] == ["app/templates/page.html"]
    assert "python-format" in found[None, ("%(n)s car", "%(n)s cars")].flags


def test_check_names_what_is_missing_and_where(project: Path) -> None:
    call_command("messages")
    with pytest.raises(CommandError) as refused:
        call_command("messages", "--check")
    assert "de: 'Label' (app/views.py)" in str(refused.value)


def test_a_text_that_is_gone_leaves_the_catalogue_and_the_others_keep_their_translation(project: Path) -> None:
    call_command("messages")
    path = messages.po_path("de")
    path.write_text(path.read_text().replace('msgid "Heading"\nmsgstr ""', 'msgid "Heading"\nmsgstr "Überschrift"'))
    (project / "app" / "views.py").unlink()
    call_command("messages")
    strings = {message.id: message.string for message in catalogued("de")}
    assert "Label" not in strings
    assert strings["Heading"] == "Überschrift"


def test_people_read_german() -> None:
    messages.compile_catalogue("de")
    with translation.override("de"):
        assert gettext("Life cycle") == "Lebenszyklus"
        assert ngettext("%(count)s station", "%(count)s stations", 2) % {"count": 2} == "2 Ladestationen"
        assert date_format(date(2026, 11, 5)) == "05.11.2026"
