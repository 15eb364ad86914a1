"""Asset management: articles and their groups."""

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.access import access_of
from common.confirming import confirm
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page
from stations.filters import ArticleFilter
from stations.forms import ArticleForm, ArticleGroupForm
from stations.models import Article, ArticleGroup, Component
from stations.rights import CHANGE_ARTICLES, VIEW_COMPONENTS
from stations.services import articles as services
from stations.tables import ARTICLE_GROUPS, ARTICLES


@page(VIEW_COMPONENTS)
def articles(request: HttpRequest) -> HttpResponseBase:
    made = Component.objects.filter(article=OuterRef("pk")).order_by().values("article")
    counted = made.annotate(count=Count("pk")).values("count")
    count = Coalesce(Subquery(counted, output_field=IntegerField()), 0)
    rows = Article.objects.select_related("group").annotate(component_count=count)
    filters = ArticleFilter(request.GET, rows, request=request)
    table = ARTICLES.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters, "article_groups": ArticleGroup.objects.all()}
    return table.response() or render(request, "stations/articles.html", context)


@page(CHANGE_ARTICLES)
def create_article(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A new article of the group."""
    group = _group(pk)
    return _article_page(request, group, Article(organisation=access_of(request).organisation, group=group))


@page(CHANGE_ARTICLES)
def edit_article(request: HttpRequest, pk: int) -> HttpResponseBase:
    article = _article(pk)
    return _article_page(request, article.group, article)


def _article_page(request: HttpRequest, group: ArticleGroup, article: Article) -> HttpResponseBase:
    form, back = ArticleForm(posted(request), group=group, article=article), reverse("articles")
    if form.is_valid() and fits(form, lambda: services.save_article(access_of(request).actor, article, form.values)):
        return done(request, back)
    title = _("Article of the group “%(group)s”") % {"group": group}
    return form_page(request, form, title=title, submit=_("Save"), back=back)


@page(CHANGE_ARTICLES)
def delete_article(request: HttpRequest, pk: int) -> HttpResponseBase:
    article = _article(pk)
    back = reverse("articles")
    title = _("Delete the article “%(article)s”?") % {"article": article}
    return confirm(request, services.delete_article, article, title=title, submit=_("Delete"), back=back, danger=True)


@page(VIEW_COMPONENTS)
def article_groups(request: HttpRequest) -> HttpResponseBase:
    table = ARTICLE_GROUPS.bind(request, ArticleGroup.objects.all())
    return table.response() or render(request, "stations/article_groups.html", {"table": table})


@page(CHANGE_ARTICLES)
def create_article_group(request: HttpRequest) -> HttpResponseBase:
    return _group_page(request, ArticleGroup(organisation=access_of(request).organisation))


@page(CHANGE_ARTICLES)
def edit_article_group(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _group_page(request, _group(pk))


def _group_page(request: HttpRequest, group: ArticleGroup) -> HttpResponseBase:
    initial = {"name": group.name, "kind": group.kind, "fields_text": "\n".join(group.fields)}
    form, back = ArticleGroupForm(posted(request), initial=initial), reverse("article-groups")
    if form.is_valid() and fits(form, lambda: services.save_group(access_of(request).actor, group, form.values)):
        return done(request, back)
    return form_page(request, form, title=_("Article group"), submit=_("Save"), back=back)


@page(CHANGE_ARTICLES)
def delete_article_group(request: HttpRequest, pk: int) -> HttpResponseBase:
    group = _group(pk)
    back = reverse("article-groups")
    title = _("Delete the article group “%(group)s”?") % {"group": group}
    return confirm(request, services.delete_group, group, title=title, submit=_("Delete"), back=back, danger=True)


def _group(pk: int) -> ArticleGroup:
    group: ArticleGroup = get_object_or_404(ArticleGroup, pk=pk)
    return group


def _article(pk: int) -> Article:
    article: Article = get_object_or_404(Article.objects.select_related("group"), pk=pk)
    return article
