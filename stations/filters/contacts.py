import django_filters
from django.db.models import Q, QuerySet
from django.forms import SearchInput
from django.utils.translation import gettext_lazy as _

from common.filters import FilterSet
from stations.models import Contact


class ContactFilter(FilterSet):
    page = "contacts"
    primary = ("q",)

    q = django_filters.CharFilter(label=_("Name, company or e-mail address"), method="by_text", widget=SearchInput)

    class Meta:
        model = Contact
        fields: tuple[str, ...] = ()

    def by_text(self, contacts: QuerySet[Contact], name: str, value: str) -> QuerySet[Contact]:
        return contacts.filter(Q(name__icontains=value) | Q(company__icontains=value) | Q(email__icontains=value))
