from django_scopes import scope

from common.actor import SYSTEM
from stations import services
from stations.models import Contact
from stations.rights import VIEW_STATIONS
from tests import factories

TAB = "/stations/BER-1/assignments/"


def test_contacts_and_groups_are_assigned_and_removed(client, owner, organisation, django_assert_max_num_queries):
    client.force_login(owner)
    factories.station(organisation, identity="BER-1")
    contact = Contact.objects.create(organisation=organisation, name="Krug", phone="+49 30 1", email="k@krug.example")
    with scope(organisation=organisation):
        group = services.create_group(SYSTEM, organisation, "Downtown")
    assert client.get(TAB).content.decode().count("Nobody is assigned.") == 4
    client.post("/assignments/BER-1/edit/", {"operator": contact.pk, "groups": [group.pk]})
    text = client.get(TAB).content.decode()
    assert 'href="tel:+49301"' in text
    assert 'href="mailto:k@krug.example"' in text
    assert f'href="/stations/?group={group.pk}"' in text
    with django_assert_max_num_queries(12):
        client.get(TAB)
    client.post("/assignments/BER-1/edit/", {})
    assert "The station is in no group." in client.get(TAB).content.decode()


def test_what_is_made_from_the_tab_leads_back_to_it(client, owner, organisation):
    client.force_login(owner)
    factories.station(organisation, identity="BER-1")
    for address, listed in (("/station-groups/create/", "/station-groups/"), ("/contacts/create/", "/contacts/")):
        assert f'href="{address}?station=BER-1"' in client.get(TAB).content.decode()
        assert client.post(f"{address}?station=BER-1", {"name": "From the tab"}).url == TAB
        assert client.post(address, {"name": "From the list"}).url == listed
        assert client.get(f"{address}?station=NOBODY").status_code == 404


def test_contacts_of_others_cannot_be_assigned(client, owner, organisation, other_organisation):
    client.force_login(owner)
    factories.station(organisation, identity="BER-1")
    foreign = Contact.objects.create(organisation=other_organisation, name="Foreign")
    assert client.post("/assignments/BER-1/edit/", {"owner": foreign.pk}).status_code == 422


def test_who_may_only_see_gets_no_button(client, organisation):
    factories.station(organisation, identity="BER-1")
    client.force_login(factories.member(organisation, VIEW_STATIONS))
    assert "/assignments/BER-1/edit/" not in client.get(TAB).content.decode()
