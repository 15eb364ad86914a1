from django.apps import AppConfig

from cpms.celery import app as celery_app


class CpmsConfig(AppConfig):
    """The shell. Loading it makes the Celery application current for every `shared_task`."""

    name = "cpms"
    celery_app = celery_app
