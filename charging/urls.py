"""Addresses of the charging app."""

from django.urls import path

from chargeports.views.commands import ask_urls
from charging.forms import COMMAND_FORMS
from charging.views import admissions, contracts, error_rates, exports, scheduled, sessions, tokens

urlpatterns = [
    *ask_urls(COMMAND_FORMS),
    path("who-may-charge/<str:identity>/", admissions.who_may_charge, name="who-may-charge"),
    path("charge-logs/export/", exports.export_wizard, name="session-export"),
    path("charge-logs/", sessions.charge_logs, name="charge-logs"),
    path("error-rate/", error_rates.error_rate, name="error-rate"),
    path("error-rate/rules/", error_rates.fault_rules, name="fault-rules"),
    path("sessions/<int:pk>/signed-values.xml", sessions.signed_values_xml, name="signed-values-xml"),
    path("sessions/<int:pk>/", sessions.session, name="session"),
    path("scheduled-jobs/", scheduled.all_stops, name="scheduled-stops"),
    path("scheduled-jobs/<str:identity>/add/", scheduled.add_stop, name="scheduled-stop-add"),
    path("scheduled-jobs/<int:pk>/cancel/", scheduled.cancel_stop, name="scheduled-stop-cancel"),
    path("scheduled-jobs/<int:pk>/run/", scheduled.run_stop, name="scheduled-stop-run"),
    path("id-tokens/", tokens.id_tokens, name="id-tokens"),
    path("id-tokens/create/", tokens.create_id_token, name="id-token-create"),
    path("id-tokens/suggestions/", tokens.token_suggestions, name="id-token-suggestions"),
    path("id-tokens/<int:pk>/", tokens.edit_id_token, name="id-token"),
    path("id-tokens/<int:pk>/block/", tokens.block_id_token, name="id-token-block"),
    path("id-tokens/<int:pk>/unblock/", tokens.unblock_id_token, name="id-token-unblock"),
    path("token-groups/", tokens.token_groups, name="token-groups"),
    path("token-groups/create/", tokens.create_token_group, name="token-group-create"),
    path("contracts/", contracts.contracts, name="contracts"),
    path("contracts/create/", contracts.create_contract, name="contract-create"),
    path("contracts/suggestions/", contracts.contract_suggestions, name="contract-suggestions"),
    path("contracts/<int:pk>/", contracts.edit_contract, name="contract"),
    path("contracts/<int:pk>/block/", contracts.block_contract, name="contract-block"),
    path("contracts/<int:pk>/unblock/", contracts.unblock_contract, name="contract-unblock"),
]
