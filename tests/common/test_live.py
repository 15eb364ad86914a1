"""The live connection, from the cookie to the fragment, over the application that serves it and a real Redis."""

import json
from contextlib import asynccontextmanager

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.template import Context, Template
from django.test import Client, modify_settings
from django_scopes import scope

from accounts.middleware import ORGANISATION_KEY
from common import consumers
from common.consumers import CLOSE_BAD_MESSAGE, CLOSE_ENDED, Drawn, Watched, draw_all
from common.declarations import declared
from common.live import announce
from cpms.asgi import application
from stations.models import Station
from stations.rights import VIEW_STATIONS
from tests import factories
from tests.common.conftest import access

HOST = "portal.example"
PATIENCE_S = 20


@pytest.fixture
def fragments():
    with modify_settings(INSTALLED_APPS={"append": "tests.common.shown"}):
        declared.cache_clear()
        yield
    declared.cache_clear()


@pytest.fixture
def network(transactional_db, fragments):
    return factories.organisation(time_zone="Europe/Vienna")


@pytest.fixture
def person(network):
    return member(network)


@pytest.fixture
def station(network):
    with scope(organisation=network):
        return factories.station(network, name="Main square")


def member(organisation, *rights):
    with scope(organisation=organisation):
        return factories.member(organisation, *(rights or [VIEW_STATIONS]))


def cookie_of(user, organisation=None):
    client = Client()
    client.force_login(user)
    if organisation:
        session = client.session
        session[ORGANISATION_KEY] = organisation.pk
        session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def dial(cookie="", origin=f"https://{HOST}", path="/ws/live/"):
    headers = [(b"host", HOST.encode()), (b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode())]
    if origin:
        headers.append((b"origin", origin.encode()))
    return WebsocketCommunicator(application, path, headers=headers)


@asynccontextmanager
async def connected(user, organisation=None, path="/ws/live/"):
    socket = dial(await database_sync_to_async(cookie_of)(user, organisation), path=path)
    accepted, _ = await socket.connect(timeout=PATIENCE_S)
    assert accepted
    try:
        yield socket
    finally:
        await socket.disconnect()


async def watch(socket, *names):
    await socket.send_to(text_data=json.dumps({"watch": names}))


async def news(socket):
    return json.loads(await socket.receive_from(timeout=PATIENCE_S))


async def close_code(socket):
    message = await socket.receive_output(timeout=PATIENCE_S)
    assert message["type"] == "websocket.close"
    return message["code"]


def named(kind, station):
    return f"{kind}:{station.pk}"


@database_sync_to_async
def rename(station, name):
    with scope(organisation=station.organisation):
        Station.objects.filter(pk=station.pk).update(name=name)
    announce([f"station.{station.pk}"])


@database_sync_to_async
def poke(*topics):
    announce(topics)


async def test_a_page_gets_its_fragments_at_once_and_again_when_they_change(person, station):
    async with connected(person) as socket:
        await watch(socket, named("shown-name", station))
        first = await news(socket)
        assert "<b>Main square</b>" in first["html"][0]
        assert f'<div id="live-shown-name-{station.pk}" data-live="shown-name:{station.pk}">' in first["html"][0]
        await rename(station, "Side street <i>")
        assert "<b>Side street &lt;i&gt;</b>" in (await news(socket))["html"][0]


async def test_a_poke_without_a_change_sends_nothing(person, station):
    async with connected(person) as socket:
        await watch(socket, named("shown-name", station))
        await news(socket)
        await poke(f"station.{station.pk}")
        await rename(station, "Changed")
        assert "Changed" in (await news(socket))["html"][0]


async def test_many_pokes_at_once_end_with_the_newest_state(person, station):
    async with connected(person) as socket:
        await watch(socket, named("shown-name", station))
        await news(socket)
        for number in range(20):
            await rename(station, f"Name {number}")
        received = 0
        while "Name 19<" not in (await news(socket))["html"][0]:
            received += 1
        assert received < 19


async def test_what_a_page_no_longer_shows_is_no_longer_sent(person, network, station):
    other = await database_sync_to_async(make_station)(network)
    async with connected(person) as socket:
        await watch(socket, named("shown-name", station), named("shown-name", other))
        assert len((await news(socket))["html"]) == 2
        await watch(socket, named("shown-name", other))
        await rename(station, "Unseen")
        await rename(other, "Seen")
        html = (await news(socket))["html"]
        assert len(html) == 1
        assert "Seen" in html[0]


