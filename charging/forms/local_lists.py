"""Sending a station its own list of tokens."""

from django import forms
from django.utils.translation import gettext_lazy as _

from chargeports.choices import CommandKind
from chargeports.forms import CommandForm
from chargeports.forms.commands import MANAGEMENT
from chargeports.parameters import Parameters
from chargeports.rights import SERVICE_COMMANDS
from common.rights import Text

_CHANGED, _FULL, _EMPTY = "changed", "full", "empty"
_WHAT = (
    (_CHANGED, _("What has changed; everything where the station has another version than the portal remembers")),
    (_FULL, _("Everything anew")),
    (_EMPTY, _("Nothing: the list is emptied and no longer kept up to date")),
)


class SendLocalList(CommandForm):
    kind = CommandKind.SEND_LOCAL_LIST
    right = SERVICE_COMMANDS
    icon = "list-check"
    explanation = _(
        "The station gets the tokens that may charge there, to let people charge while it is offline. The portal reads"
        " the version, sends the list in as many parts as it takes, and checks that it has arrived."
    )
    menus = {MANAGEMENT: 86}

    what = forms.ChoiceField(label=_("What"), choices=_WHAT, initial=_CHANGED, widget=forms.RadioSelect)

    @property
    def parameters(self) -> Parameters:
        what = self.cleaned_data["what"]
        return {} if what == _CHANGED else {what: True}

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        if parameters.get("empty"):
            return _("empty")
        return _("everything anew") if parameters.get("full") else ""
