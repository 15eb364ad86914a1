from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import AuditEntry
from common.actor import SYSTEM
from stations import services
from stations.models import MarketingPicture, MarketingText, RoamingData, Station
from stations.rights import VIEW_MARKETING, VIEW_STATIONS
from stations.services.marketing import names_a_tariff
from tests import factories

TAB = "/stations/BER-1/marketing/"


@pytest.fixture(autouse=True)
def _here(settings, tmp_path):
    cache.clear()
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def station(organisation) -> Station:
    return factories.station(organisation, identity="BER-1", name="City hall")


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def picture(name: str = "a.png") -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (4, 4)).save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), "image/png")


def test_texts_are_kept_by_language_and_shown_as_an_app_would(page, station):
    values = {"title": "Laden am Rathaus", "description": "Im Hof", "payment": "Karte"}
    page.post(f"{TAB}save/", {"language": "de", **values})
    text = page.get(f"{TAB}?language=de").content.decode()
    assert "Laden am Rathaus" in text
    assert "3/6" in text
    assert "0/6" in text
    assert "In German these are missing: Opening hours, General state of the station, Surroundings." in text
    assert "No texts in English yet" in text
    page.post(f"{TAB}save/", {"language": "de"})
    assert not MarketingText.objects.exists()
    assert AuditEntry.objects.filter(action="stations.marketing_changed").count() == 2


@pytest.mark.parametrize("language", ["", "d", "deu", "1a"])
def test_a_language_is_two_letters(page, station, language):
    assert page.post(f"{TAB}save/", {"language": language, "title": "A"}).status_code == 422
    assert not MarketingText.objects.exists()


@pytest.mark.parametrize("text", ["39 ct/kWh", "0,39 € je kWh", "EUR 0.39", "5 Cent pro Minute", "$1"])
def test_prices_are_warned_of(text):
    assert names_a_tariff(text)


@pytest.mark.parametrize("text", ["Credit card, PayPal", "App and RFID 24/7", "Girocard ab 18 Jahren"])
def test_payment_options_are_no_prices(text):
    assert not names_a_tariff(text)


def test_a_price_is_kept_but_warned_of(page, station):
    page.post(f"{TAB}save/", {"language": "en", "payment": "Card, 0.39 €/kWh"})
    assert "seem to name a price" in page.get(f"{TAB}?language=en").content.decode()


def test_pictures_are_public_only_where_the_station_is_published(page, station, organisation):
    page.post(f"{TAB}add-picture/", {"picture": picture(), "caption": "The entrance"})
    kept = MarketingPicture.objects.get()
    assert "The entrance" in page.get(TAB).content.decode()
    address = reverse("public-picture", args=[kept.pk, kept.file.sha256[:16]])
    assert Client().get(address).status_code == 404
    services.publish(SYSTEM, station, services.create_portal(SYSTEM, organisation, "City"))
    answer = Client().get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert Client().get(reverse("public-picture", args=[kept.pk, "0" * 16])).status_code == 404
    assert Client().get(reverse("public-picture", args=[kept.pk, kept.file.sha256[:1]])).status_code == 404
    page.post(f"{TAB}remove-picture/", {"picture": kept.pk})
    assert Client().get(address).status_code == 404


def test_a_picture_of_a_language_is_shown_to_its_readers(page, station):
    page.post(f"{TAB}add-picture/", {"picture": picture(), "caption": "Der Eingang", "language": "de"})
    page.post(f"{TAB}add-picture/", {"picture": picture("b.png"), "caption": "Plan", "language": ""})
    # The form is for the language that is open, whichever the reader's own is.
    assert '<input type="hidden" name="language" value="de">' in page.get(f"{TAB}?language=de").content.decode()
    preview = 'class="driver-picture" src="{}"'
    german, plan = MarketingPicture.objects.all()
    shown = page.get(f"{TAB}?language=de").content.decode()
    assert preview.format(german.file.get_absolute_url()) in shown
    shown = page.get(f"{TAB}?language=en").content.decode()
    assert preview.format(german.file.get_absolute_url()) not in shown
    assert preview.format(plan.file.get_absolute_url()) in shown
    answer = page.post(f"{TAB}add-picture/", {"picture": picture("c.png"), "caption": "A", "language": "xx"})
    assert answer.status_code == 422


def test_what_is_no_picture_is_refused(page, station):
    script = SimpleUploadedFile("a.png", b"<svg onload=alert(1)></svg>", "image/png")
    assert page.post(f"{TAB}add-picture/", {"picture": script, "caption": "A"}).status_code == 422
    assert page.post(f"{TAB}add-picture/", {"picture": picture(), "caption": " "}).status_code == 422
    assert not MarketingPicture.objects.exists()


def test_who_may_only_look_changes_nothing(page, station, organisation):
    page.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_MARKETING))
    assert ">Save<" not in page.get(TAB).content.decode()
    assert page.post(f"{TAB}save/", {"language": "de"}).status_code == 403


@pytest.mark.parametrize("tab", ["marketing", "roaming"])
def test_the_tabs_take_few_queries(page, station, tab, django_assert_max_num_queries):
    page.get(f"/stations/BER-1/{tab}/")
    with django_assert_max_num_queries(12):
        page.get(f"/stations/BER-1/{tab}/")


def test_roaming_data_are_kept_and_audited(page, station):
    values = {"accessibility": "free", "payment_methods": ["paypal", "cash"], "hotline": "+49 30 5550100"}
    page.post("/stations/BER-1/roaming/save/", values)
    kept = RoamingData.objects.get(station=station)
    assert kept.payment_methods == ["paypal", "cash"]
    assert not kept.direct_payment_deactivated
    assert AuditEntry.objects.filter(action="stations.roaming_changed").exists()
    assert page.post("/stations/BER-1/roaming/save/", {"payment_methods": ["barter"]}).status_code == 422
