"""Contracts: list, create, change, block. A wrong check digit of an EMAID is remarked upon, not refused."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from charging import selectors, services
from charging.filters import ContractFilter
from charging.forms import ContractForm
from charging.models import Contract
from charging.rights import CHANGE_TOKENS, VIEW_TOKENS
from charging.tables import CONTRACTS
from charging.views.tokens import SHORTEST_SEARCH, SUGGESTIONS, back_to
from common.access import access_of
from common.actor import Actor
from common.doors import attempt, fits, posted
from common.forms import done, form_page
from common.tables import selected_rows
from common.views import page


@page(VIEW_TOKENS, token_allowed=True)
def contracts(request: HttpRequest) -> HttpResponseBase:
    filters = ContractFilter(request.GET, selectors.contracts(), request=request)
    table = CONTRACTS.bind(request, filters.qs, filters)
    return table.response() or render(request, "charging/contracts.html", {"table": table, "filters": filters})


@page(CHANGE_TOKENS)
def create_contract(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form = ContractForm(posted(request), instance=Contract(organisation=access.organisation))
    made: list[Contract] = []
    if form.is_valid() and fits(
        form,
        lambda: made.append(services.create_contract(access.actor, access.organisation, **form.cleaned_data)),
    ):
        return _saved(request, made[0], _("The contract %(emaid)s was created."))
    return form_page(request, form, title=_("New contract"), submit=_("Create"), back=reverse("contracts"))


@page(CHANGE_TOKENS)
def edit_contract(request: HttpRequest, pk: int) -> HttpResponseBase:
    contract = get_object_or_404(Contract, pk=pk)
    title = _("Contract %(emaid)s") % {"emaid": contract}
    form = ContractForm(posted(request), instance=Contract.objects.get(pk=pk))
    if form.is_valid() and fits(
        form, services.change_contract, access_of(request).actor, contract, **form.cleaned_data
    ):
        return _saved(request, contract, _("The contract %(emaid)s was changed."))
    return form_page(request, form, title=title, submit=_("Save"), back=reverse("contracts"))


def _saved(request: HttpRequest, contract: Contract, told: str) -> HttpResponse:
    messages.success(request, told % {"emaid": contract})
    if contract.check_digit_remark:
        messages.warning(request, f"{contract}: {contract.check_digit_remark}")
    return done(request, reverse("contracts"))


@page(CHANGE_TOKENS)
@require_POST
def block_contract(request: HttpRequest, pk: int) -> HttpResponse:
    told = _("All tokens of the contract %(emaid)s are refused from now on.")
    return _change_status(request, pk, services.block_contract, told)


@page(CHANGE_TOKENS)
@require_POST
def unblock_contract(request: HttpRequest, pk: int) -> HttpResponse:
    told = _("The tokens of the contract %(emaid)s may charge again.")
    return _change_status(request, pk, services.unblock_contract, told)


def _change_status(
    request: HttpRequest, pk: int, service: Callable[[Actor, Contract], None], told: str
) -> HttpResponse:
    contract = get_object_or_404(Contract, pk=pk)
    attempt(request, told % {"emaid": contract}, service, access_of(request).actor, contract)
    return back_to(request, "contracts")


@page(CHANGE_TOKENS)
@require_POST
def block_contracts(request: HttpRequest) -> HttpResponse:
    count = services.block_contracts(access_of(request).actor, _selected(request))
    told = ngettext("%(count)d contract was blocked.", "%(count)d contracts were blocked.", count)
    messages.success(request, told % {"count": count})
    return back_to(request, "contracts")


@page(CHANGE_TOKENS)
@require_POST
def unblock_contracts(request: HttpRequest) -> HttpResponse:
    count = services.unblock_contracts(access_of(request).actor, _selected(request))
    told = ngettext("%(count)d contract is good again.", "%(count)d contracts are good again.", count)
    messages.success(request, told % {"count": count})
    return back_to(request, "contracts")


def _selected(request: HttpRequest) -> QuerySet[Contract]:
    return selected_rows(request, ContractFilter(request.GET, selectors.contracts(), request=request).qs)


@page(CHANGE_TOKENS)
def contract_suggestions(request: HttpRequest) -> HttpResponseBase:
    """Contracts with what is typed in their EMAID or their customer's name, as options of the field."""
    text = request.GET.get("contract", "").strip()
    found = Contract.objects.filter(selectors.contract_has_text(text)).order_by("emaid")
    contracts = found[:SUGGESTIONS] if len(text) >= SHORTEST_SEARCH else []
    options = [(contract.emaid, contract.holder) for contract in contracts]
    return render(request, "charging/suggestions.html", {"options": options})
