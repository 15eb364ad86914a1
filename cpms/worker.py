"""Runs background tasks and, in the same process group, beat: `python -m cpms.worker SCHEDULE_FILE`."""

import signal
import sys
from typing import Any

from celery.signals import beat_embedded_init

from cpms.celery import app
from cpms.embedded.process import die_with_parent

PROCESSES = 2
# One worker has nobody to gossip with.
ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")


@beat_embedded_init.connect
def follow_the_worker(**kwargs: Any) -> None:
    """End with a killed worker, as its pool does by itself: a second beat would send everything twice."""
    die_with_parent(signal.SIGKILL)


def main(schedule: str) -> None:
    app.worker_main(["worker", "-B", "-s", schedule, "-c", str(PROCESSES), "-l", "INFO", *ALONE])


if __name__ == "__main__":
    main(sys.argv[1])
