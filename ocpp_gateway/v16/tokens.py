"""idTagInfo (OCPP 1.6 §7.11)."""

from typing import Any

from charging.services import TokenVerdict
from ocpp_gateway import timestamps

LONGEST_ID_TAG = 20


def id_tag_info(verdict: TokenVerdict) -> dict[str, Any]:
    info: dict[str, Any] = {"status": verdict.status}
    if verdict.expires_at:
        info["expiryDate"] = timestamps.wire_format(verdict.expires_at)
    if verdict.parent_id:
        info["parentIdTag"] = verdict.parent_id[:LONGEST_ID_TAG]
    return info
