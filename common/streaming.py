"""Answers that are made while they are sent."""

from collections.abc import AsyncIterator, Iterator
from contextvars import copy_context
from typing import TypeVar

from asgiref.sync import sync_to_async

Chunk = TypeVar("Chunk", str, bytes)


def streamed(chunks: Iterator[Chunk]) -> AsyncIterator[Chunk]:
    """Chunks made in the organisation's scope, language and time zone of now, although they are made later."""
    context = copy_context()

    async def stream() -> AsyncIterator[Chunk]:
        while (chunk := await sync_to_async(context.run)(next, chunks, None)) is not None:
            yield chunk

    return stream()
