from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import messages


class Command(BaseCommand):
    help = "Collect texts into the catalogues of translations and compile them; with --check, only say what is missing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail where a text has no translation")
        parser.add_argument("--compile", action="store_true", help="only compile what changed")

    def handle(self, *args: Any, **options: Any) -> None:
        locales = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        if options["compile"]:
            for locale in locales:
                messages.compile_catalogue(locale)
            return
        fresh = messages.collected(settings.BASE_DIR)
        problems = [problem for locale in locales for problem in self.update(locale, fresh, check=options["check"])]
        if problems and options["check"]:
            raise CommandError("Run `manage.py messages` and translate:\n" + "\n".join(problems))

    def update(self, locale: str, fresh: Any, *, check: bool) -> list[str]:
        """Merge today's texts into the locale's catalogue; what is missing there, a line each."""
        catalog = messages.merged(locale, fresh)
        path = messages.po_path(locale)
        content = messages.as_po(catalog)
        missing = [
            f"{locale}: {message.id!r} ({message.locations[0][0]})" for message in messages.untranslated(catalog)
        ]
        if check:
            stale = not path.exists() or path.read_bytes() != content
            return missing or ([f"{locale}: {path} is not up to date"] if stale else [])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        messages.compile_catalogue(locale)
        self.stdout.write(f"{locale}: {len(catalog)} texts, {len(missing)} without translation")
        return missing
