"""Reads exports of frames (docs/ocpp-export.md)."""

import gzip
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

FORMAT = "cpms-ocpp-frames"
VERSION = 1
CALL, RESULT, ERROR = 2, 3, 4
_GZIP = b"\x1f\x8b"


class Unreadable(ValueError):
    """The file is no export of frames; the text says why."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A frame, and the one that answered it. `message` is what the frame says, None where it is no message."""

    at: datetime
    from_charger: bool
    action: str
    frame: str
    answer: str | None

    @property
    def message(self) -> list[Any] | None:
        return message_of(self.frame)


@dataclass(frozen=True, slots=True)
class Recording:
    identity: str
    protocol: str
    exchanges: list[Exchange]


def read(path: Path) -> Recording:
    """Raises OSError or Unreadable."""
    raw = path.read_bytes()
    try:
        content = json.loads(gzip.decompress(raw) if raw.startswith(_GZIP) else raw)
        if (content["format"], content["version"]) != (FORMAT, VERSION):
            raise Unreadable(f"It is not version {VERSION} of {FORMAT}.")
        station = content["station"]
        return Recording(station["identity"], station["protocol"], _exchanges(content["frames"]))
    except (ValueError, LookupError, TypeError, EOFError) as error:
        raise error if isinstance(error, Unreadable) else Unreadable(f"It is no export of frames: {error!r}") from error


def _exchanges(frames: list[dict[str, Any]]) -> list[Exchange]:
    """An answer stands right behind its call, goes the other way and bears the same message id."""
    found: list[Exchange] = []
    following = [*frames[1:], None]
    is_answer = False
    for frame, after in zip(frames, following, strict=True):
        if is_answer:
            is_answer = False
            continue
        is_answer = after is not None and _answers(frame, after)
        found.append(
            Exchange(
                at=datetime.fromisoformat(frame["time"]),
                from_charger=frame["direction"] == "in",
                action=frame["action"],
                frame=frame["frame"],
                answer=after["frame"] if after and is_answer else None,
            )
        )
    return found


def _answers(frame: dict[str, Any], after: dict[str, Any]) -> bool:
    message = message_of(after["frame"])
    is_reply = message is not None and message[0] in (RESULT, ERROR)
    return is_reply and after["direction"] != frame["direction"] and after["message_id"] == frame["message_id"]


def message_of(frame: str) -> list[Any] | None:
    """What a frame says where it is an OCPP message: a list that begins with a type and an id."""
    try:
        message = json.loads(frame)
    except ValueError:
        return None
    is_message = isinstance(message, list) and len(message) >= 3 and isinstance(message[1], str)
    return message if is_message else None
