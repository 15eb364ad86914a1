"""Rights are declared once, mean something, and are what Django's permission table holds."""

import ast
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission

from common.rights import Feature, Right, all_features, all_rights
from common.sheets import SHEETS, always, tabs_of

OUR_APPS = [config for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR]


def imported() -> set[tuple[str, str]]:
    """The constants that code imports from an app's `rights.py`. The menu does not count: it only hides."""
    found: set[tuple[str, str]] = set()
    for config in OUR_APPS:
        for path in Path(config.path).rglob("*.py"):
            nodes = [] if path.name == "navigation.py" else ast.walk(ast.parse(path.read_text()))
            for node in nodes:
                if isinstance(node, ast.ImportFrom) and str(node.module).endswith(".rights"):
                    found |= {(str(node.module), alias.name) for alias in node.names}
    return found


def declared(kind: type[Right | Feature]) -> dict[str, tuple[str, str]]:
    """Module and name of the constant for each code."""
    modules = [import_module(f"{c.name}.rights") for c in OUR_APPS if (Path(c.path) / "rights.py").exists()]
    constants = [(module.__name__, name, value) for module in modules for name, value in vars(module).items()]
    return {value.code: (module, name) for module, name, value in constants if isinstance(value, kind)}


def test_codes_are_unique():
    for known in (all_rights(), all_features()):
        codes = [one.code for one in known]
        assert len(codes) == len(set(codes)) > 0


@pytest.mark.parametrize("right", all_rights(), ids=lambda right: right.code)
def test_right_is_spelled_and_labelled(right):
    assert right.app_label in {config.label for config in OUR_APPS}
    assert right.codename.isidentifier()
    assert str(right.label)[0].isupper()
    assert str(right.group)[0].isupper()


def test_labels_tell_rights_apart():
    labels = [(str(right.group), str(right.label)) for right in all_rights()]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("kind", [Right, Feature])
def test_every_right_and_feature_is_asked_for(kind):
    asked = imported()
    unused = [code for code, constant in declared(kind).items() if constant not in asked]
    assert not unused


def test_every_constant_is_listed():
    assert set(declared(Right)) == {right.code for right in all_rights()}
    assert set(declared(Feature)) == {feature.code for feature in all_features()}


def test_permissions_are_the_rights_and_nothing_else(db):
    rows = Permission.objects.filter(content_type__app_label__in=[config.label for config in OUR_APPS])
    codes = {f"{row.content_type.app_label}.{row.codename}" for row in rows.select_related("content_type")}
    assert codes == {right.code for right in all_rights()}


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_tab_has_a_right_of_its_own(sheet):
    """Otherwise nobody could be shown the one without the other."""
    tabs = tabs_of(sheet)
    by_right: dict[str, list[str]] = {}
    for tab in tabs:
        by_right.setdefault(tab.right.code, []).append(tab.slug)
    assert tabs
    assert not {code: slugs for code, slugs in by_right.items() if len(slugs) > 1}


@pytest.mark.parametrize("sheet", SHEETS)
def test_no_address_belongs_to_two_tabs(sheet):
    slugs = [tab.slug for tab in tabs_of(sheet)]
    assert len(slugs) == len(set(slugs)) > 0


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_tab_that_is_not_always_there_says_when_it_is(sheet):
    assert [tab.slug for tab in tabs_of(sheet) if (tab.visible is always) == bool(tab.condition)] == []
