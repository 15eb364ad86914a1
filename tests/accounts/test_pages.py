"""The pages of people, roles, settings, tokens and the audit log. Who may open them at all is swept in
`tests/contracts/test_urls.py`.
"""

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import rights, selectors, services
from accounts.models import Membership, Organisation, Role, SavedFilter, User
from common.actor import SYSTEM
from tests import factories
from tests.accounts.conftest import actor_of, role, streamed


@pytest.fixture
def as_owner(client, owner):
    client.force_login(owner)
    return client


def body(response) -> str:
    return response.content.decode()


class TestUsers:
    def test_list_shows_members_only(self, as_owner, teammate, stranger):
        page = body(as_owner.get(reverse("users")))
        assert "teammate@network.example" in page
        assert "stranger@other.example" not in page

    def test_list_takes_the_same_queries_for_more_people(self, as_owner, organisation, django_assert_max_num_queries):
        def queries() -> int:
            with django_assert_max_num_queries(40) as counted:
                as_owner.get(reverse("users"))
            return len(counted)

        queries()
        few = queries()
        for _ in range(20):
            factories.member(organisation, rights.VIEW_USERS)
        assert queries() == few

    def test_filter_by_text_and_role(self, as_owner, teammate):
        found = as_owner.get(reverse("users"), {"text": "theo"})
        assert "teammate@network.example" in body(found)
        assert "owner@network.example" not in body(found).partition("<table")[2]
        found = as_owner.get(reverse("users"), {"role": role("Administrator").pk})
        assert "teammate@network.example" not in body(found)

    def test_invite(self, as_owner):
        values = {"email": "new@person.example", "name": "Nina New", "language": "de", "roles": [role("Viewer").pk]}
        assert as_owner.post(reverse("user-invite"), values).status_code == 302
        assert Membership.objects.get(user__email="new@person.example").roles.get() == role("Viewer")

    def test_bad_invitation_keeps_what_was_typed(self, as_owner, teammate):
        values = {"email": teammate.email, "name": "Typed name", "language": "en"}
        answer = as_owner.post(reverse("user-invite"), values)
        assert answer.status_code == 422
        assert "member already" in body(answer)
        assert "Typed name" in body(answer)

    def test_roles_of_another_organisation_cannot_be_given(self, as_owner, other_organisation):
        with scopes_disabled():
            foreign = Role.objects.filter(organisation=other_organisation).first()
        values = {"email": "new@person.example", "language": "en", "roles": [foreign.pk]}
        assert as_owner.post(reverse("user-invite"), values).status_code == 422
        assert not User.objects.filter(email="new@person.example").exists()

    def test_change_roles(self, as_owner, teammate):
        membership = Membership.objects.get(user=teammate)
        as_owner.post(reverse("user", args=[membership.pk]), {"roles": [role("Support").pk]})
        assert membership.roles.get() == role("Support")

    def test_last_administrator_stays_and_the_form_says_why(self, as_owner, owner):
        membership = Membership.objects.get(user=owner)
        answer = as_owner.post(reverse("user", args=[membership.pk]), {"roles": []})
        assert answer.status_code == 422
        assert "needs an administrator" in body(answer)
        assert membership.roles.get() == role("Administrator")
        as_owner.post(reverse("user-remove", args=[membership.pk]))
        assert Membership.objects.filter(pk=membership.pk).exists()

    def test_remove(self, as_owner, teammate):
        membership = Membership.objects.get(user=teammate)
        as_owner.post(reverse("user-remove", args=[membership.pk]))
        assert not Membership.objects.filter(pk=membership.pk).exists()

    def test_members_of_another_organisation_are_not_found(self, as_owner, stranger):
        with scopes_disabled():
            pk = Membership.objects.get(user=stranger).pk
        for name in ("user", "user-remove", "user-invitation"):
            assert as_owner.post(reverse(name, args=[pk])).status_code == 404


