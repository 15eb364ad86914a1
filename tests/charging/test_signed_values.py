"""Signed meter values: read, checked beforehand, kept to the byte, and handed on."""

import base64
import json
from pathlib import Path

import pytest
from defusedxml import ElementTree
from django.utils import timezone
from django_scopes import scopes_disabled

from chargeports.choices import MeterKeySource
from chargeports.models import ConfigurationValue, MeterKey
from charging.choices import SignedVerdict
from charging.models import SignedValue
from charging.services import check_signed, classify_closed
from charging.signed_values import Record, key_text, received, session_checks, transparency_xml, verdict_of
from tests import factories
from tests.charging.cases import at, meter, reading, sample, session, start, stop

VECTORS = json.loads((Path(__file__).parent / "vectors" / "ocmf.json").read_text())["vectors"]
KEBA, TAMPERED = VECTORS[0], VECTORS[1]
RECORD, KEY = KEBA["ocmf"], KEBA["public_key_hex"]


def expected(vector) -> SignedVerdict:
    """secp192k1 is a curve that the one who measured could not check; its records are genuine."""
    return SignedVerdict.INVALID if vector["measured"] == "invalid" else SignedVerdict.VALID


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{Path(vector['source']).name}-{vector['index']}")
def test_every_public_record_is_judged_as_expected(vector):
    assert verdict_of(Record(vector["ocmf"], vector["public_key_hex"]).checks()) == expected(vector)


# --- What chargers send -------------------------------------------------------------------------------------------
def wrapped(data: str = RECORD, name: str = "signedMeterData", key: str = KEY, **fields) -> str:
    told = base64.b64encode(f"oca:base16:asn1:{key}".encode()).decode() if key else ""
    content = {name: base64.b64encode(data.encode()).decode(), "signingMethod": "", "encodingMethod": "OCMF"}
    return json.dumps(content | {"publicKey": told} | fields)


@pytest.mark.parametrize("name", ["signedMeterData", "signedMeterValue"])
def test_both_names_of_the_white_paper_and_its_variant_are_unwrapped(name):
    found = received(wrapped(name=name))
    assert (found.data, found.encoding, key_text(found.public_key)) == (RECORD, "base64", KEY)


@pytest.mark.parametrize("raw", [RECORD, "12.5", "{", "[]", '{"signedMeterData": 7}', "AP;0;3;X;Y;Z;"])
def test_what_is_no_wrapping_is_the_signed_text_itself(raw):
    assert received(raw).data == raw


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        KEY.upper(),
        base64.b64encode(bytes.fromhex(KEY)).decode(),
        f"oca:base16:asn1:{KEY}",
        f" {KEY[:40]}\n{KEY[40:]}",
    ],
)
def test_keys_are_read_however_they_are_written(written):
    assert key_text(written) == KEY


@pytest.mark.parametrize("written", ["", "no key!", "oca:base16:asn1:"])
def test_what_is_no_key_is_none(written):
    assert key_text(written) == ""


# --- Verdicts -----------------------------------------------------------------------------------------------------
def outcomes(*checks) -> dict[str, bool | None]:
    return {check.name: check.passed for check in checks}


def test_without_a_key_nothing_is_decided():
    checks = Record(RECORD).checks()
    assert outcomes(*checks) == {"format": True, "key": None, "signature": None}
    assert verdict_of(checks) == SignedVerdict.UNCHECKED


def test_another_key_than_the_ports_is_a_failure_even_where_its_signature_fits():
    checks = Record(RECORD, own_key=VECTORS[6]["public_key_hex"], sent_key=KEY).checks()
    assert outcomes(*checks)["key"] is False
    assert verdict_of(checks) == SignedVerdict.INVALID


@pytest.mark.parametrize("data", ["", "OCMF|{}|{}", "OCMF|" + "[" * 5000 + "|{}", "AP;0;3;X;Y;Z;", "1B1B1B1B01"])
def test_what_is_not_readable_is_left_to_the_transparency_software(data):
    assert verdict_of(Record(data, KEY).checks()) == SignedVerdict.UNCHECKED


@pytest.mark.parametrize(
    "data, name, encoding, told",
    [
        ("AP;0;3;AJ2J7LYMGCIWT4AHUJPPFIIVB3FGRV2JQ2HVZG2I;BIHE...;", "ALFEN", "plain", "ALFEN"),
        ("1B1B1B1B01010101760512", "EDL_40_P", "hex", "EDL40 (SML)"),
        ("GxsbGwEBAQF2BRI=", "EDL_40_P", "base64", "EDL40 (SML)"),
        ('<?xml version="1.0"?><signedMeterValue/>', "EDL_40_MENNEKES", "plain", "EDL40 (Mennekes)"),
    ],
)
def test_other_formats_are_named_not_checked_and_handed_on(data, name, encoding, told):
    (check,) = Record(data, own_key="aa").checks()
    assert (check.passed, str(check.reason)) == (None, f"{told} is not checked here; use the transparency software.")
    assert verdict_of([check]) == SignedVerdict.UNCHECKED
    signed = ElementTree.fromstring(transparency_xml(7, [(data, "Transaction.End", "")])).find("value/signedData")
    assert (signed.get("format"), signed.get("encoding"), signed.text) == (name, encoding, data)


