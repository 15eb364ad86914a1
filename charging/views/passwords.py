"""The password of a contract: a link by mail for the customer, and the page behind it, which nobody signs in for."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.mails import queue_mail
from charging import services
from charging.models import Contract
from charging.rights import CHANGE_TOKENS
from charging.views.tokens import back_to
from common.access import access_of
from common.actor import Actor
from common.client import client_address
from common.doors import attempt, fits, posted
from common.rate_limits import rate_limited
from common.views import page, public

_PER_MINUTE = 30


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("New password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 10 characters. You tell it on the telephone: choose words."),
    )
    repeated = forms.CharField(
        label=gettext_lazy("Once more"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_repeated(self) -> str:
        repeated: str = self.cleaned_data["repeated"]
        if repeated != self.cleaned_data.get("password", repeated):
            raise forms.ValidationError(_("The two do not match."))
        return repeated


@page(CHANGE_TOKENS)
@require_POST
def send_password_link(request: HttpRequest, pk: int) -> HttpResponse:
    contract: Contract = get_object_or_404(Contract.objects.select_related("organisation"), pk=pk)
    told = _("A link for the password was sent to %(email)s.") % {"email": contract.email}
    attempt(request, told, _send, access_of(request).actor, contract)
    return back_to(request, "contracts")


def _send(actor: Actor, contract: Contract) -> None:
    token = services.ask_for_password(actor, contract, timezone.now())
    context = {
        "contract": contract,
        "organisation": contract.organisation,
        "link": settings.PUBLIC_URL + reverse("contract-password", args=[token]),
        "days": services.LINK_IS_GOOD_FOR.days,
    }
    queue_mail("charging/mail/contract_password", contract.email, context, contract.organisation.language)


@public
@rate_limited("contract-password", _PER_MINUTE)
def choose_password(request: HttpRequest, token: str) -> HttpResponseBase:
    """Works once. Whether a link was right is told to nobody who has none."""
    contract = services.contract_of_link(token)
    form = PasswordForm(posted(request))
    customer = Actor("system", f"{contract or ''}", address=client_address(request))
    is_done = contract is not None and form.is_valid() and _is_set(form, token, customer)
    context = {"contract": contract, "form": form, "is_done": is_done}
    status = 200 if contract and not form.errors else 422 if contract else 404
    answer = render(request, "charging/contract_password.html", context, status=status)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _is_set(form: PasswordForm, token: str, customer: Actor) -> bool:
    return fits(form, services.set_password, token, form.cleaned_data["password"], customer)
