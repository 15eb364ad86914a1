"""The Celery application. Beat's schedule is what the apps declare as `PERIODIC` in their `tasks.py`."""

import os
from typing import Any

from celery import Celery

from common.declarations import declared

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpms.settings")

app = Celery("cpms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def schedule(sender: Celery, **kwargs: Any) -> None:
    """Fill beat's schedule."""
    for entry in declared("tasks", "PERIODIC"):
        sender.add_periodic_task(entry.every_s, entry.task, name=entry.name, expires=entry.every_s)
