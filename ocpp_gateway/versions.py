"""Which folder speaks which websocket subprotocol. A further protocol is a further folder and a line here."""

from ocpp_gateway import v16
from ocpp_gateway.messages import ProtocolVersion
from stations.choices import Protocol

VERSIONS: dict[str, ProtocolVersion] = {Protocol.OCPP16.value: v16.VERSION}
ASSUMED = Protocol.OCPP16.value
"""Spoken where a charger offers no subprotocol and its station may do so (T05)."""
