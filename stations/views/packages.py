"""The tab *Operational management*: the service packages of a station."""

from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.access import Access, access_of
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page
from stations import selectors, services
from stations.choices import PackageKind
from stations.forms import BookPackageForm, PackageForm
from stations.models import ServicePackage, Station
from stations.rights import CHANGE_PACKAGES
from stations.selectors import station_by_identity
from stations.views.lists import bulk, typed
from stations.views.sheet import station_tab

SLUG = "operational-management"


def operational_management(request: HttpRequest, station: Station) -> HttpResponseBase:
    """Both packages with what is active now, and every period that was booked. One query."""
    packages = list(ServicePackage.objects.filter(station=station).select_related("contact"))
    today = selectors.day_at(station)
    active = {package.kind: package for package in packages if package.is_active(today)}
    context = {
        "kinds": [(kind, active.get(kind)) for kind in PackageKind],
        "others": [package for package in packages if package not in active.values()],
        "today": today,
    }
    return station_tab(request, station, SLUG, "stations/packages.html", context)


@page(CHANGE_PACKAGES)
def book(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    initial = {"kind": request.GET.get("kind", ""), "since": selectors.day_at(station)}
    form = BookPackageForm(posted(request), initial=initial)
    if form.is_valid() and fits(form, _book_one, access_of(request), station, form):
        return done(request, _address(station))
    title = _("Activate a service package for %(station)s") % {"station": station}
    return form_page(request, form, title=title, submit=_("Activate"), back=_address(station))


def _book_one(access: Access, station: Station, form: BookPackageForm) -> None:
    if not services.book_package(access.actor, [station], **form.cleaned_data):
        raise ValidationError(_("The station has this package already in a part of this time."))


@page(CHANGE_PACKAGES)
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    package: ServicePackage = get_object_or_404(ServicePackage.objects.select_related("station", "contact"), pk=pk)
    initial = {name: getattr(package, name) for name in ("since", "until", "contact", "includes")}
    form = PackageForm(posted(request), initial=initial)
    if form.is_valid() and fits(form, services.change_package, access_of(request).actor, package, **form.cleaned_data):
        return done(request, _address(package.station))
    title = _("%(package)s of %(station)s") % {"package": package, "station": package.station}
    return form_page(request, form, title=title, submit=_("Save"), back=_address(package.station))


@page(CHANGE_PACKAGES)
@require_POST
def book_for_many(request: HttpRequest) -> HttpResponseBase:
    """Stations that have the package already are left alone."""
    today = timezone.now().astimezone(ZoneInfo(access_of(request).organisation.time_zone)).date()
    form = BookPackageForm(typed(request), initial={"since": today})
    return bulk(request, form, _("Service package of the selected stations"), _book)


def _book(access: Access, form: BookPackageForm, chosen: list[Station]) -> int:
    return services.book_package(access.actor, chosen, **form.cleaned_data)


def _address(station: Station) -> str:
    return reverse("station-tab", args=[station.identity, SLUG])
