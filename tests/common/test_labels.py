"""The labels of choices: each in the reader's language, and what is no choice as it is."""

import pytest
from django.utils import translation

from stations.choices import LifeCycle
from stations.models import Station


@pytest.mark.parametrize("language, label", [("en", "In operation"), ("de", "In Betrieb")])
def test_a_choice_is_named_in_the_readers_language(language, label):
    with translation.override(language):
        assert Station(life_cycle=LifeCycle.IN_OPERATION).get_life_cycle_display() == label


def test_what_is_no_choice_is_shown_as_it_is():
    assert Station(life_cycle="of yore").get_life_cycle_display() == "of yore"
