"""The browser's live connection: it says which fragments stand on the page, and gets them drawn anew when they change.

One subscription of the process to the channel layer serves all its connections (`Hub`). A poke marks the fragments
that show its topic; they are drawn together, at most every PAUSE_S. Each time the caller's session, rights and
organisation are read anew, so that whoever lost them gets nothing more.

The browser sends `{"watch": ["name:key", …]}`, always all of them; it gets `{"html": […], "gone": ["name:key", …]}`.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import orjson
from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone, translation
from django_scopes import scope as tenant_scope

from common.access import Access
from common.live import GROUP, Fragment, draw, find_fragment

log = logging.getLogger(__name__)

PAUSE_S = 0.3
# Everything is drawn anew after this time even without a poke: pokes may be lost, and "4 minutes ago" grows old.
REFRESH_S = 60.0
MAX_FRAGMENTS = 300
MAX_MESSAGE_BYTES = 32 * 1024
CLOSE_BAD_MESSAGE = 4400
CLOSE_ENDED = 4401


@dataclass(frozen=True)
class Surroundings:
    """What a page of the same caller would be drawn in."""

    access: Access
    language: str
    time_zone: str


# Finds out, from the connection's ASGI scope, who the caller is now; None for whoever may see nothing (any more).
FindSurroundings = Callable[[dict[str, Any]], Surroundings | None]


@dataclass(frozen=True)
class Drawn:
    """A fragment as it is now, the topics that change it, and when it may be drawn again (`time.monotonic`)."""

    html: str
    topics: frozenset[str]
    not_before: float = 0


class Watched:
    """What one page watches: which fragments, how they were drawn last, and which are due to be drawn anew."""

    def __init__(self) -> None:
        self._drawn: dict[str, Drawn | None] = {}
        self._by_topic: dict[str, set[str]] = {}
        self._due: set[str] = set()
        self._passed: set[str] = set()

    def want(self, names: set[str]) -> None:
        """Watch these and no others; new ones are due at once."""
        self._due |= names - self._drawn.keys()
        self._drawn = {name: self._drawn.get(name) for name in names}

    def poke(self, topics: Iterable[str]) -> bool:
        """Make due what shows one of the topics; whether anything does. Topics are kept for `settle`."""
        self._passed.update(topics)
        hit = {name for topic in topics for name in self._by_topic.get(topic, ())}
        self._due |= hit
        return bool(hit)

    def make_all_due(self) -> None:
        self._due |= self._drawn.keys()

    def take_due(self, now: float) -> list[str]:
        """What is to be drawn at the time `now`; what pauses stays due."""
        self._due &= self._drawn.keys()
        names = sorted(name for name in self._due if self._not_before(name) <= now)
        self._due.difference_update(names)
        self._passed.clear()
        return names

    def settle(self, drawn: dict[str, Drawn | None]) -> dict[str, list[str]]:
        """Keep what was drawn, and say what the page must hear of it. What changed meanwhile is due again."""
        still = {name: new for name, new in drawn.items() if name in self._drawn}
        changed = [new.html for name, new in still.items() if new and new.html != self._html(name)]
        gone = [name for name, new in still.items() if new is None]
        self._drawn.update(still)
        self._drawn = {name: new for name, new in self._drawn.items() if name not in gone}
        self._due |= {name for name, new in still.items() if new and not new.topics.isdisjoint(self._passed)}
        self._index()
        return {kind: items for kind, items in (("html", changed), ("gone", gone)) if items}

    def _not_before(self, name: str) -> float:
        drawn = self._drawn[name]
        return drawn.not_before if drawn else 0

    def _html(self, name: str) -> str | None:
        drawn = self._drawn[name]
        return drawn.html if drawn else None

    def _index(self) -> None:
        self._by_topic = {}
        for name, drawn in self._drawn.items():
            for topic in drawn.topics if drawn else ():
                self._by_topic.setdefault(topic, set()).add(name)

    def next_due(self) -> float | None:
        """When the first of what is due may be drawn; None where nothing is due."""
        return min((self._not_before(name) for name in self._due & self._drawn.keys()), default=None)


class Listener(Protocol):
    def poke(self, topics: list[str]) -> None:
        """Something changed that these topics name."""


class Hub:
    """Hands the pokes of the channel layer to the connections of this process. One per event loop."""

    _by_loop: ClassVar["WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]"] = WeakKeyDictionary()

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._listening: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    @classmethod
    def current(cls) -> "Hub":
        return cls._by_loop.setdefault(asyncio.get_running_loop(), cls())

    async def join(self, listener: Listener) -> None:
        """From the return on, the listener gets every poke. Nobody has joined where this is cancelled."""
        async with self._lock:
            if self._listening is None:
                layer: Any = get_channel_layer()
                channel = await layer.new_channel("live")
                await layer.group_add(GROUP, channel)
                self._listening = asyncio.create_task(self._listen(layer, channel))
            self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        if not self._listeners and self._listening:
            self._listening.cancel()
            self._listening = None

    async def _listen(self, layer: Any, channel: str) -> None:
        try:
            while True:
                topics = (await layer.receive(channel))["topics"]
                for listener in list(self._listeners):
                    listener.poke(topics)
        finally:
            await layer.group_discard(GROUP, channel)


class LiveConsumer(AsyncWebsocketConsumer):
    # The hub listens for all; a connection needs no channel of its own.
    channel_layer_alias = ""

    def __init__(self, find_surroundings: FindSurroundings) -> None:
        super().__init__()
        self.find_surroundings = find_surroundings
        self.watched = Watched()
        self.wake = asyncio.Event()
        self.rights_changed = False
        self.drawing: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """However the connection ends, cancelled at a shutdown included, nothing of it stays behind."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            Hub.current().leave(self)
            if self.drawing:
                self.drawing.cancel()

    async def connect(self) -> None:
        here = await in_thread(self.find_surroundings, self.scope) if is_same_origin(self.scope) else None
        if here is None:
            await self.close()
            return
        self.organisation_id = here.access.organisation.pk
        self.user_topic = f"user.{here.access.actor.id}"
        await Hub.current().join(self)
        await self.accept()
        self.drawing = asyncio.create_task(self._keep_drawing())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        names = read_message(text_data or "")
        if names is None:
            await self.close(CLOSE_BAD_MESSAGE)
            return
        self.watched.want(names)
        self.wake.set()

    def poke(self, topics: list[str]) -> None:
        self.rights_changed |= self.user_topic in topics
        if self.watched.poke(topics) or self.rights_changed:
            self.wake.set()

    async def _keep_drawing(self) -> None:
        while await self._draw_due():
            await asyncio.sleep(PAUSE_S)
            await self._wait()
        await self.close(CLOSE_ENDED)

    async def _wait(self) -> None:
        """Until there is something to draw, or somebody's rights changed. What is due may have to pause still."""
        due_at = self.watched.next_due()
        while not self.rights_changed and (due_at is None or due_at > time.monotonic()):
            patience_s = REFRESH_S if due_at is None else due_at - time.monotonic()
            try:
                await asyncio.wait_for(self.wake.wait(), patience_s)
            except TimeoutError:
                if due_at is None:
                    self.watched.make_all_due()
            self.wake.clear()
            due_at = self.watched.next_due()

    async def _draw_due(self) -> bool:
        """Draw what is due and send what changed; False where the caller may see nothing any more."""
        self.rights_changed = False
        drawn = await in_thread(self._draw, self.watched.take_due(time.monotonic()))
        if drawn is None:
            return False
        news = self.watched.settle(drawn)
        if news:
            await self.send(text_data=orjson.dumps(news).decode())
        return True

    def _draw(self, names: list[str]) -> dict[str, Drawn | None] | None:
        here = self.find_surroundings(self.scope)
        if here is None or here.access.organisation.pk != self.organisation_id:
            return None
        with ExitStack() as stack:
            stack.enter_context(tenant_scope(organisation=here.access.organisation))
            stack.enter_context(translation.override(here.language))
            stack.enter_context(timezone.override(ZoneInfo(here.time_zone)))
            return draw_all(here.access, names)


