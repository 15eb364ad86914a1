"""The service symbol of a charge port: what a driver tells becomes a ticket."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from chargeports.models import ChargePort
from chargeports.selectors import port_by_address
from common.access import Access, access_of
from common.doors import posted, show_in
from common.forms import done, form_page
from common.views import page
from tickets import services
from tickets.files import ATTACHMENT
from tickets.forms import TroubleForm
from tickets.models import Ticket
from tickets.rights import CHANGE_TICKETS, TICKETS
from tickets.views.tickets import keep_attachments


@page(CHANGE_TICKETS, TICKETS)
def troubleshooting(request: HttpRequest, identity: str, number: int) -> HttpResponseBase:
    access = access_of(request)
    port = port_by_address(access.organisation, identity, number)
    files = request.FILES if request.method == "POST" else None
    form = TroubleForm(posted(request), files, team=services.usual_team(port))
    if form.is_valid() and (made := _reported(access, form, port)):
        messages.success(request, _("Ticket #%(number)d is open.") % {"number": made.number})
        return done(request, reverse("ticket", args=[made.number]))
    back = reverse("charge-port", args=[port.station.identity, port.number])
    title = _("Troubleshooting at %(port)s") % {"port": port}
    return form_page(request, form, title=title, submit=_("Send message"), back=back)


def _reported(access: Access, form: TroubleForm, port: ChargePort) -> Ticket | None:
    values = dict(form.cleaned_data)
    uploads = [*values.pop("photos"), *values.pop("attachments")]
    watchers = [access.user] if access.user else []
    try:
        with transaction.atomic():  # no file stays where the ticket is refused
            files = keep_attachments(access, ATTACHMENT, uploads)
            return services.report_trouble(access.actor, port, files=files, watchers=watchers, **values)
    except ValidationError as error:
        show_in(form, error)
    return None
