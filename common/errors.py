"""Errors that a service raises and a door shows."""

from common.rights import Text


class Refused(Exception):
    """What was asked cannot be done now; `message` says why and what to do, in words for a person."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message
