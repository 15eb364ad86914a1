from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scope

from common.actor import SYSTEM
from common.errors import Refused
from stations import services
from stations.choices import ComponentState, MoveKind
from stations.models import Article, ArticleGroup, Component, ComponentMove
from stations.rights import VIEW_COMPONENTS, VIEW_STATIONS
from stations.search import quick_search
from stations.selectors import day_at
from stations.services import articles
from tests import factories

TAB = "/stations/BER-1/components/"


@pytest.fixture
def station(organisation):
    return factories.station(organisation, identity="BER-1")


@pytest.fixture
def other(organisation):
    return factories.station(organisation, identity="BER-2")


@pytest.fixture
def router(organisation) -> Article:
    return factories.article(organisation, "RUT240", manufacturer="Teltonika", warranty_months=24)


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


def install(station, article, serial="S1", **values) -> Component:
    return services.install_component(SYSTEM, station, {"article": article, "serial_number": serial, **values})


def test_a_component_is_installed_found_and_its_warranty_counted(organisation, station, router):
    component = install(station, router, " s-1\x00", installed_on=date(2026, 8, 31), port_number=2)
    assert (component.serial_number, component.warranty_until) == ("s-1", date(2028, 8, 31))
    assert quick_search(organisation, "S-1")[0].station == station
    assert station.history.get().sentence == "Component installed: Teltonika RUT240 · s-1"


@pytest.mark.parametrize("begin, months, end", [((2027, 8, 31), 6, (2028, 2, 29)), ((2026, 12, 1), 12, (2027, 12, 1))])
def test_a_warranty_ends_on_a_day_that_exists(organisation, station, begin, months, end):
    article = factories.article(organisation, warranty_months=months)
    assert install(station, article, installed_on=date(*begin)).warranty_until == date(*end)


def test_what_is_in_stock_is_recognised_and_what_is_elsewhere_refused(organisation, station, other, router):
    stocked = services.stock_component(SYSTEM, organisation, {"article": router, "serial_number": "S1"})
    assert install(station, router, "s1").pk == stocked.pk
    with pytest.raises(ValidationError) as error:
        install(other, router, "S1")
    assert "BER-1" in error.value.message_dict["serial_number"][0]
    with pytest.raises(ValidationError, match="at this station already"):
        install(station, router, "S1")
    with pytest.raises(ValidationError):
        services.stock_component(SYSTEM, organisation, {"article": router, "serial_number": "S1"})
    assert [move.kind for move in stocked.moves.order_by("id")] == [MoveKind.STOCKED, MoveKind.INSTALLED]


def test_replacing_keeps_the_history_of_the_old_one(organisation, station, router):
    old = install(station, router, "OLD", port_number=1, installation_number="I-7")
    new = services.replace_component(SYSTEM, old, {"article": router, "serial_number": "NEW"})
    old.refresh_from_db()
    assert (old.state, old.station, old.installation_number) == (ComponentState.RETIRED, None, "")
    assert (new.station, new.port_number) == (station, 1)
    replaced = old.moves.first()
    assert (replaced.kind, replaced.station, replaced.other) == (MoveKind.REPLACED, station, new)
    assert not quick_search(organisation, "OLD (")
    with pytest.raises(Refused):
        services.replace_component(SYSTEM, old, {"article": router, "serial_number": "X"})


def test_a_component_moves_between_stations_and_into_stock(organisation, station, other, router):
    component = install(station, router)
    services.move_component(SYSTEM, component, other, {"installation_number": "I-8"})
    assert [hit.station for hit in quick_search(organisation, "S1 (")] == [other]
    with pytest.raises(ValidationError):
        services.move_component(SYSTEM, component, other, {})
    services.remove_component(SYSTEM, component, retire=False, note="Modem dead")
    component.refresh_from_db()
    assert (component.state, component.station) == (ComponentState.STOCK, None)
    kinds = ComponentMove.objects.order_by("id").values_list("kind", "station__identity")
    assert list(kinds) == [
        ("installed", "BER-1"),
        ("removed", "BER-1"),
        ("installed", "BER-2"),
        ("removed", "BER-2"),
    ]