def test_keys_that_come_along_stand_in_the_history_of_the_port(station, token):
    session = start(station)
    begin = {"signedMeterData": base64.b64encode(b"OCMF|{}|{}").decode(), "publicKey": f"oca:base16:asn1:{'3059' * 30}"}
    kept = sample(json.dumps(begin), format="SignedData")
    meter(station, reading(1, kept), transaction_id=session.pk)
    stop(station, session.pk)
    assert check_signed() == 1
    key = MeterKey.objects.get()
    assert (key.port.number, key.source, key.public_key) == (1, "signed_value", "3059" * 30)


def test_records_are_compared_with_one_another_and_with_the_session():
    found = outcomes(*session_checks([Record(RECORD)], "CARD1", 0))
    assert found == {
        "meter": True, "pages": True, "begin_end": True, "register": True, "status": True, "token": None, "energy": True
    }  # fmt: skip
    assert outcomes(*session_checks([Record(RECORD)], "CARD1", 5000))["energy"] is False


def test_a_missing_number_and_a_falling_register_are_found():
    later = Record(RECORD.replace('"T32"', '"T34"').replace("0.2596", "0.1"))
    found = outcomes(*session_checks([Record(RECORD), later], "CARD1", 0))
    assert (found["pages"], found["register"]) == (False, False)


# --- From the charger to the page -----------------------------------------------------------------------------------
def charged(station, *samples):
    begun = start(station, meter=259)
    values = [sample(raw, format="SignedData", context="Transaction.End") for raw in samples]
    stop(station, begun.pk, 60, meter=260, readings=[reading(60, *values)])
    while check_signed():
        pass
    classify_closed(timezone.now())
    return session(begun.pk)


@pytest.mark.django_db
def test_values_are_kept_to_the_byte_and_checked_with_the_ports_key(station, token):
    ConfigurationValue.objects.create(
        organisation_id=station.organisation_id, station=station, key="MeterPublicKey[1]", value=KEY,
        first_read_at=at(0), changed_at=at(0),
    )  # fmt: skip
    raw = " " + wrapped(key="") + "\t"
    ended = charged(station, raw)
    kept = SignedValue.objects.get(session=ended)
    assert (kept.raw, kept.data, kept.verdict) == (raw, RECORD, SignedVerdict.VALID)
    assert (ended.signed_verdict, ended.faults) == (SignedVerdict.VALID, [])


@pytest.mark.django_db
def test_an_older_key_of_the_meter_proves_the_values_of_its_time(station, token):
    port = station.ports.get(number=1)
    for number, key in enumerate((KEY, VECTORS[6]["public_key_hex"])):
        MeterKey.objects.create(
            organisation_id=station.organisation_id, port=port, public_key=key, source=MeterKeySource.values[0],
            first_seen_at=at(number), last_seen_at=at(number),
        )  # fmt: skip
    assert charged(station, wrapped()).signed_verdict == SignedVerdict.VALID


@pytest.mark.django_db
def test_tampered_values_are_an_error_of_the_session(station, token):
    ended = charged(station, wrapped(TAMPERED["ocmf"]))
    assert (ended.signed_verdict, ended.faults) == (SignedVerdict.INVALID, [10])


@pytest.mark.django_db
def test_signed_text_without_its_format_is_noticed(station, token):
    begun = start(station)
    meter(station, reading(5, sample(RECORD)), transaction_id=begun.pk)
    assert SignedValue.objects.get(session=begun).data == RECORD


@pytest.mark.django_db
def test_the_page_shows_the_verdict_with_its_reasons_and_hands_out_the_xml(client, organisation, owner):
    with scopes_disabled():
        station = factories.station(organisation)
        ended = charged(station, wrapped(TAMPERED["ocmf"]))
    client.force_login(owner)
    text = client.get(f"/sessions/{ended.pk}/").content.decode()
    assert "pre-check" in text
    assert "It does not fit" in text

    answer = client.get(f"/sessions/{ended.pk}/signed-values.xml")
    value = ElementTree.fromstring(answer.content).find("value")
    assert value.find("signedData").text == TAMPERED["ocmf"]
    assert value.find("publicKey").text == KEY
    assert value.attrib == {"transactionId": str(ended.pk), "context": "Transaction.End"}


@pytest.mark.django_db
def test_a_session_without_signed_values_has_no_xml(client, organisation, owner):
    with scopes_disabled():
        made = factories.session(factories.station(organisation))
    client.force_login(owner)
    assert client.get(f"/sessions/{made.pk}/signed-values.xml").status_code == 404


def test_text_that_xml_cannot_hold_travels_as_base64():
    xml = ElementTree.fromstring(transparency_xml(1, [("OCMF|\x01|", "", "")]))
    assert xml.find("value/signedData").attrib["encoding"] == "base64"
