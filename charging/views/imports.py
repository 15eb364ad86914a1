"""The imports of contracts and id tokens from CSV files."""

from django.utils.translation import gettext_lazy as _

from charging.services import importing
from common.imports import CsvImport

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