def test_the_tab_installs_replaces_and_removes(page, station, router):
    bad = page.post("/station-components/BER-1/install/", {"serial_number": "Kept-1", "installed_on": "never"})
    assert bad.status_code == 422
    assert "Kept-1" in bad.content.decode()
    page.post("/station-components/BER-1/install/", {"article": router.pk, "serial_number": "A-1"})
    first = Component.objects.get()
    page.post(f"/components/{first.pk}/edit/", {"serial_number": "A-1", "installed_by": "Krug <b>"})
    assert "Krug &lt;b&gt;" in page.get(TAB).content.decode()
    replacing = page.get(f"/components/{first.pk}/replace/").context["form"]
    assert replacing["installed_on"].value() == day_at(first.station)
    page.post(f"/components/{first.pk}/replace/", {"old": "stock", "article": router.pk, "serial_number": "A-2"})
    second = Component.objects.get(serial_number="A-2")
    page.post(f"/components/{second.pk}/remove/", {"where": "retire", "note": "Water damage"})
    text = page.get(TAB).content.decode()
    assert "No components yet" in text
    assert "Water damage" in text
    assert "A-1" in page.get(f"/components/{second.pk}/").content.decode()


def test_a_component_is_assigned_from_its_page(page, organisation, station, router):
    page.post("/components/stock/", {"article": router.pk, "serial_number": "S-9"})
    component = Component.objects.get()
    answer = page.post(f"/components/{component.pk}/move/", {"station": "nowhere"})
    assert "There is no station of this id." in answer.content.decode()
    page.post(f"/components/{component.pk}/move/", {"station": "ber-1", "port_number": "1"})
    assert "S-9" in page.get(TAB).content.decode()


@pytest.mark.parametrize(
    "query, found",
    [("serial_number=s-1", {"S-1"}), ("state=stock", {"S-2"}), ("station=ber", {"S-1"}), ("state=x", {"S-1", "S-2"})],
)
def test_components_are_searched_over_all_stations(page, organisation, station, router, query, found):
    install(station, router, "S-1")
    services.stock_component(SYSTEM, organisation, {"article": router, "serial_number": "S-2"})
    text = page.get(f"/components/?{query}").content.decode()
    assert {serial for serial in ("S-1", "S-2") if f">{serial}<" in text} == found


def test_articles_answer_what_their_group_asks(page, organisation):
    page.post(
        "/article-groups/create/", {"name": "Routers", "kind": "gateway", "fields_text": "SIM slots\n\nSIM slots"}
    )
    group = ArticleGroup.objects.get()
    assert group.fields == ["SIM slots"]
    assert (
        "taken already" in page.post("/article-groups/create/", {"name": "ROUTERS", "kind": "other"}).content.decode()
    )
    values = {"name": "RUT240", "article_number": "A1", "field_0": "2"}
    page.post(f"/article-groups/{group.pk}/create-article/", values)
    article = Article.objects.get()
    assert article.values == {"SIM slots": "2"}
    assert "SIM slots: 2" in page.get("/articles/?q=rut").content.decode()
    answer = page.post(f"/article-groups/{group.pk}/create-article/", values | {"article_number": "a1"})
    assert answer.status_code == 422
    page.post(f"/articles/{article.pk}/", values | {"name": "RUT241"})
    assert "RUT241" in page.get("/articles/").content.decode()


def test_what_is_used_is_not_deleted(organisation, station, router):
    component = install(station, router)
    for delete, one in ((articles.delete_article, router), (articles.delete_group, router.group)):
        with pytest.raises(Refused):
            delete(SYSTEM, one)
    component.delete()
    articles.delete_article(SYSTEM, router)
    articles.delete_group(SYSTEM, router.group)
    assert not ArticleGroup.objects.exists()


def test_who_may_only_see_gets_no_buttons(client, station, router, organisation):
    install(station, router)
    client.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_COMPONENTS))
    assert "/replace/" not in client.get(TAB).content.decode()


def test_pages_take_few_queries(page, organisation, station, router, django_assert_max_num_queries):
    with scope(organisation=organisation):
        for number in range(15):
            install(station, router, f"N{number}")
    for address, most in ((TAB, 12), ("/components/", 9), ("/articles/", 9)):
        page.get(address)
        with django_assert_max_num_queries(most):
            page.get(address)