class TestRoles:
    def held(self, *names: str) -> list[str]:
        pairs = [(role(name), code) for name in names for code in selectors.codes_of_roles([role(name)])]
        return [f"{one.pk}:{code}" for one, code in pairs]

    def test_matrix_shows_each_right_for_each_role(self, as_owner):
        page = body(as_owner.get(reverse("roles")))
        assert page.count('name="held"') == 4 * len(selectors.every_code())

    def test_matrix_is_saved_at_once(self, as_owner):
        pks = [role(name).pk for name in ("Viewer", "Support")]
        held = [*self.held("Support"), f"{role('Viewer').pk}:accounts.view_audit"]
        as_owner.post(reverse("role-rights"), {"role": pks, "held": held})
        assert selectors.codes_of_roles([role("Viewer")]) == {"accounts.view_audit"}
        assert len(selectors.codes_of_roles([role("Support")])) > 5

    def test_roles_that_were_not_shown_stay(self, as_owner):
        before = selectors.codes_of_roles([role("Operator")])
        as_owner.post(reverse("role-rights"), {"role": [role("Viewer").pk], "held": []})
        assert selectors.codes_of_roles([role("Operator")]) == before

    def test_rights_that_one_lacks_stay_as_they_are(self, client, organisation):
        client.force_login(factories.member(organisation, rights.VIEW_ROLES, rights.CHANGE_ROLES))
        viewer = role("Viewer")
        before = selectors.codes_of_roles([viewer])
        held = [f"{viewer.pk}:accounts.change_roles", f"{viewer.pk}:accounts.change_users"]
        client.post(reverse("role-rights"), {"role": [viewer.pk], "held": held[:1]})
        assert selectors.codes_of_roles([viewer]) == before | {"accounts.change_roles"}
        client.post(reverse("role-rights"), {"role": [viewer.pk], "held": held})
        assert "accounts.change_users" not in selectors.codes_of_roles([viewer])

    def test_roles_of_another_organisation_are_out_of_reach(self, as_owner, other_organisation):
        with scopes_disabled():
            foreign = Role.objects.get(organisation=other_organisation, name="Viewer")
            before = selectors.codes_of_roles([foreign])
        as_owner.post(reverse("role-rights"), {"role": [foreign.pk], "held": []})
        assert as_owner.get(reverse("role", args=[foreign.pk])).status_code == 404
        assert as_owner.post(reverse("role-delete", args=[foreign.pk])).status_code == 404
        with scopes_disabled():
            assert selectors.codes_of_roles([foreign]) == before

    def test_create_rename_delete(self, as_owner):
        as_owner.post(reverse("role-create"), {"name": "Night shift"})
        as_owner.post(reverse("role", args=[role("Night shift").pk]), {"name": "Day shift"})
        as_owner.post(reverse("role-delete", args=[role("Day shift").pk]))
        assert Role.objects.count() == 4

    def test_a_taken_name_is_said_at_the_field(self, as_owner):
        answer = as_owner.post(reverse("role-create"), {"name": "viewer"})
        assert answer.status_code == 422
        assert answer.context["form"].errors["name"]


class TestOrganisation:
    def test_settings(self, as_owner, organisation):
        values = {"name": "New name", "time_zone": "Europe/Vienna", "language": "de", "currency": "CHF"}
        assert as_owner.post(reverse("organisation"), values).status_code == 302
        organisation.refresh_from_db()
        assert (organisation.name, organisation.currency) == ("New name", "CHF")

    @pytest.mark.parametrize("wrong", [{"time_zone": "Mars/Base"}, {"currency": "XXQ"}, {"name": ""}])
    def test_wrong_settings_change_nothing(self, as_owner, organisation, wrong):
        values = {"name": "New name", "time_zone": "Europe/Vienna", "language": "de", "currency": "CHF", **wrong}
        assert as_owner.post(reverse("organisation"), values).status_code == 422
        assert Organisation.objects.get(pk=organisation.pk).name == "Network"

    def test_subscription(self, as_owner, organisation):
        assert 'value="communication" checked' in body(as_owner.get(reverse("subscription")))
        assert "Station › Communication logs (only where" in body(as_owner.get(reverse("subscription")))
        assert "Station › Device details" in body(as_owner.get(reverse("roles")))
        as_owner.post(reverse("subscription-features"), {"features": []})
        organisation.refresh_from_db()
        assert organisation.features == []
        as_owner.post(reverse("subscription-features"), {"features": ["nonsense"]})
        organisation.refresh_from_db()
        assert organisation.features == []

    def test_switch(self, as_owner, owner, organisation, other_organisation):
        assert as_owner.post(reverse("switch-organisation"), {"organisation": other_organisation.pk}).status_code == 404
        assert as_owner.post(reverse("switch-organisation"), {"organisation": "x"}).status_code == 404
        with scopes_disabled():
            services.add_member(SYSTEM, other_organisation, owner, [])
        as_owner.post(reverse("switch-organisation"), {"organisation": other_organisation.pk})
        assert as_owner.get(reverse("users")).status_code == 403
        as_owner.post(reverse("switch-organisation"), {"organisation": organisation.pk})
        assert as_owner.get(reverse("users")).status_code == 200


ULM, BONN = {"city": "Ulm"}, {"city": "Bonn"}


