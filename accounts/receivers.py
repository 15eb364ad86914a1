"""What follows from the accounts app's own signals."""

from typing import Any

from accounts.tasks import run_job


def hand_to_worker(sender: Any, job_id: int, **kwargs: Any) -> None:
    run_job.delay(job_id)
