"""OCPP 1.6 for people: how each message is told, in both directions."""

from collections.abc import Mapping

from ocpp_gateway.telling import Telling
from ocpp_gateway.v16.sentences.files import FILES
from ocpp_gateway.v16.sentences.from_charger import FROM_CHARGER
from ocpp_gateway.v16.sentences.security import SECURITY
from ocpp_gateway.v16.sentences.to_charger import TO_CHARGER

TELLINGS: Mapping[str, Telling] = {**FROM_CHARGER, **TO_CHARGER, **FILES, **SECURITY}