def make_station(organisation):
    with scope(organisation=organisation):
        return factories.station(organisation)


@pytest.mark.parametrize("name", ["shown-name:0", "shown-name:x", "nonsense:1", "nonsense", ""])
async def test_what_does_not_exist_is_gone(person, name):
    async with connected(person) as socket:
        await watch(socket, name)
        assert await news(socket) == {"gone": [name]}


async def test_another_organisations_object_is_gone(person, station):
    stranger = await database_sync_to_async(lambda: member(factories.organisation()))()
    async with connected(stranger) as socket:
        await watch(socket, named("shown-name", station))
        assert await news(socket) == {"gone": [named("shown-name", station)]}


async def test_a_right_that_is_lost_ends_the_fragment_at_once(person, network, station):
    async with connected(person) as socket:
        await watch(socket, named("shown-name", station))
        await news(socket)
        await database_sync_to_async(take_rights)(person, network)
        await rename(station, "Secret")
        assert await news(socket) == {"gone": [named("shown-name", station)]}


def take_rights(person, organisation):
    with scope(organisation=organisation):
        for role in person.memberships.get().roles.all():
            role.rights.clear()


async def test_who_is_removed_from_the_organisation_is_disconnected(person, network, station):
    async with connected(person) as socket:
        await watch(socket, named("shown-name", station))
        await news(socket)
        await database_sync_to_async(remove)(person, network)
        await poke(f"user.{person.pk}")
        assert await close_code(socket) == CLOSE_ENDED


def remove(person, organisation):
    with scope(organisation=organisation):
        person.memberships.all().delete()


async def test_who_switches_the_organisation_is_disconnected(person, network, station):
    cookie = await database_sync_to_async(cookie_of)(person, network)
    socket = dial(cookie)
    assert (await socket.connect(timeout=PATIENCE_S))[0]
    await watch(socket, named("shown-name", station))
    await news(socket)
    await database_sync_to_async(switch)(person, cookie)
    await rename(station, "Elsewhere")
    assert await close_code(socket) == CLOSE_ENDED


def switch(person, cookie):
    second = factories.organisation()
    with scope(organisation=second):
        second.memberships.create(user=person)
    client = Client(headers={"cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"})
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    session = client.session
    session[ORGANISATION_KEY] = second.pk
    session.save()


async def test_who_signs_out_is_disconnected(person, station):
    cookie = await database_sync_to_async(cookie_of)(person)
    socket = dial(cookie)
    assert (await socket.connect(timeout=PATIENCE_S))[0]
    await watch(socket, named("shown-name", station))
    await news(socket)
    await database_sync_to_async(sign_out)(cookie)
    await rename(station, "Nobody sees it")
    assert await close_code(socket) == CLOSE_ENDED


def sign_out(cookie):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    client.logout()


async def test_nobody_is_let_in_without_a_session(network):
    assert not (await dial().connect(timeout=PATIENCE_S))[0]
    assert not (await dial("nonsense").connect(timeout=PATIENCE_S))[0]


@pytest.mark.parametrize("origin", ["", "https://evil.example", f"https://{HOST}.evil.example", "null"])
async def test_pages_of_other_sites_are_not_let_in(person, origin):
    cookie = await database_sync_to_async(cookie_of)(person)
    assert not (await dial(cookie, origin).connect(timeout=PATIENCE_S))[0]


async def test_a_websocket_to_nowhere_is_refused(transactional_db):
    assert not (await WebsocketCommunicator(application, "/ws/nowhere/").connect(timeout=PATIENCE_S))[0]


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[]",
        "{}",
        '{"watch": 1}',
        '{"watch": [1]}',
        '{"watch": [[]]}',
        json.dumps({"watch": ["a"] * 301}),
        "[" * 40_000,
    ],
)
async def test_what_cannot_be_read_closes_the_connection(person, text):
    async with connected(person) as socket:
        await socket.send_to(text_data=text)
        assert await close_code(socket) == CLOSE_BAD_MESSAGE


