"""What nobody may do: hand on more rights than one has, or leave an organisation without administrator."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.models import Membership, Organisation
from common.actor import Actor
from common.errors import Refused
from common.rights import all_rights


def lock(organisation: Organisation) -> None:
    """Let changes of people and roles of one organisation wait for each other, so that each check still holds."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)


def require_held(actor: Actor, organisation: Organisation, codes: Iterable[str]) -> None:
    """Refuse to give or take rights that the actor does not hold."""
    missing = set(codes) - selectors.rights_held(actor, organisation)
    if missing:
        labels = [str(right.label) for right in all_rights() if right.code in missing]
        raise Refused(
            _("You cannot give or take away rights that you do not have yourself: %(rights)s.")
            % {"rights": ", ".join(labels)}
        )


def require_administrator_left(organisation: Organisation) -> None:
    """Call after the change and inside its transaction: the refusal undoes it."""
    administrators = Membership.objects.filter(
        organisation=organisation, user__is_active=True, roles__is_administrator=True
    )
    if not administrators.exists():
        raise Refused(_("An organisation needs an administrator. Make somebody else an administrator first."))
