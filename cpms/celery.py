"""The Celery application; each app's periodic tasks are listed here, in one place."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpms.settings")

app = Celery("cpms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
