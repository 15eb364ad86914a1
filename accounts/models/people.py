"""Organisations (tenants), the people and programs that act in them, and the record of what they did."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Permission, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind, Theme
from common.models import LabelledModel, TenantModel


class Organisation(models.Model):
    """The tenant: a charging network that runs its stations with the portal."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    features = ArrayField(models.CharField(max_length=60), default=list, verbose_name=_("subscribed features"))
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Berlin")
    language = models.CharField(_("language"), max_length=8, default="en")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    receives_unknown_stations = models.BooleanField(
        _("receives unknown stations"),
        default=False,
        help_text=_("Chargers that call the plain websocket address with an unknown identity are shown here."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["receives_unknown_stations"],
                condition=models.Q(receives_unknown_stations=True),
                name="one_organisation_receives_unknown_stations",
            )
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by the e-mail address. What the person may do depends on the organisation (Membership)."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    theme = models.CharField(_("appearance"), max_length=5, choices=Theme, default=Theme.AUTO)
    is_staff = models.BooleanField(_("platform administrator"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(default=False, editable=False)
    date_joined = models.DateTimeField(auto_now_add=True)
    last_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case")]

    def __str__(self) -> str:
        return self.name or self.email


class Role(TenantModel):
    """A bundle of rights with a name of the organisation's own.

    The administrators' role holds every right, also those that a later version brings; it is made with the
    organisation and stays.
    """

    name = models.CharField(_("name"), max_length=80)
    is_administrator = models.BooleanField(default=False, editable=False)
    rights = models.ManyToManyField(Permission, related_name="roles", blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("name",)
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="role_name_unique")]

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel):
    """A person in an organisation, with the roles held there."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    roles = models.ManyToManyField(Role, related_name="memberships", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "user"], name="one_membership_per_organisation")]

    def __str__(self) -> str:
        return f"{self.user} · {self.organisation}"


class ApiToken(TenantModel):
    """A secret by which a program acts for the organisation. Only its digest is kept."""

    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=12, db_index=True)
    digest = models.CharField(max_length=64, unique=True)
    rights = models.ManyToManyField(Permission, related_name="tokens", blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name


class StoredAnswer(TenantModel):
    """What a program was answered to a write with an idempotency key, for when it asks again (`accounts.programs`).

    `digest` is that of the request; `status` is empty only within the transaction that makes the answer.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_for_one_key")]


class AuditEntry(LabelledModel):
    """Who did what to which object. Triggers refuse every UPDATE, DELETE and TRUNCATE of this table.

    `before` and `after` hold only the fields that changed. Entries of the platform itself have no organisation, so the
    table has no scoped manager: `selectors.audit_entries` is its only reader.
    """

    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.DO_NOTHING, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    address = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=80, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_label = models.CharField(max_length=200, blank=True)
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["organisation", "-id"], name="audit_by_organisation"),
            models.Index(fields=["organisation", "object_type", "object_id", "-id"], name="audit_by_object"),
        ]


class SavedFilter(TenantModel):
    """A list's filter that a person kept under a name; `page` is the list's URL name, `query` its query string."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=80)
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=2000)

    class Meta(TenantModel.Meta):
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user", "page", "name"], name="saved_filter_name_unique")
        ]

    def __str__(self) -> str:
        return self.name
