"""Articles and their groups."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.services import differences, record
from common.actor import Actor
from common.errors import Refused
from stations.models import Article, ArticleGroup

_GROUP = ("name", "kind", "fields")
_ARTICLE = ("group", "name", "article_number", "manufacturer", "warranty_months", "values")


def save_group(actor: Actor, group: ArticleGroup, values: Mapping[str, Any]) -> ArticleGroup:
    """Create the group or change it. Raises ValidationError by field name."""
    return _save(actor, group, values, _GROUP, "name", "stations.article_group_saved")


def save_article(actor: Actor, article: Article, values: Mapping[str, Any]) -> Article:
    """Create the article or change it; of `values` only what its group asks for is kept. Raises ValidationError."""
    asked = values["group"].fields
    answers = {name: text for name, text in values.get("values", {}).items() if name in asked and text}
    return _save(actor, article, {**values, "values": answers}, _ARTICLE, "article_number", "stations.article_saved")


def _save(actor: Actor, one: Any, values: Mapping[str, Any], names: tuple[str, ...], unique: str, action: str) -> Any:
    before = _values(one, names) if one.pk else {}
    for name in names:
        setattr(one, name, values.get(name, getattr(one, name)))
    one.clean_fields(exclude=["organisation", "group"])
    old, new = differences(before, _values(one, names))
    with transaction.atomic():
        _check_unique(one, unique)
        one.save()
        if new:
            record(actor, one.organisation_id, action, one, before=old, after=new)
    return one


def _check_unique(one: Any, name: str) -> None:
    text = getattr(one, name)
    same = type(one).objects.filter(organisation_id=one.organisation_id, **{f"{name}__iexact": text})
    if text and same.exclude(pk=one.pk).exists():
        raise ValidationError({name: _("This is taken already.")})


def _values(one: Any, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(one, name, None) for name in names}
    return {name: str(value) if isinstance(value, Model) else value for name, value in values.items()}


def delete_group(actor: Actor, group: ArticleGroup) -> None:
    """Raises Refused where articles belong to it."""
    if group.articles.exists():
        raise Refused(_("Articles belong to this group. Delete them or put them into another group first."))
    _delete(actor, group, "stations.article_group_deleted")


def delete_article(actor: Actor, article: Article) -> None:
    """Raises Refused where components of it are known."""
    if article.components.exists():
        raise Refused(_("Components of this article are installed, in stock or out of use: their history needs it."))
    _delete(actor, article, "stations.article_deleted")


def _delete(actor: Actor, one: Article | ArticleGroup, action: str) -> None:
    with transaction.atomic():
        record(actor, one.organisation_id, action, one, before={"name": one.name})
        one.delete()
