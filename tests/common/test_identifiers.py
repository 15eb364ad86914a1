import pytest
from django.core.exceptions import ValidationError

from common import identifiers

ISO_VECTORS = [
    "NN123ABCDEFGHIT",
    "FRXYZ1234567892",
    "ITA1B2C3E4F5G64",
    "ESZU8WOX834H1DR",
    "PT73902837ABCZZ",
    "DE83DUIEN83QGZD",
    "DE83DUIEN83ZGQM",
    "DE8AA0012345670",
    "NLTNM000122045U",
    "NLTNM000722345X",
    "NLTNMC00122045K",
    "DE8AACA2B3C4D5L",
]


@pytest.mark.parametrize("emaid", ISO_VECTORS)
def test_iso_check_digit(emaid):
    assert identifiers.iso_check_digit(emaid[:-1]) == emaid[-1]


def test_din_check_digit():
    assert identifiers.din_check_digit("NLTNM012204") == "5"


def test_din_check_digit_ten_is_x():
    found = {identifiers.din_check_digit(f"NLTNM0122{number:02}") for number in range(60)}

    assert found == set("0123456789X")


@pytest.mark.parametrize(
    "emaid, remarked",
    [
        ("DE-8AA-CA2B3C4D5-L", False),
        ("DE-8AA-CA2B3C4D5", False),
        ("DE-8AA-CA2B3C4D5-M", True),
        ("NL-TNM-012204-5", False),
        ("NL*TNM*012204*6", True),
        ("DE*8EO*Aet5e4*3", True),
    ],
)
def test_wrong_check_digits_are_remarked_never_refused(emaid, remarked):
    identifiers.validate_emaid(emaid)

    assert (identifiers.check_digit_remark(emaid) is not None) == remarked


@pytest.mark.parametrize(
    "emaid", ["", "DE", "DE-8AA", "D1-8AA-CA2B3C4D5-L", "DE-8AA-CA2B3C4D5-LL", "DE 8AA CA2B3C4D5", "DE-8AA-CA2B3Ç4D5"]
)
def test_what_is_no_emaid_is_refused(emaid):
    with pytest.raises(ValidationError):
        identifiers.validate_emaid(emaid)


@pytest.mark.parametrize("evse_id", ["DE*AB7*E840*6487", "DEAB7E8406487", "de*ab7*e1", "+49*810*000*438", "49*810*1"])
def test_evse_ids_of_both_forms_are_taken(evse_id):
    identifiers.validate_evse_id(evse_id)


@pytest.mark.parametrize(
    "evse_id", ["", "DE*AB7*840", "DE*AB*E1", "+49810000438", "DE*AB7*E", "DE*AB7*E" + "1" * 31, "DE*AB7*E1 2"]
)
def test_what_is_no_evse_id_is_refused(evse_id):
    with pytest.raises(ValidationError):
        identifiers.validate_evse_id(evse_id)


def test_keys_know_no_separators_and_no_case():
    assert identifiers.key(" de*ab7*e840*6487 ") == identifiers.evse_id_key("DEAB7E8406487") == "DEAB7E8406487"
    assert identifiers.key("+49*810*000*438") == "49810000438"
    assert identifiers.normalise(" nl-tnm-012204-5 ") == "NL-TNM-012204-5"