def draw_all(access: Access, names: Iterable[str]) -> dict[str, Drawn | None]:
    """The fragments `name:key` as this caller sees them; None without the right, and for what does not exist."""
    drawn: dict[str, Drawn | None] = dict.fromkeys(names)
    keys: dict[str, list[str]] = {}
    for name in drawn:
        kind, _, key = name.partition(":")
        keys.setdefault(kind, []).append(key)
    for kind, wanted in keys.items():
        fragment = find_fragment(kind)
        if fragment and fragment.open_to(access):
            drawn |= {f"{kind}:{key}": one for key, one in draw_kind(access, fragment, wanted).items()}
    return drawn


def draw_kind(access: Access, fragment: Fragment, keys: list[str]) -> dict[str, Drawn | None]:
    """Those of one kind, by their keys, found together. One that cannot be drawn must not end the others."""
    try:
        subjects = fragment.load_all(access, keys)
    except Exception:
        log.exception("The live fragments %s could not be found", fragment.name)
        return {}
    return {key: _draw_one(access, fragment, subject) for key, subject in subjects.items()}


def _draw_one(access: Access, fragment: Fragment, subject: Any) -> Drawn | None:
    try:
        html = draw(fragment, access, subject)
        return Drawn(html, frozenset(fragment.topics(subject)), time.monotonic() + fragment.pause_s)
    except Exception:
        log.exception("A live fragment %s could not be drawn", fragment.name)
        return None


def read_message(text: str) -> set[str] | None:
    """The fragments that a page says it shows; None where the message cannot be read."""
    try:
        names = orjson.loads(text)["watch"] if len(text) <= MAX_MESSAGE_BYTES else None
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return None
    if not isinstance(names, list) or len(names) > MAX_FRAGMENTS or not all(isinstance(name, str) for name in names):
        return None
    return set(names)


def is_same_origin(scope: dict[str, Any]) -> bool:
    """Whether the page that opens the connection is ours: another site could ride on the person's cookie."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    return bool(origin) and (urlsplit(origin).netloc == host or origin in settings.CSRF_TRUSTED_ORIGINS)


async def in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run database work in a thread of its own, since pages must not wait for it, and give its connection back."""

    def work() -> Any:
        try:
            return function(*arguments)
        finally:
            close_old_connections()

    return await sync_to_async(work, thread_sensitive=False)()
