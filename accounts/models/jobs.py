"""Background jobs: what takes longer than a page may."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind, JobState
from accounts.models.files import StoredFile
from accounts.models.people import User
from common.actor import Actor
from common.jobs import JobKind, find_kind
from common.models import TenantModel


class Job(TenantModel):
    """One run of a declared kind (`common.jobs.JobKind`) with its progress and the file that it made.

    `subject` says what it is about, e.g. `station.17`; empty for the whole organisation. It is written in the language
    and the time zone of who started it. A worker holds it until `lease_until`; while it waits, that is when its message
    is sent again. `attempts` tells a worker that came back late from the one that took over.
    """

    kind = models.CharField(_("kind"), max_length=60)
    subject = models.CharField(max_length=60, blank=True)
    title = models.CharField(_("what"), max_length=200)
    parameters = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField(_("state"), max_length=9, choices=JobState, default=JobState.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    words = models.CharField(max_length=200, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    result = models.OneToOneField(StoredFile, null=True, on_delete=models.SET_NULL, related_name="job")
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_label = models.CharField(_("by"), max_length=200)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    language = models.CharField(max_length=8)
    time_zone = models.CharField(max_length=60)
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)
    lease_until = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "-created_at", "-id"], name="job_by_organisation"),
            models.Index(fields=["organisation", "kind", "subject", "-created_at", "-id"], name="job_by_subject"),
            models.Index(fields=["lease_until"], name="job_open", condition=models.Q(state__in=("queued", "running"))),
            models.Index(fields=["expires_at"], name="job_to_expire", condition=models.Q(state="finished")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def declared_kind(self) -> JobKind | None:
        """None where no version declares the kind any more."""
        return find_kind(self.kind)

    @property
    def is_open(self) -> bool:
        return self.state in (JobState.QUEUED, JobState.RUNNING)

    @property
    def percent(self) -> int | None:
        """How much is done, 0 to 100; None while the whole is not known."""
        return min(100, self.done * 100 // self.total) if self.total else None

    @property
    def actor(self) -> Actor:
        """Who started it, as the services take it."""
        return Actor(self.actor_kind, self.actor_label, self.created_by_id)  # type: ignore[arg-type]
