"""Tenancy fails closed: what belongs to an organisation cannot be read outside its scope."""

import pytest
from django.apps import apps
from django.db.models import Model
from django_scopes import ScopeError, scope, scopes_disabled

from accounts.models import Role
from common.models import TenantModel

MODELS = [model for model in apps.get_models() if issubclass(model, TenantModel)]
# Models with an organisation that have no scoped manager, and why.
UNSCOPED = {
    "accounts.AuditEntry": "the platform's own rows have no organisation; selectors.audit_entries is its only reader",
    "chargeports.SecurityEvent": "written by COPY without foreign keys; its manager is scoped all the same",
    "charging.Activation": "written by COPY without foreign keys; its manager is scoped all the same",
    "charging.MeterValue": "written by COPY without foreign keys; reached through its session or its station",
    "ocpp_gateway.Exchange": "written by COPY without foreign keys; reached through its station",
    "ocpp_gateway.RefusedHandshake": "who knocks may belong to nobody; reached through the gateway's selectors",
    "stations.SearchEntry": "searched by an index that starts with the organisation; reached through the quick search",
    "stations.StationState": "one to one with its station, which is scoped",
}
MANY = 15


def has_organisation(model: type[Model]) -> bool:
    return any(field.name in ("organisation", "organisation_id") for field in model._meta.get_fields())


def test_there_are_tenant_models_enough_to_mean_something():
    assert len(MODELS) >= MANY


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_outside_a_scope_nothing_is_read_or_written(model):
    for reach in (
        lambda rows: list(rows.all()),
        lambda rows: rows.count(),
        lambda rows: rows.filter(pk=1).first(),
        lambda rows: rows.update(pk=1),
        lambda rows: rows.all().delete(),
    ):
        with pytest.raises(ScopeError):
            reach(model.objects)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_inside_a_scope_rows_of_others_are_left_out(model, organisation):
    with scope(organisation=organisation):
        where = str(model.objects.all().query)
    assert f'"organisation_id" = {organisation.pk}' in where
    with scopes_disabled():
        assert "organisation_id" not in str(model.objects.all().query).partition("WHERE")[2]


def test_roles_of_one_organisation_are_not_those_of_another(organisation, other_organisation):
    with scope(organisation=organisation):
        mine = set(Role.objects.all())
    with scope(organisation=other_organisation):
        theirs = set(Role.objects.all())
    assert len(mine) == len(theirs) == 4
    assert not mine & theirs


def test_every_model_with_an_organisation_is_scoped_or_says_why_not():
    open_models = {
        model._meta.label
        for model in apps.get_models()
        if has_organisation(model) and not issubclass(model, TenantModel)
    }
    assert open_models == set(UNSCOPED)
