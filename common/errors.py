"""Errors that a service raises and a door shows."""

from django.db import IntegrityError
from django.utils.translation import gettext as _
from psycopg.errors import ExclusionViolation, UniqueViolation

from common.rights import Text


class Refused(Exception):
    """What was asked cannot be done now; `message` says why and what to do, in words for a person."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message


def refusal_of(error: IntegrityError) -> Refused:
    """What a door says where two saved the same at once, and the database let one of them. Any other breach of a
    constraint is a mistake of ours: it is raised again.
    """
    if not isinstance(error.__cause__, UniqueViolation | ExclusionViolation):
        raise error
    return Refused(_("Somebody saved the same at the same moment: look again, then try again."))
