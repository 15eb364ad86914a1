"""Files to and from where the central system wants: HTTP(S) PUT, POST and GET, FTP or FTPS (OCPP 1.6 §8.2)."""

import asyncio
import ftplib
import io
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, quote, unquote, urlsplit

TIMEOUT_S = 60
METHOD_REFUSED = (405, 501)
_FTP = ("ftp", "ftps")
# Straight to the address, as a charger does, whatever proxy the environment names.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class TransferFailed(Exception):
    """The file did not arrive; the text says why."""


async def upload(location: str, file_name: str, content: bytes) -> None:
    """Upload in a thread. A location that ends with a slash is a folder: the file's name is added.

    Raises TransferFailed.
    """
    address = _address(location)
    if not address.path or address.path.endswith("/"):
        address = address._replace(path=f"{address.path or '/'}{quote(file_name)}")
    send = _send_ftp if address.scheme in _FTP else _send_http
    try:
        await asyncio.to_thread(send, address, content)
    except ftplib.all_errors as error:  # OSError, which urllib's errors are too, is among them
        raise TransferFailed(str(error)) from error


async def download(location: str) -> bytes:
    """Fetch a file in a thread. Raises TransferFailed."""
    address = _address(location)
    fetch = _fetch_ftp if address.scheme in _FTP else _fetch_http
    try:
        return await asyncio.to_thread(fetch, address)
    except ftplib.all_errors as error:
        raise TransferFailed(str(error)) from error


def _address(location: str) -> SplitResult:
    address = urlsplit(location)
    if address.scheme not in ("http", "https", *_FTP) or not address.hostname:
        raise TransferFailed(f"There is no way to an address of the kind {address.scheme!r}.")
    return address


def _send_http(address: SplitResult, content: bytes) -> None:
    """PUT, or POST where the receiver does not know PUT: OCPP prescribes neither."""
    try:
        _request("PUT", address, content)
    except urllib.error.HTTPError as error:
        if error.code not in METHOD_REFUSED:
            raise
        _request("POST", address, content)


def _fetch_http(address: SplitResult) -> bytes:
    return _request("GET", address, None)


def _request(method: str, address: SplitResult, content: bytes | None) -> bytes:
    url = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()
    request = urllib.request.Request(url, content, {"Content-Type": "text/plain"}, method=method)
    if address.username is not None:
        request.add_header("Authorization", _basic(address))
    with OPENER.open(request, timeout=TIMEOUT_S) as response:
        body: bytes = response.read()
    return body


def _basic(address: SplitResult) -> str:
    pair = f"{unquote(address.username or '')}:{unquote(address.password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _send_ftp(address: SplitResult, content: bytes) -> None:
    with _ftp(address) as ftp:
        ftp.storbinary(f"STOR {unquote(address.path).lstrip('/')}", io.BytesIO(content))


def _fetch_ftp(address: SplitResult) -> bytes:
    content = io.BytesIO()
    with _ftp(address) as ftp:
        ftp.retrbinary(f"RETR {unquote(address.path).lstrip('/')}", content.write)
    return content.getvalue()


@contextmanager
def _ftp(address: SplitResult) -> Iterator[ftplib.FTP]:
    client = ftplib.FTP_TLS(timeout=TIMEOUT_S) if address.scheme == "ftps" else ftplib.FTP(timeout=TIMEOUT_S)
    with client as ftp:
        ftp.connect(address.hostname or "", address.port or ftplib.FTP_PORT)
        ftp.login(unquote(address.username or "anonymous"), unquote(address.password or ""))
        if isinstance(ftp, ftplib.FTP_TLS):
            ftp.prot_p()
        yield ftp
