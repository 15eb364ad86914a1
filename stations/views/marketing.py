"""The tab *Marketing*: texts and pictures per language, how complete they are, and what an app makes of them."""

from dataclasses import dataclass
from typing import Any

from babel import Locale
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_scopes import scopes_disabled

from accounts.views.files import file_response
from common.access import access_of
from common.actor import Actor
from common.doors import attempt, fits, posted
from common.numbers import whole_number
from common.rate_limits import rate_limited
from common.views import public
from stations.forms.marketing import LanguageForm, MarketingForm, PictureForm
from stations.models import MarketingPicture, MarketingText, Station
from stations.published import MARK_LENGTH
from stations.rights import CHANGE_MARKETING
from stations.services import marketing as services
from stations.views.sheet import station_tab

SLUG = "marketing"
REQUIRED = ("de", "en")
PICTURES_PER_MINUTE = 600


@dataclass(frozen=True)
class Language:
    """One language of the tab with the names of the texts that it lacks."""

    code: str
    name: str
    missing: list[str]
    is_open: bool

    @property
    def filled(self) -> int:
        return len(services.TEXT_FIELDS) - len(self.missing)

    @property
    def is_required(self) -> bool:
        return self.code in REQUIRED


def marketing(request: HttpRequest, station: Station) -> HttpResponseBase:
    return _draw(request, station)


def save(request: HttpRequest, station: Station) -> HttpResponseBase:
    code = request.POST.get("language", "").lower()
    form = MarketingForm(posted(request), text=MarketingText())
    actor = access_of(request).actor
    if form.is_valid() and fits(form, services.change_marketing_text, actor, station, code, form.cleaned_data):
        messages.success(request, _("The texts were saved."))
        return redirect(f"{_address(station)}?language={code}")
    return _draw(request, station, form, code)


def add_picture(request: HttpRequest, station: Station) -> HttpResponseBase:
    form = PictureForm(request.POST, request.FILES, languages=_names().items())
    actor = access_of(request).actor
    if form.is_valid() and fits(form, _add_picture, actor, station, form.cleaned_data):
        messages.success(request, _("The picture was added."))
        return redirect(_address(station))
    return _draw(request, station, picture_form=form)


def _add_picture(actor: Actor, station: Station, values: dict[str, Any]) -> None:
    services.add_picture(actor, station, values["picture"], values["caption"], values["language"])


def remove_picture(request: HttpRequest, station: Station) -> HttpResponseBase:
    pictures = MarketingPicture.objects.filter(station=station).select_related("file", "station")
    found = pictures.filter(pk=whole_number(request.POST.get("picture")) or 0).first()
    if found:
        attempt(request, _("The picture was removed."), services.remove_picture, access_of(request).actor, found)
    return redirect(_address(station))


def _address(station: Station) -> str:
    return reverse("station-tab", args=[station.identity, SLUG])


def _draw(
    request: HttpRequest,
    station: Station,
    form: MarketingForm | None = None,
    code: str = "",
    picture_form: PictureForm | None = None,
) -> HttpResponse:
    texts = {text.language: text for text in station.marketing_texts.all()}
    names = _names()
    asked = LanguageForm(request.GET or None, names=names)
    code = code or (asked.cleaned_data["language"] if asked.is_valid() else REQUIRED[0])
    text = texts.get(code, MarketingText(language=code))
    spoken = _languages(texts, code, names)
    context = {
        "spoken": spoken,
        "code": code,
        "language_name": names.get(code, code),
        "form": form or MarketingForm(text=text),
        "further": LanguageForm(names={key: name for key, name in names.items() if key not in texts}),
        "marketing": text,
        "names_a_tariff": services.names_a_tariff(text.payment),
        "pictures": [(one, names.get(one.language)) for one in station.marketing_pictures.select_related("file")],
        "picture_form": picture_form or PictureForm(languages=[(one.code, one.name) for one in spoken]),
        "may_change": access_of(request).can(CHANGE_MARKETING),
    }
    failed = bool((form and form.errors) or (picture_form and picture_form.errors))
    return station_tab(request, station, SLUG, "stations/marketing.html", context, 422 if failed else 200)


def _names() -> dict[str, str]:
    """The languages of the world (ISO 639-1) by their names in the reader's."""
    names = Locale.parse(to_locale(get_language() or "en")).languages
    return {code: str(name) for code, name in names.items() if len(code) == 2}


def _languages(texts: dict[str, MarketingText], opened: str, names: dict[str, str]) -> list[Language]:
    codes = [*REQUIRED, *sorted({*texts, opened} - set(REQUIRED))]
    return [Language(code, names.get(code, code), _missing(texts.get(code)), code == opened) for code in codes]


def _missing(text: MarketingText | None) -> list[str]:
    """The names of the texts that are not filled."""
    form = MarketingForm(text=text or MarketingText())
    return [str(form.fields[name].label) for name in services.TEXT_FIELDS if not text or not getattr(text, name)]


@public
@require_safe
@rate_limited("pictures", PICTURES_PER_MINUTE)
def public_picture(request: HttpRequest, pk: int, mark: str) -> HttpResponseBase:
    """A picture of a station that is published somewhere. `mark` begins its digest, so that numbers tell nothing."""
    with scopes_disabled():
        pictures = MarketingPicture.objects.filter(station__publications__isnull=False, file__deleted_at=None)
        found = pictures.select_related("file").filter(pk=pk, file__sha256__startswith=mark).first()
    if found is None or len(mark) != MARK_LENGTH:
        raise Http404
    return file_response(found.file)
