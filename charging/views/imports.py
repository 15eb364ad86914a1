"""The imports of contracts and id tokens from CSV files."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from charging.rights import CHANGE_TOKENS
from charging.services import importing
from common.imports import CsvImport
from common.views import page

CONTRACTS = CsvImport(
    name="contract-import",
    back="contracts",
    title=_("Import contracts"),
    rules="charging/import_contracts_rules.html",
    new=_("new contracts"),
    changed=_("contracts change"),
    done=_("Imported: %(new)d new contracts, %(changed)d changed."),
    columns=lambda: importing.CONTRACTS.columns,
    check=importing.check_contracts,
    apply=importing.import_contracts,
)
TOKENS = CsvImport(
    name="id-token-import",
    back="id-tokens",
    title=_("Import id tokens"),
    rules="charging/import_tokens_rules.html",
    new=_("new tokens"),
    changed=_("tokens change"),
    done=_("Imported: %(new)d new tokens, %(changed)d changed."),
    columns=lambda: importing.TOKENS.columns,
    check=importing.check_tokens,
    apply=importing.import_tokens,
)


@page(CHANGE_TOKENS)
@require_http_methods(["GET", "HEAD", "POST"])
def contracts(request: HttpRequest) -> HttpResponseBase:
    return CONTRACTS.upload(request)


@page(CHANGE_TOKENS)
@require_POST
def apply_contracts(request: HttpRequest) -> HttpResponseBase:
    return CONTRACTS.carry_out(request)


@page(CHANGE_TOKENS)
@require_POST
def contract_problems(request: HttpRequest) -> HttpResponseBase:
    return CONTRACTS.problems(request)


@page(CHANGE_TOKENS)
@require_safe
def contract_template(request: HttpRequest) -> HttpResponseBase:
    return CONTRACTS.template(request)


@page(CHANGE_TOKENS)
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponseBase:
    return TOKENS.upload(request)


@page(CHANGE_TOKENS)
@require_POST
def apply_tokens(request: HttpRequest) -> HttpResponseBase:
    return TOKENS.carry_out(request)


@page(CHANGE_TOKENS)
@require_POST
def token_problems(request: HttpRequest) -> HttpResponseBase:
    return TOKENS.problems(request)


@page(CHANGE_TOKENS)
@require_safe
def token_template(request: HttpRequest) -> HttpResponseBase:
    return TOKENS.template(request)
