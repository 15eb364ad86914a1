import django_filters
from django.db.models import Q, QuerySet
from django.forms import CheckboxInput, SearchInput
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.services.files import UNDO
from common.filters import FilterSet, MultipleChoiceFilter
from stations.models import Document

_TYPES = {
    "image": Q(current__content_type__startswith="image/"),
    "pdf": Q(current__content_type="application/pdf"),
    "text": Q(current__content_type__startswith="text/"),
}
_OTHER = "other"


class DocumentFilter(FilterSet):
    """Deleted documents stand in the list only when they are asked for."""

    primary = ("text", "type", "deleted")

    text = django_filters.CharFilter(label=_("Name or description"), method="by_text", widget=SearchInput)
    type = MultipleChoiceFilter(
        label=_("Type"),
        choices=(("image", _("Picture")), ("pdf", "PDF"), ("text", _("Text")), (_OTHER, _("Something else"))),
        method="by_type",
    )
    deleted = django_filters.BooleanFilter(label=_("Deleted"), method="as_is", widget=CheckboxInput)

    class Meta:
        model = Document
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: QuerySet[Document]) -> QuerySet[Document]:
        """Those that are there, or those that can be brought back."""
        recent = timezone.now() - UNDO
        wanted = Q(deleted_at__gt=recent) if self.form.cleaned_data.get("deleted") else Q(deleted_at=None)
        return super().filter_queryset(queryset.filter(wanted))

    def by_text(self, documents: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        return documents.filter(Q(name__icontains=value) | Q(description__icontains=value))

    def by_type(self, documents: QuerySet[Document], name: str, value: list[str]) -> QuerySet[Document]:
        wanted = Q()
        for one in value:
            known = Q(*_TYPES.values(), _connector=Q.OR)
            wanted |= ~known if one == _OTHER else _TYPES[one]
        return documents.filter(wanted)

    def as_is(self, documents: QuerySet[Document], name: str, value: bool) -> QuerySet[Document]:
        return documents
