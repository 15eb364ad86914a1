"""Rights and subscription features: each is declared once, in its app's `rights.py`, and means the same everywhere.

A right is a Django permission; an organisation bundles rights into roles of its own. A feature is a part of the
portal that an organisation's subscription switches on.
"""

from dataclasses import dataclass
from typing import Any, Literal

from django.apps import apps
from django.utils.functional import Promise

from common.declarations import declared

Text = str | Promise
# The roles that a new organisation starts with, each holding what the one before it holds and more.
DefaultRole = Literal["viewer", "support", "operator", "administrator"]


@dataclass(frozen=True)
class Right:
    """`code` is `<app>.<verb>_<what>`, as Django spells permissions; `group` heads its row in the roles matrix.

    `least_role` is the least of the default roles that holds it; without one, viewers may see and operators may act.
    """

    code: str
    label: Text
    group: Text
    least_role: DefaultRole | None = None

    @property
    def app_label(self) -> str:
        return self.code.partition(".")[0]

    @property
    def codename(self) -> str:
        return self.code.partition(".")[2]

    @property
    def default_role(self) -> DefaultRole:
        return self.least_role or ("viewer" if self.codename.startswith("view_") else "operator")


@dataclass(frozen=True)
class Feature:
    """A part of the portal that a subscription switches on for a whole organisation."""

    code: str
    label: Text
    description: Text


def all_rights() -> tuple[Right, ...]:
    return declared("rights", "RIGHTS")


def all_features() -> tuple[Feature, ...]:
    return declared("rights", "FEATURES")


def sync_permissions(using: str = "default", **kwargs: Any) -> None:
    """Make Django's permission table hold exactly the declared rights (runs after every migrate)."""
    permissions = apps.get_model("auth", "Permission")._default_manager.using(using)
    content_types = apps.get_model("contenttypes", "ContentType")._default_manager.using(using)
    wanted = {(right.app_label, right.codename): str(right.label)[:255] for right in all_rights()}
    types = {app: content_types.get_or_create(app_label=app, model="right")[0] for app in {app for app, _ in wanted}}
    have = permissions.filter(content_type__model="right").select_related("content_type")
    known = {(p.content_type.app_label, p.codename): p for p in have}
    permissions.filter(pk__in=[p.pk for key, p in known.items() if key not in wanted]).delete()
    permissions.bulk_create(
        permissions.model(content_type=types[app], codename=codename, name=name)
        for (app, codename), name in wanted.items()
        if (app, codename) not in known
    )
