"""How seldom a serving process searches for objects that only hold each other."""

import gc

COLLECT_AFTER = 50_000
"""Objects made since the last search. A batch of messages or a page makes thousands that end with it by themselves:
Python's own 700 would search among them over and over."""


def collect_seldom() -> None:
    """Call it once everything is loaded: what lives as long as the process is never searched again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
