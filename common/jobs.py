"""Kinds of background jobs: each app lists its own in `jobs.py` as the tuple `JOB_KINDS`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from common.declarations import declared
from common.rights import Right, Text


@dataclass(frozen=True)
class JobKind:
    """`right` is needed to start such a job, to see it, to cancel it and to get its file.

    `run` gets an `accounts.services.jobs.RunningJob`: it reports progress, which is also where a cancelled job stops,
    and writes the result. It may be run anew from the beginning when a worker was lost. A `Refused` that it raises is
    the job's error. `kept` is how long the result can be fetched.
    """

    slug: str
    label: Text
    right: Right
    run: Callable[[Any], None]
    kept: timedelta = timedelta(days=7)


def all_kinds() -> tuple[JobKind, ...]:
    return declared("jobs", "JOB_KINDS")


def find_kind(slug: str) -> JobKind | None:
    return next((kind for kind in all_kinds() if kind.slug == slug), None)
