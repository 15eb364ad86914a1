"""The catalogues of translations, without GNU gettext: Babel extracts from Python and templates, merges and compiles.

Django's own `templatize` turns a template into something that reads like Python to an extractor.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS = {
    name: spec
    for names, spec in (
        (("_", "lazy", "gettext", "gettext_lazy", "gettext_noop"), None),
        (("ngettext", "ngettext_lazy"), (1, 2)),
        (("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
        (("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
    )
    for name in names
}
SKIPPED = {"node_modules", "var", "tests", "benchmarks", "migrations", "static", ".venv"}


def source_files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if SKIPPED.intersection(parts) or parts[0].startswith("."):
            continue
        if path.suffix == ".py" or (path.suffix in (".html", ".txt") and "templates" in parts):
            yield path


def collected(root: Path) -> Catalog:
    """Every marked text of the project, with the files that use it."""
    catalog = Catalog(charset="utf-8")
    for path in source_files(root):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(root).as_posix()
        code = text if path.suffix == ".py" else _without_indents(templatize(text, origin=name))
        for _line, message, comments, context in extract("python", BytesIO(code.encode()), KEYWORDS):
            flags = ("python-format",) if _is_format(message) else ()
            catalog.add(message, locations=[(name, 0)], context=context, auto_comments=comments, flags=flags)
    return catalog


def _without_indents(code: str) -> str:
    """Python's tokenizer minds the indents that a template's markup leaves behind."""
    return "\n".join(line.strip() for line in code.splitlines())


def _is_format(message: str | tuple[str, ...]) -> bool:
    return "%(" in (message if isinstance(message, str) else message[0])


def po_path(locale: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / "django.po"


def merged(locale: str, fresh: Catalog) -> Catalog:
    """The locale's catalogue with today's texts: what is gone is dropped, what is new is empty."""
    path = po_path(locale)
    catalog = Catalog(locale=locale, charset="utf-8")
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=locale, charset="utf-8")
    catalog.update(fresh, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.project, catalog.version, catalog.last_translator = "cpms", "1", ""
    catalog.msgid_bugs_address, catalog.language_team = "", ""
    catalog.header_comment = f"# {locale} translation of cpms."
    return catalog


def untranslated(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id and (message.fuzzy or not _is_complete(message))]


def _is_complete(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def as_po(catalog: Catalog) -> bytes:
    """The catalogue as a file: sorted, one location a file, no dates, so that only real changes show."""
    out = BytesIO()
    write_po(out, catalog, width=120, sort_output=True, omit_header=False, include_lineno=False)
    lines = out.getvalue().splitlines(keepends=True)
    volatile = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Generated-By')
    return b"".join(line for line in lines if not line.startswith(volatile))


def compile_catalogue(locale: str) -> bool:
    """Write the `.mo` beside the `.po` where it is older or missing; whether it wrote one."""
    source = po_path(locale)
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
        return False
    with source.open("rb") as file:
        catalog = read_po(file, locale=locale, charset="utf-8")
    temporary = target.with_suffix(".tmp")
    with temporary.open("wb") as out:
        write_mo(out, catalog)
    temporary.replace(target)
    return True