class TestAuditLog:
    def rows(self, client, **query: str) -> list[str]:
        table = client.get(reverse("audit-log"), query).context["table"]
        return [row.object.action for row in table.rows]

    @pytest.fixture(autouse=True)
    def history(self, organisation, owner, other_organisation):
        services.record(actor_of(owner), organisation, "tests.first", owner, before=ULM, after=BONN)
        services.record(SYSTEM, organisation, "accounts.role_created", role("Viewer"), after={"name": "Viewer"})
        services.record(SYSTEM, other_organisation, "tests.foreign", other_organisation)

    def test_newest_first_and_only_ones_own(self, as_owner):
        assert self.rows(as_owner)[:2] == ["accounts.role_created", "tests.first"]
        assert "tests.foreign" not in self.rows(as_owner)

    @pytest.mark.parametrize(
        "query",
        [
            {"text": "bonn"},
            {"text": "ULM"},
            {"actor": "owner", "text": "city"},
            {"actor_kind": "user"},
            {"object": "owner", "actor": "Owner"},
        ],
    )
    def test_filters(self, as_owner, query):
        assert self.rows(as_owner, **query) == ["tests.first"]

    def test_filter_by_action_period_and_object(self, as_owner, owner):
        assert self.rows(as_owner, action="accounts.role_created", object="Viewer") == ["accounts.role_created"]
        assert "tests.first" in self.rows(as_owner, object=f"accounts.user:{owner.pk}")
        today = timezone.localdate().isoformat()
        assert "tests.first" in self.rows(as_owner, at_after=today)
        assert self.rows(as_owner, at_before="2020-01-01") == []

    def test_change_is_shown_as_a_difference(self, as_owner):
        page = body(as_owner.get(reverse("audit-log")))
        assert "<del>Ulm</del>" in page
        assert "<ins>Bonn</ins>" in page

    def test_codes_are_shown_in_words(self, as_owner, organisation):
        after = {"kind": "reset", "port_number": None, "parameters": {"type": "soft", "keys": []}}
        with scope(organisation=organisation):
            station = factories.station(organisation)
            command = factories.command(station, kind="reset")
            services.record(SYSTEM, organisation, "chargeports.command_requested", command, after=after)
            services.record(SYSTEM, organisation, "accounts.role_created", after={"rights": ["accounts.view_audit"]})
        page = body(as_owner.get(reverse("audit-log")))
        assert f"{station.identity} #{command.pk}" in page
        for words in ("<ins>Restart</ins>", "<ins>kind: soft</ins>", "<ins>See the audit log</ins>"):
            assert words in page

    def test_csv(self, as_owner, client):
        answer = as_owner.get(reverse("audit-log"), {"format": "csv", "text": "bonn"})
        text = streamed(answer).decode()
        assert "city: Ulm → Bonn" in text
        assert len(text.splitlines()) == 2

    def test_pages_by_keyset(self, as_owner, organisation):
        for number in range(60):
            services.record(SYSTEM, organisation, f"tests.n{number}")
        first = as_owner.get(reverse("audit-log")).context["table"]
        following = as_owner.get(first.next_url).context["table"]
        shown = [row.object.pk for row in first.rows + following.rows]
        assert len(shown) == len(set(shown)) > 60
        assert shown == sorted(shown, reverse=True)


class TestOwn:
    def test_profile(self, as_owner, owner):
        values = {"name": "Olga", "language": "de", "time_zone": "", "theme": "dark"}
        assert as_owner.post(reverse("profile"), values).status_code == 302
        owner.refresh_from_db()
        assert (owner.name, owner.language, owner.theme) == ("Olga", "de", "dark")
        assert as_owner.post(reverse("profile"), {**values, "time_zone": "Mars/Base"}).status_code == 422

    def test_profile_without_an_organisation(self, client):
        client.force_login(factories.user())
        assert client.get(reverse("profile")).status_code == 200
        assert client.get(reverse("saved-filters"), {"page": "users"}).status_code == 404
        assert client.get(reverse("users")).status_code == 404

    def test_preferences_go_back_to_our_own_pages_only(self, as_owner, owner):
        answer = as_owner.post(reverse("preferences"), {"theme": "dark", "next": "/users/?text=a"})
        assert answer.url == "/users/?text=a"
        answer = as_owner.post(reverse("preferences"), {"language": "de", "next": "https://evil.example/"})
        assert answer.url == "/"
        owner.refresh_from_db()
        assert (owner.theme, owner.language) == ("dark", "de")

    def test_wrong_preferences_change_nothing(self, as_owner, owner):
        as_owner.post(reverse("preferences"), {"theme": "pink"})
        owner.refresh_from_db()
        assert owner.theme == "auto"

    def test_filters_are_saved_used_and_deleted(self, as_owner, owner, teammate, client):
        values = {"page": "users", "name": "Theos", "query": "text=theo"}
        assert as_owner.post(reverse("saved-filter-create"), values).url == "/users/?text=theo"
        assert "/users/?text=theo" in body(as_owner.get(reverse("saved-filters"), {"page": "users"}))
        saved = SavedFilter.objects.get()
        client.force_login(teammate)
        assert client.post(reverse("saved-filter-delete", args=[saved.pk])).status_code == 404
        client.force_login(owner)
        client.post(reverse("saved-filter-delete", args=[saved.pk]))
        assert not SavedFilter.objects.exists()

    @pytest.mark.parametrize(
        "values, status",
        [
            ({"page": "users", "name": "", "query": "text=theo"}, 422),
            ({"page": "users", "name": "x" * 81, "query": ""}, 422),
            ({"page": "no-such-page", "name": "Mine", "query": ""}, 404),
        ],
    )
    def test_bad_filters_are_not_saved(self, as_owner, values, status):
        assert as_owner.post(reverse("saved-filter-create"), values).status_code == status
        assert not SavedFilter.objects.exists()
