"""What a door shows of what a service raised."""

import pytest
from django import forms
from django.db import IntegrityError, transaction

from common.api import problem_of
from common.doors import fits
from stations.models import StationGroup


class EmptyForm(forms.Form):
    pass


@pytest.fixture
def form() -> forms.Form:
    form = EmptyForm({})
    assert form.is_valid()
    return form


@transaction.atomic
def save(**values) -> None:
    """As a service that found nothing of this name a moment ago."""
    StationGroup(**values).save()


def test_of_two_who_save_the_same_at_once_the_second_is_told(organisation, form):
    save(organisation=organisation, name="North")
    assert not fits(form, save, organisation=organisation, name="north")
    assert "at the same moment" in str(form.errors)


def test_a_program_is_told_the_same(organisation):
    save(organisation=organisation, name="North")
    with pytest.raises(IntegrityError) as raised:
        save(organisation=organisation, name="north")
    assert problem_of(raised.value).status_code == 409


def test_another_breach_of_a_constraint_is_a_mistake_of_ours(db, form):
    with pytest.raises(IntegrityError):
        fits(form, save, name="North")
    assert problem_of(IntegrityError()).status_code == 500
