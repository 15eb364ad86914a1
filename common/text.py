"""Texts from outside, made fit for the database: PostgreSQL stores no NUL, and a column has a length."""

from typing import Any


def fit(text: str, length: int) -> str:
    """`text` without NUL and blanks around it, cut to `length` characters."""
    return text.replace("\x00", "").strip()[:length]


def without_nul(value: Any) -> Any:
    """A JSON value with every text in it free of NUL."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {without_nul(key): without_nul(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [without_nul(entry) for entry in value]
    return value
