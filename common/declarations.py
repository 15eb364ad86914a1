"""What the apps declare: every app may have a module of a given name that holds a tuple of declarations.

Nothing is registered by importing: whoever needs the whole asks here, and each app's own tuple is the only list.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps


@cache
def declared(module: str, name: str) -> tuple[Any, ...]:
    """All entries of the tuple `name` in the modules `<app>.<module>` of the installed apps, in the apps' order."""
    found: list[Any] = []
    for config in apps.get_app_configs():
        path = f"{config.name}.{module}"
        if find_spec(path):
            found.extend(getattr(import_module(path), name, ()))
    return tuple(found)
