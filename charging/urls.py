"""Addresses of the charging app."""

from django.urls import path

from chargeports.views.commands import ask_urls
from charging.forms import COMMAND_FORMS
from charging.views import control

urlpatterns = [
    *ask_urls(COMMAND_FORMS),
    path("id-tokens/suggestions/", control.token_suggestions, name="id-token-suggestions"),
]
