import pytest
from django.utils import translation

from chargeports.outcomes import outcome_label


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        ("44 keys", "44 Einstellungen"),
        ("1 keys", "1 Einstellung"),
        ("No answer", "Keine Antwort"),
        ("Malformed answer", "Fehlerhafte Antwort"),
        ("Rejected", "Rejected"),
        ("NotSupported: no such key", "NotSupported: no such key"),
    ],
)
def test_the_portals_words_are_translated_and_the_chargers_are_not(outcome, shown):
    with translation.override("de"):
        assert outcome_label(outcome) == shown
