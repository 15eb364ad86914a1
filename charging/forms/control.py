"""Forms of the tab Control that concern sessions: restart now or later, and ends of sessions that nobody knows."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from charging.models import ChargingSession

BY_ID = "transaction."


class RebootForm(forms.Form):
    """`running` is the number of sessions that a restart now would end."""

    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        initial="soft",
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, running: int) -> None:
        super().__init__(data)
        ends = ngettext("ends %(count)d running session", "ends %(count)d running sessions", running)
        told = ends % {"count": running} if running else _("nobody charges here now")
        self.fields["when"].choices = [  # type: ignore[attr-defined]
            ("soft", _("Soft: as soon as no session is active")),
            ("hard", _("Hard: now (%(told)s)") % {"told": told}),
        ]


class StopUnknownForm(forms.Form):
    """`orphans` are the transactions of the charger that its frames told of; `running` what a restart ends besides."""

    way = forms.ChoiceField(label=gettext_lazy("How"), widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, orphans: list[ChargingSession], running: int) -> None:
        super().__init__(data)
        named = [(f"{BY_ID}{one.charger_transaction_id}", _by_id(one)) for one in orphans]
        ends = ngettext("ends %(count)d other session", "ends %(count)d other sessions", running)
        besides = f" ({ends % {'count': running}})" if running else ""
        choices = [
            *named,
            ("unlock", _("Release the plug: the charger ends what runs at this charge port first")),
            ("soft", _("Restart softly: the charger ends all sessions in good order") + besides),
            ("hard", _("Restart hard, like after a power cut") + besides),
        ]
        self.fields["way"].choices = choices  # type: ignore[attr-defined]
        self.fields["way"].initial = choices[0][0]


def _by_id(orphan: ChargingSession) -> str:
    return _("By the transaction id that the charger named: %(id)s") % {"id": orphan.charger_transaction_id}
