"""What the accounts app tells after a commit."""

from django.db import transaction
from django.dispatch import Signal

# Argument: `job_id`. A background job waits for a worker. It may be lost; the sweep sends it again.
job_queued = Signal()


def send_job_queued(job_id: int) -> None:
    """Tell after the commit that a job waits."""
    transaction.on_commit(lambda: job_queued.send_robust(None, job_id=job_id) and None, robust=True)
