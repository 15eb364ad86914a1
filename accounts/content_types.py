"""What a file is, judged by its first bytes: neither its name nor the browser is believed."""

import codecs
import re

import filetype

HEAD_BYTES = 8192
UNKNOWN = "application/octet-stream"
# What a browser would run or draw if it were told so; anything that begins like it is named so, and never shown.
_MARKUP = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(!doctype\s+)?(html|svg|head|body|script|\w+:svg)\b", re.I | re.S
)
_BY_ENDING = {"csv": "text/csv", "json": "application/json", "md": "text/markdown"}


def content_type_of(head: bytes, name: str) -> str:
    """The type of content that begins with `head`, at most HEAD_BYTES of it. The name only tells texts apart."""
    guessed = filetype.guess(head)
    if guessed is not None:
        return str(guessed.mime)
    text = _text(head)
    if text is None:
        return UNKNOWN
    if markup := _MARKUP.match(text):
        return "image/svg+xml" if markup[2].lower().endswith("svg") else "text/html"
    return _BY_ENDING.get(name.rpartition(".")[2].lower(), "text/plain")


def _text(head: bytes) -> str | None:
    """The beginning as text, None where it is none. A character cut at the end does not matter."""
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text
