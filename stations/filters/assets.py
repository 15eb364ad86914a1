import django_filters
from django.db.models import Q, QuerySet
from django.forms import SearchInput
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.filters import FilterSet, ModelMultipleChoiceFilter, MultipleChoiceFilter
from stations.choices import ComponentState
from stations.models import Article, ArticleGroup, Component


def all_article_groups(request: HttpRequest | None) -> QuerySet[ArticleGroup]:
    return ArticleGroup.objects.all()


class ArticleFilter(FilterSet):
    page = "articles"
    primary = ("q", "group")

    q = django_filters.CharFilter(label=_("Name, number or manufacturer"), method="by_text", widget=SearchInput)
    group = ModelMultipleChoiceFilter(label=_("Article group"), queryset=all_article_groups)

    class Meta:
        model = Article
        fields: tuple[str, ...] = ()

    def by_text(self, articles: QuerySet[Article], name: str, value: str) -> QuerySet[Article]:
        wanted = Q(name__icontains=value) | Q(article_number__icontains=value) | Q(manufacturer__icontains=value)
        return articles.filter(wanted)


class ComponentFilter(FilterSet):
    page = "components"
    primary = ("serial_number", "station", "state", "group")

    serial_number = django_filters.CharFilter(label=_("Serial number"), lookup_expr="istartswith", widget=SearchInput)
    station = django_filters.CharFilter(
        label=_("Station id"), field_name="station__identity", lookup_expr="istartswith", widget=SearchInput
    )
    state = MultipleChoiceFilter(label=_("State"), choices=ComponentState.choices, distinct=False)
    group = ModelMultipleChoiceFilter(
        label=_("Article group"), field_name="article__group", queryset=all_article_groups, distinct=False
    )
    article = django_filters.CharFilter(label=_("Article"), field_name="article__name", lookup_expr="icontains")
    installation_number = django_filters.CharFilter(label=_("Installation number"), lookup_expr="istartswith")

    class Meta:
        model = Component
        fields: tuple[str, ...] = ()
