"""Notes on a charge port: what stands in its header's dialog, and the forms behind it."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from chargeports import selectors, services
from chargeports.forms.notes import NoteForm
from chargeports.models import ChargePort, Note
from chargeports.rights import VIEW_PORTS, WRITE_NOTES
from common.access import Access, access_of
from common.confirming import ConfirmForm
from common.doors import fits, posted
from common.forms import form_page
from common.views import page, page_or_fragment


def count(access: Access, port: ChargePort) -> dict[str, Any]:
    """The icon in the header, with how many there are."""
    return {"port": port, "station": port.station, "count": selectors.notes_of(port).count()}


@page(VIEW_PORTS)
def notes(request: HttpRequest, identity: str, number: int) -> HttpResponseBase:
    return _list(request, _port(request, identity, number))


@page(WRITE_NOTES)
def write(request: HttpRequest, identity: str, number: int) -> HttpResponseBase:
    port = _port(request, identity, number)
    form = _form(request, port, {"port_numbers": [number]})
    if form.is_valid() and fits(form, services.write_note, _actor(request), port.station, **form.cleaned_data):
        return _after(request, port)
    return form_page(request, form, title=_("New note"), submit=_("Save"), back=_address(port))


@page(WRITE_NOTES)
def edit(request: HttpRequest, identity: str, number: int, pk: int) -> HttpResponseBase:
    port, note = _port(request, identity, number), _note(identity, pk)
    form = _form(request, port, {"text": note.text, "port_numbers": note.port_numbers})
    if form.is_valid() and fits(form, services.change_note, _actor(request), note, **form.cleaned_data):
        return _after(request, port)
    return form_page(request, form, title=_("Change the note"), submit=_("Save"), back=_address(port))


@page(WRITE_NOTES)
def delete(request: HttpRequest, identity: str, number: int, pk: int) -> HttpResponseBase:
    port, note = _port(request, identity, number), _note(identity, pk)
    form = ConfirmForm(posted(request))
    if form.is_valid() and fits(form, services.delete_note, _actor(request), note):
        return _after(request, port)
    ports = ", ".join(map(str, note.port_numbers))
    return form_page(
        request,
        form,
        title=_("Delete the note?"),
        submit=_("Delete"),
        back=_address(port),
        intro=note.text,
        warning=_("It goes from all charge ports that it is on: %(ports)s.") % {"ports": ports},
        danger=True,
    )


def _after(request: HttpRequest, port: ChargePort) -> HttpResponseBase:
    """In the dialog the notes again; without a script their page."""
    return _list(request, port) if getattr(request, "htmx", None) else redirect(_address(port))


def _list(request: HttpRequest, port: ChargePort) -> HttpResponseBase:
    """The notes, in the dialog or on a page of their own."""
    context = {"port": port, "station": port.station, "notes": selectors.notes_of(port), "back": _sheet(port)}
    return page_or_fragment(request, "chargeports/notes.html", context, "chargeports/notes_body.html")


def _form(request: HttpRequest, port: ChargePort, initial: dict[str, Any]) -> NoteForm:
    return NoteForm(posted(request), ports=selectors.ports_of(port.station), initial=initial)


def _port(request: HttpRequest, identity: str, number: int) -> ChargePort:
    return selectors.port_by_address(access_of(request).organisation, identity, number)


def _note(identity: str, pk: int) -> Note:
    note: Note = get_object_or_404(Note.objects.select_related("station"), pk=pk, station__identity__iexact=identity)
    return note


def _actor(request: HttpRequest) -> Any:
    return access_of(request).actor


def _address(port: ChargePort) -> str:
    return reverse("port-notes", args=[port.station.identity, port.number])


def _sheet(port: ChargePort) -> str:
    return reverse("charge-port", args=[port.station.identity, port.number])
