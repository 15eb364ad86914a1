"""The platform's own administration: organisations and people, for staff of the platform only.

It works across organisations, so every page of it runs with scopes disabled. What belongs to one organisation is done
in the portal itself. Every change leaves an audit row like everywhere else.
"""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django_scopes import scope, scopes_disabled

from accounts import services
from accounts.models import Organisation, Role, User
from common.actor import Actor
from common.client import client_address
from common.rights import all_features


class PlatformSite(admin.AdminSite):
    site_header = site_title = _("Platform administration")
    enable_nav_sidebar = False

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Through the portal's own sign-in, with its lock-out and second factor."""
        return super().login(request, extra_context)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        def unscoped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with scopes_disabled():
                response = inner(request, *args, **kwargs)
                return response.render() if isinstance(response, SimpleTemplateResponse) else response

        return unscoped


class PlatformAdmin(admin.ModelAdmin):
    """Open to the platform's staff. Nothing is deleted here: an organisation's data would go with it."""

    actions: Any = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def record(self, request: HttpRequest, organisation: Organisation | None, form: ModelForm, obj: Model) -> None:
        names = form.changed_data
        services.record(
            platform_actor(request),
            organisation,
            f"accounts.{obj._meta.model_name}_changed",
            obj,
            before={name: form.initial.get(name) for name in names},
            after={name: form.cleaned_data[name] for name in names},
        )


def platform_actor(request: HttpRequest) -> Actor:
    """Staff act for the platform, whose rights no organisation's roles limit."""
    return Actor("system", str(request.user), request.user.pk, client_address(request))


class OrganisationForm(forms.ModelForm):
    features = forms.MultipleChoiceField(
        label=_("Subscribed features"), required=False, widget=forms.CheckboxSelectMultiple
    )
    administrator_email = forms.EmailField(
        label=_("First administrator"), help_text=_("This address gets an invitation.")
    )

    class Meta:
        model = Organisation
        fields = ("name", "slug", "time_zone", "language", "currency", "receives_unknown_stations")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        features = self.fields["features"]
        features.choices = [(feature.code, feature.label) for feature in all_features()]  # type: ignore[attr-defined]
        self.fields.pop("administrator_email" if self.instance.pk else "receives_unknown_stations", None)


class OrganisationAdmin(PlatformAdmin):
    form = OrganisationForm
    list_display = ("name", "slug", "receives_unknown_stations", "created_at")
    search_fields = ("name", "slug")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        common = ["name", "slug", "time_zone", "language", "currency", "features"]
        return [*common, "receives_unknown_stations" if obj else "administrator_email"]

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            self.record(request, obj, form, obj)
        else:
            obj.pk = create(request, **form.cleaned_data).pk


@transaction.atomic
def create(request: HttpRequest, administrator_email: str, **values: Any) -> Organisation:
    organisation = services.create_organisation(platform_actor(request), **values)
    with scope(organisation=organisation):
        roles = list(Role.objects.filter(is_administrator=True))
        services.invite_user(platform_actor(request), organisation, administrator_email, roles)
    return organisation


class UserAdmin(PlatformAdmin):
    """People are invited by their organisations; here they are blocked, mended and made staff."""

    fields = ("email", "name", "language", "time_zone", "is_active", "is_staff")
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    actions = ("remove_second_factor",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.record(request, None, form, obj)

    @admin.action(description=_("Remove the second factor of people who lost theirs"))
    @transaction.atomic
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            Authenticator.objects.filter(user=user).delete()
            services.record(platform_actor(request), None, "accounts.second_factor_removed", user)


site = PlatformSite(name="admin")
site.register(Organisation, OrganisationAdmin)
site.register(User, UserAdmin)
