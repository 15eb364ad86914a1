import pytest
from django.core.exceptions import ValidationError

from stations import opening_hours


def test_a_day_is_read_with_any_dash_and_any_blanks():
    assert opening_hours.parse_day(" 8:00-12:00,13:00 – 24:00 ") == [("08:00", "12:00"), ("13:00", "24:00")]
    assert opening_hours.parse_day("") == []


@pytest.mark.parametrize(
    "text", ["8-12", "08:00", "12:00-08:00", "08:00-12:00, 11:00-13:00", "25:00-26:00", "20:00-24:30"]
)
def test_what_is_no_opening_is_refused(text):
    with pytest.raises(ValidationError):
        opening_hours.parse_day(text)


def test_a_week_in_words_names_each_day():
    hours = opening_hours.weekly({1: [("08:00", "12:00"), ("13:00", "18:00")]})
    words = opening_hours.week_in_words(hours)
    assert [text for _day, text in words] == ["08:00–12:00, 13:00–18:00", "", "", "", "", "", ""]
    assert str(words[0][0]) == "Monday"
    assert not opening_hours.is_always(hours)
    assert opening_hours.is_always(opening_hours.ALWAYS)