async def test_binary_frames_close_the_connection(person):
    async with connected(person) as socket:
        await socket.send_to(bytes_data=b"\0")
        assert await close_code(socket) == CLOSE_BAD_MESSAGE


async def test_a_fragment_that_cannot_be_drawn_does_not_end_the_others(person, station):
    async with connected(person) as socket:
        await watch(socket, named("shown-broken", station), named("shown-name", station))
        received = await news(socket)
        assert received["gone"] == [named("shown-broken", station)]
        assert "Main square" in received["html"][0]


async def test_fragments_speak_the_persons_language_in_the_persons_time_zone(person, station):
    await database_sync_to_async(type(person).objects.filter(pk=person.pk).update)(
        language="de", time_zone="Asia/Tokyo"
    )
    async with connected(person) as socket:
        await watch(socket, named("shown-name", station))
        html = (await news(socket))["html"][0]
        assert "Ja de JST" in html


async def test_fragments_speak_the_language_of_their_page(person, station):
    async with connected(person, path="/ws/live/?language=de") as socket:
        await watch(socket, named("shown-name", station))
        assert "Ja de" in (await news(socket))["html"][0]


def test_the_rows_of_a_list_are_found_together(inside, django_assert_num_queries):
    names = [named("stations.state", factories.station(inside)) for _ in range(3)]
    with django_assert_num_queries(2):
        drawn = draw_all(access(inside, VIEW_STATIONS), [*names, "stations.state:x", "stations.state:" + "9" * 30])
    assert [name for name, one in drawn.items() if one] == names


async def test_one_subscription_serves_every_connection(person, station):
    layer = get_channel_layer()
    async with connected(person) as one, connected(person) as two:
        for socket in (one, two):
            await watch(socket, named("shown-name", station))
            await news(socket)
        assert len(layer.groups[f"{layer.prefix}__group__live"]) == 1
        await rename(station, "Both")
        assert "Both" in (await news(one))["html"][0]
        assert "Both" in (await news(two))["html"][0]
    assert len(consumers.Hub.current()._listeners) == 0


async def test_a_connection_that_is_cut_off_leaves_nothing_behind(person):
    """As at a shutdown that takes too long: nobody tells it that the page has gone."""
    socket = dial(await database_sync_to_async(cookie_of)(person))
    assert (await socket.connect(timeout=PATIENCE_S))[0]
    assert len(consumers.Hub.current()._listeners) == 1
    socket.stop()
    await socket.wait(PATIENCE_S)
    assert not consumers.Hub.current()._listeners


def test_a_poke_while_drawing_makes_the_fragment_due_again():
    watched = Watched()
    watched.want({"a:1", "b:1"})
    assert watched.take_due(0) == ["a:1", "b:1"]
    watched.poke(["station.1"])
    watched.settle({"a:1": Drawn("a", frozenset({"station.1"})), "b:1": Drawn("b", frozenset({"station.2"}))})
    assert watched.take_due(0) == ["a:1"]


def test_what_was_dropped_while_drawing_is_not_sent():
    watched = Watched()
    watched.want({"a:1"})
    watched.take_due(0)
    watched.want(set())
    assert watched.settle({"a:1": Drawn("a", frozenset())}) == {}


def test_the_tag_draws_a_fragment_only_for_those_who_may_see_it(inside, fragments):
    station = factories.station(inside, name="Main square")
    template = Template('{% live "shown-name" station %}')
    drawn = template.render(Context({"access": access(inside, VIEW_STATIONS), "station": station}))
    assert f'data-live="shown-name:{station.pk}"' in drawn
    assert "Main square" in drawn
    assert template.render(Context({"access": access(inside), "station": station})) == ""
    assert template.render(Context({"station": station})) == ""


def test_what_pauses_stays_due_until_it_may_be_drawn_again():
    watched = Watched()
    watched.want({"dear:1", "cheap:1"})
    watched.take_due(0)
    topics = frozenset({"organisation.1"})
    watched.settle({"dear:1": Drawn("a", topics, not_before=2), "cheap:1": Drawn("b", topics)})
    watched.poke(["organisation.1"])
    assert watched.take_due(1) == ["cheap:1"]
    assert watched.next_due() == 2
    assert watched.take_due(2) == ["dear:1"]
    assert watched.next_due() is None
