"""The HTTP door: PUT and POST (raw or multipart) of what was asked for, GET of firmware with ranges. A plain ASGI
application, because bodies are streamed to disk and cut off at the limit, which a view cannot do.
"""

import logging
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import IO, Any
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from accounts.services.files import open_file
from chargeports.models import FileTransfer
from ocpp_gateway.transfers import desk
from ocpp_gateway.transfers.addresses import PATH

logger = logging.getLogger(__name__)

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_METHODS = {"up": "PUT, POST", "down": "GET, HEAD"}


class _Refused(Exception):
    def __init__(self, status: HTTPStatus, words: str = "", **headers: str) -> None:
        super().__init__(status)
        self.status = status
        self.words = words or status.phrase
        self.headers = headers


class Transfers:
    """Answers 404 for everything that is no open address, without telling why."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await self._serve(scope, receive, send)
        except _Refused as refusal:
            await _answer(send, refusal.status, refusal.words, refusal.headers)
        except Exception:
            logger.exception("A file could not be transferred.")
            await _answer(send, HTTPStatus.SERVICE_UNAVAILABLE, "Try again later.", {"retry-after": "60"})

    async def _serve(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        address = PATH.fullmatch(scope["path"])
        transfer = await desk.find(int(address[1]), address[2]) if address else None
        if transfer is None or address is None:
            raise _Refused(HTTPStatus.NOT_FOUND)
        allowed = _METHODS["up" if transfer.is_upload else "down"]
        if scope["method"] not in allowed.split(", "):
            raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED, allow=allowed)
        if transfer.is_upload:
            await _take(transfer, _file_name(address[3]), headers, receive)
            await _answer(send, HTTPStatus.CREATED, "Received.")
        else:
            await _give(transfer, headers, send, with_body=scope["method"] == "GET")


def _file_name(path: str | None) -> str:
    return (path or "").rstrip("/").rpartition("/")[2]


# --- In -----------------------------------------------------------------------------------------------------------
async def _take(transfer: FileTransfer, name: str, headers: dict[str, str], receive: Any) -> None:
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > settings.TRANSFER_MAX_BYTES:
        raise _too_large()
    if "content-range" in headers:
        # RFC 9110 §14.5: a part must not be taken for the whole.
        raise _Refused(HTTPStatus.BAD_REQUEST, "Send the whole file.")
    with desk.Incoming() as incoming:
        await _receive_body(receive, incoming)
        file: IO[bytes] | None = incoming.file
        if headers.get("content-type", "").lower().startswith("multipart/form-data"):
            file, name = await sync_to_async(_first_part, thread_sensitive=False)(incoming, headers, name)
        if file is None or not incoming.size_bytes:
            raise _Refused(HTTPStatus.BAD_REQUEST, "There is no file in it.")
        await _keep(transfer, file, name)


async def _receive_body(receive: Any, incoming: desk.Incoming) -> None:
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Refused(HTTPStatus.BAD_REQUEST, "The file did not come to its end.")
            await incoming.write(message.get("body", b""))
            if not message.get("more_body"):
                return
    except desk.TooLarge:
        raise _too_large() from None


def _too_large() -> _Refused:
    limit = settings.TRANSFER_MAX_BYTES
    return _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {limit} bytes.", connection="close")


def _first_part(incoming: desk.Incoming, headers: dict[str, str], name: str) -> tuple[IO[bytes] | None, str]:
    """The first file of a form, as curl and browsers send it."""
    incoming.file.seek(0)
    meta = {"CONTENT_TYPE": headers["content-type"], "CONTENT_LENGTH": str(incoming.size_bytes)}
    try:
        _fields, files = MultiPartParser(meta, incoming.file, [TemporaryFileUploadHandler()]).parse()
    except MultiPartParserError:
        raise _Refused(HTTPStatus.BAD_REQUEST, "The form cannot be read.") from None
    found: Any = next(iter(files.values()), None)
    return (found.file, name or found.name) if found else (None, name)


async def _keep(transfer: FileTransfer, file: IO[bytes], name: str) -> None:
    file.seek(0)
    try:
        await desk.keep(transfer, file, name)
    except ValidationError as error:
        raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, " ".join(error.messages)) from None


# --- Out ----------------------------------------------------------------------------------------------------------
async def _give(transfer: FileTransfer, headers: dict[str, str], send: Any, *, with_body: bool) -> None:
    stored = transfer.firmware.file if transfer.firmware else None
    if stored is None:
        raise _Refused(HTTPStatus.NOT_FOUND)
    start, length, status = _part(headers.get("range"), stored.size_bytes)
    answer = {
        "content-type": "application/octet-stream",
        "content-length": str(length),
        "accept-ranges": "bytes",
        "etag": f'"{stored.sha256}"',
        "content-disposition": f"attachment; filename*=UTF-8''{quote(stored.name)}",
    }
    if status == HTTPStatus.PARTIAL_CONTENT:
        answer["content-range"] = f"bytes {start}-{start + length - 1}/{stored.size_bytes}"
    await _begin(send, status, answer)
    if with_body:
        await desk.note_download(transfer)
        await _send_body(send, stored, start, length)
    else:
        await send({"type": "http.response.body"})


def _part(wanted: str | None, size_bytes: int) -> tuple[int, int, HTTPStatus]:
    """Where the answer begins and how long it is. A charger that was cut off goes on where it was."""
    found = _RANGE.fullmatch((wanted or "").strip())
    if not found or not (found[1] or found[2]):
        return 0, size_bytes, HTTPStatus.OK
    if not found[1]:
        start, end = max(size_bytes - int(found[2]), 0), size_bytes - 1
    else:
        start, end = int(found[1]), min(int(found[2] or size_bytes), size_bytes - 1)
    if start > end:
        raise _Refused(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, **{"content-range": f"bytes */{size_bytes}"})
    return start, end - start + 1, HTTPStatus.PARTIAL_CONTENT


async def _send_body(send: Any, stored: Any, start: int, length: int) -> None:
    file = await sync_to_async(lambda: open_file(stored), thread_sensitive=False)()
    parts: Iterator[bytes] = desk.blocks(file, start, length)
    try:
        while block := await desk.next_block(parts):
            await send({"type": "http.response.body", "body": block, "more_body": True})
    finally:
        await sync_to_async(file.close, thread_sensitive=False)()
    await send({"type": "http.response.body"})


async def _answer(send: Any, status: HTTPStatus, words: str, headers: dict[str, str] | None = None) -> None:
    body = f"{words}\n".encode()
    about = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(body))}
    await _begin(send, status, about | (headers or {}))
    await send({"type": "http.response.body", "body": body})


async def _begin(send: Any, status: HTTPStatus, headers: dict[str, str]) -> None:
    fixed = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    lines = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in (fixed | headers).items()]
    await send({"type": "http.response.start", "status": status.value, "headers": lines})
