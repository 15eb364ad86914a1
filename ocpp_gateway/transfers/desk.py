"""What both doors for files do with the database and the storage, in threads."""

import tempfile
from collections.abc import Callable, Iterator
from typing import IO, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files import File
from django.utils import timezone
from django_scopes import scopes_disabled

from chargeports import services as chargeports
from chargeports.models import FileTransfer
from ocpp_gateway.database import in_thread

BLOCK_BYTES = 256 * 1024

T = TypeVar("T")


class TooLarge(Exception):
    """More came than a file may hold."""


async def in_background(work: Callable[[], T]) -> T:
    """Do the work in a thread, across organisations."""

    def done() -> T:
        with scopes_disabled():
            return work()

    result: T = await sync_to_async(lambda: in_thread(done), thread_sensitive=False)()
    return result


async def find(transfer_id: int, secret: str) -> FileTransfer | None:
    return await in_background(lambda: chargeports.transfer_at(transfer_id, secret, timezone.now()))


async def keep(transfer: FileTransfer, file: IO[bytes], name: str) -> None:
    """Keep what was received. Raises ValidationError."""
    await in_background(lambda: chargeports.receive_file(transfer.pk, File(file, name=name), name, timezone.now()))


async def note_download(transfer: FileTransfer) -> None:
    await in_background(lambda: chargeports.note_download(transfer, timezone.now()))


class Incoming:
    """A file while it comes in: on disk, never larger than a file may be."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever receives
        self.size_bytes = 0

    def __enter__(self) -> "Incoming":
        return self

    def __exit__(self, *exc: object) -> None:
        self.file.close()

    async def write(self, block: bytes) -> None:
        """Raises TooLarge."""
        self.size_bytes += len(block)
        if self.size_bytes > settings.TRANSFER_MAX_BYTES:
            raise TooLarge
        await sync_to_async(self.file.write, thread_sensitive=False)(block)


async def next_block(parts: Iterator[bytes]) -> bytes:
    """Read in a thread; empty at the end."""
    return await sync_to_async(lambda: next(parts, b""), thread_sensitive=False)()


def blocks(file: IO[bytes], start: int, length: int) -> Iterator[bytes]:
    """A part of the file, block by block."""
    file.seek(start)
    while length > 0 and (block := file.read(min(BLOCK_BYTES, length))):
        length -= len(block)
        yield block
