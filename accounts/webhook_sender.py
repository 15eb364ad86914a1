"""Sends one delivery over HTTP: signed as Standard Webhooks say, to an address that was judged, without redirects.

docs/webhooks.md tells the receiver's side.
"""

import asyncio
import base64
import hashlib
import hmac
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from common.errors import Refused
from common.outbound import allowed_address
from common.text import fit, without_nul

# How much of an answer is read and kept.
ANSWER_BYTES = 2_048
SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one try; `status_code` None where no answer came."""

    request: str
    status_code: int | None = None
    answer: str = ""
    problem: str = ""
    duration_ms: int = 0

    @property
    def is_delivered(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def target_is_down(self) -> bool:
        """Whether the next delivery would fare no better: nobody answers, or whoever does says that it is not well."""
        return self.status_code is None or self.status_code in (408, 429) or self.status_code >= 500


def signature(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA256 over `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers_of(secret: str, event_id: str, body: bytes) -> dict[str, str]:
    timestamp = int(time.time())
    return {
        "Content-Type": "application/json",
        "User-Agent": "cpms-webhooks",
        "Accept-Encoding": "identity",
        "Webhook-Id": event_id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": signature(secret, event_id, timestamp, body),
    }


def new_client() -> httpx.AsyncClient:
    """Keeps the connection to one target open between deliveries; no proxy and no settings of the environment."""
    return httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=settings.WEBHOOK_TIMEOUT_S)


async def send(client: httpx.AsyncClient, url: str, secret: str, event_id: str, body: bytes) -> Outcome:
    """POST the body and say what came of it, within `WEBHOOK_TIMEOUT_S` altogether."""
    headers = headers_of(secret, event_id, body)
    shown = "\n".join([f"POST {url}", *(f"{name}: {value}" for name, value in headers.items())])
    began = time.monotonic()
    try:
        async with asyncio.timeout(settings.WEBHOOK_TIMEOUT_S):
            status_code, answer = await _post(client, url, headers, body)
    except Refused as refusal:
        return Outcome(shown, problem=str(refusal.message))
    except (TimeoutError, httpx.TimeoutException):
        problem = _("No answer within %(seconds)s seconds.") % {"seconds": f"{settings.WEBHOOK_TIMEOUT_S:g}"}
        return Outcome(shown, problem=problem, duration_ms=_since(began))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        problem = _("No connection: %(reason)s") % {"reason": str(error) or type(error).__name__}
        return Outcome(shown, problem=fit(problem, 300), duration_ms=_since(began))
    return Outcome(shown, status_code, answer, _problem(status_code), _since(began))


async def _post(client: httpx.AsyncClient, url: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
    """Connects to the address that was judged; certificate and `Host` are those of the name."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    address = await asyncio.to_thread(allowed_address, host, port)
    pinned = httpx.URL(url).copy_with(host=str(address))
    async with client.stream(
        "POST",
        pinned,
        content=body,
        headers={**headers, "Host": parts.netloc.rpartition("@")[2]},
        extensions={"sni_hostname": host},
    ) as response:
        return response.status_code, await _beginning(response)


async def _beginning(response: httpx.Response) -> str:
    """The first bytes of the answer, as text that the database takes."""
    found = b""
    async for part in response.aiter_raw():
        found += part
        if len(found) >= ANSWER_BYTES:
            break
    return without_nul(found[:ANSWER_BYTES].decode(errors="replace"))


def _problem(status_code: int) -> str:
    if 200 <= status_code < 300:
        return ""
    if 300 <= status_code < 400:
        return _("The answer %(code)d leads elsewhere; redirects are not followed.") % {"code": status_code}
    return _("The answer was %(code)d.") % {"code": status_code}


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
