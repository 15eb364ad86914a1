"""Signing in, staying signed in, and what must stay closed."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import resolve, reverse
from django.urls.exceptions import Resolver404
from django.utils import timezone

from accounts import mails
from accounts.models import AuditEntry, User
from accounts.tasks import clear_sessions
from tests import factories

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def no_tries_yet():
    """Failed tries are counted in Redis, by address and by account."""
    cache.clear()


def sign_in(client: Client, user: User, password: str = factories.PASSWORD) -> bool:
    client.post(LOGIN, {"login": user.email, "password": password})
    return "_auth_user_id" in client.session


def prove(client: Client) -> None:
    """The password once more, before a page that changes how one signs in."""
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_by_email_in_any_case(client, owner):
    assert not sign_in(client, owner, "wrong password")
    client.post(LOGIN, {"login": owner.email.upper(), "password": factories.PASSWORD})
    assert "_auth_user_id" in client.session


def test_passwords_are_kept_with_argon2(settings, db):
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]
    assert len(settings.PASSWORD_HASHERS) == 1
    assert factories.user().password.startswith("argon2")


def test_five_failed_tries_lock_an_account_out(client, owner):
    for _ in range(5):
        assert not sign_in(client, owner, "wrong password")
    assert not sign_in(client, owner)
    answer = client.post(LOGIN, {"login": owner.email, "password": factories.PASSWORD})
    assert "Wait five minutes" in answer.content.decode()


def test_lock_out_is_of_one_account_from_one_address(client, owner, teammate):
    for _ in range(6):
        sign_in(client, owner, "wrong password")
    assert sign_in(client, teammate)


def test_lock_out_believes_no_address_that_the_client_invents(client, owner):
    for number in range(21):
        client.post(
            LOGIN,
            {"login": f"nobody{number}@network.example", "password": "wrong password"},
            headers={"x-forwarded-for": f"203.0.113.{number}"},
        )
    assert not sign_in(client, owner)


def test_inactive_people_stay_outside(client, owner):
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert not sign_in(client, owner)


def test_people_made_inactive_are_signed_out(client, owner):
    assert sign_in(client, owner)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert client.get(reverse("users")).status_code == 302


def test_demo_accounts_are_nobody_in_production(client, settings, db):
    demo = factories.user(is_demo=True)
    assert sign_in(client, demo)
    settings.PRODUCTION = True
    assert client.get(reverse("profile")).status_code == 302
    assert not sign_in(Client(), demo)


def test_reset_mails_a_link_only_to_people_who_exist(client, owner, mails_sent):
    for email in (owner.email, "nobody@network.example"):
        answer = client.post("/accounts/password/reset/", {"email": email})
        assert answer.url == reverse("account_reset_password_done")
    mails_sent()
    [message] = mail.outbox
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", message.body).group(1)
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "another good one", "password2": "another good one"})
    assert sign_in(client, owner, "another good one")


def test_mails_speak_the_receivers_language(organisation, settings, tmp_path, mails_sent):
    for part in ("subject", "message"):
        text = "{% load i18n %}{% get_current_language as language %}{{ language }}"
        (tmp_path / f"probe_{part}.txt").write_text(text)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    mails.queue_mail("probe", "somebody@network.example", {}, "de")
    mails.queue_mail("probe", "somebody@network.example", {}, "")
    mails_sent()
    assert [message.body.strip() for message in mail.outbox] == ["de", "en"]


def test_weak_passwords_are_refused(client, owner):
    client.force_login(owner)
    for weak in ("short", "1234567890", "password123", owner.email):
        values = {"oldpassword": factories.PASSWORD, "password1": weak, "password2": weak}
        client.post("/accounts/password/change/", values)
        owner.refresh_from_db()
        assert owner.check_password(factories.PASSWORD), weak


@pytest.mark.parametrize(
    "path",
    ["signup/", "email/", "confirm-email/", "confirm-email/key/", "password/set/", "login/code/", "social/signup/"],
)
def test_pages_that_must_not_be_open_do_not_exist(path):
    with pytest.raises(Resolver404):
        resolve(f"/accounts/{path}")


class TestSecondFactor:
    @pytest.fixture
    def enrolled(self, client, owner) -> str:
        """The owner after enrolling on the pages; the secret is in the authenticator application."""
        assert sign_in(client, owner)
        prove(client)
        client.get(reverse("mfa_activate_totp"))
        secret = client.session["mfa.totp.secret"]
        answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
        assert answer.status_code == 302
        client.logout()
        cache.clear()
        return secret

    def test_wrong_code_enrols_nobody(self, client, owner):
        sign_in(client, owner)
        assert client.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))
        prove(client)
        client.get(reverse("mfa_activate_totp"))
        client.post(reverse("mfa_activate_totp"), {"code": "000000"})
        assert not Authenticator.objects.exists()

    def test_password_alone_is_not_enough(self, client, owner, enrolled):
        assert not sign_in(client, owner)
        assert client.get(reverse("users")).status_code == 302

    def test_code_completes_signing_in(self, client, owner, enrolled):
        sign_in(client, owner)
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
        assert "_auth_user_id" not in client.session
        client.post(reverse("mfa_authenticate"), {"code": code_of(enrolled)})
        assert "_auth_user_id" in client.session

    def test_recovery_code_works_once(self, client, owner, enrolled):
        codes = RecoveryCodes.activate(owner).get_unused_codes()
        for expected in (True, False):
            client.logout()
            cache.clear()
            sign_in(client, owner)
            client.post(reverse("mfa_authenticate"), {"code": codes[0]})
            assert ("_auth_user_id" in client.session) is expected

    def test_second_factor_can_be_switched_off(self, client, owner, enrolled):
        sign_in(client, owner)
        client.post(reverse("mfa_authenticate"), {"code": code_of(enrolled)})
        prove(client)
        client.post(reverse("mfa_deactivate_totp"))
        assert not Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()

    def test_platform_staff_remove_a_lost_factor(self, client, owner):
        TOTP.activate(owner, "S" * 32)
        staff = factories.user(is_staff=True)
        client.force_login(staff)
        values = {"action": "remove_second_factor", "_selected_action": [owner.pk]}
        client.post(reverse("admin:accounts_user_changelist"), values)
        assert not Authenticator.objects.exists()


class TestSessions:
    @pytest.fixture
    def browsers(self, owner) -> tuple[Client, Client]:
        both = Client(headers={"user-agent": "First"}), Client(headers={"user-agent": "Second"})
        for browser in both:
            assert sign_in(browser, owner)
        return both

    def is_in(self, browser: Client) -> bool:
        return browser.get(reverse("profile")).status_code == 200

    def test_list_shows_ones_own_browsers(self, browsers, stranger):
        sign_in(Client(headers={"user-agent": "Stranger"}), stranger)
        page = browsers[0].get(reverse("usersessions_list")).content.decode()
        assert "Second" in page
        assert "Stranger" not in page
        assert page.count("/end/") == 1

    def test_end_one(self, browsers):
        first, second = browsers
        session = UserSession.objects.get(user_agent="Second")
        first.post(reverse("session-end", args=[session.pk]))
        assert self.is_in(first)
        assert not self.is_in(second)

    def test_nobody_ends_the_session_of_somebody_else(self, browsers, stranger):
        other = Client()
        sign_in(other, stranger)
        session = UserSession.objects.get(user_agent="Second")
        assert other.post(reverse("session-end", args=[session.pk])).status_code == 404
        assert self.is_in(browsers[1])

    def test_end_all_others(self, browsers):
        first, second = browsers
        first.post(reverse("usersessions_list"))
        assert self.is_in(first)
        assert not self.is_in(second)


class TestPlatformAdministration:
    @pytest.fixture
    def staff(self, client, db) -> User:
        person = factories.user(is_staff=True, name="Platform person")
        client.force_login(person)
        return person

    def test_is_closed_to_everybody_else(self, client, owner):
        assert client.get("/admin/").status_code == 302
        client.force_login(owner)
        assert client.get("/admin/", follow=True).status_code == 403

    def test_signs_in_through_the_portal(self, client, db):
        answer = client.get("/admin/", follow=True)
        assert answer.redirect_chain[-1][0].startswith(LOGIN)

    def test_shows_people_of_every_organisation(self, client, staff, owner, stranger):
        page = client.get(reverse("admin:accounts_user_changelist")).content.decode()
        assert owner.email in page
        assert stranger.email in page

    def test_new_organisation_comes_with_an_administrator(self, client, staff, mails_sent):
        values = {
            "name": "Third network",
            "slug": "third",
            "time_zone": "Europe/Berlin",
            "language": "en",
            "currency": "EUR",
            "features": ["communication"],
            "administrator_email": "first@third.example",
        }
        answer = client.post(reverse("admin:accounts_organisation_add"), values)
        assert answer.status_code == 302
        mails_sent()
        assert mail.outbox[0].to == ["first@third.example"]
        person = User.objects.get(email="first@third.example")
        [membership] = person.memberships(manager="_base_manager").all()
        assert membership.organisation.slug == "third"
        assert membership.organisation.features == ["communication"]

    def test_nothing_is_deleted(self, client, staff, organisation, owner):
        for obj in (organisation, owner):
            address = reverse(f"admin:accounts_{obj._meta.model_name}_delete", args=[obj.pk])
            assert client.post(address, {"post": "yes"}).status_code == 403

    def test_changes_stand_in_the_audit_log(self, client, staff, owner):
        values = {"email": owner.email, "name": "Renamed", "language": "", "time_zone": "", "is_active": "on"}
        assert client.post(reverse("admin:accounts_user_change", args=[owner.pk]), values).status_code == 302
        owner.refresh_from_db()
        assert owner.name == "Renamed"
        assert owner.has_usable_password()
        entry = staff_entry()
        assert (entry.action, entry.actor_label) == ("accounts.user_changed", "Platform person")
        assert entry.after == {"name": "Renamed"}


def staff_entry():
    return AuditEntry.objects.latest("id")


def test_sessions_that_expired_are_forgotten_with_their_browsers(client, owner):
    client.force_login(owner)
    key = client.session.session_key
    for session_key in (key, "gone"):
        UserSession.objects.create(user=owner, session_key=session_key, ip="203.0.113.1", user_agent="Firefox")
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1))
    clear_sessions()
    assert list(Session.objects.values_list("session_key", flat=True)) == [key]
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [key]


class TestWhatWasEntered:
    """A session that ends in the middle of a form."""

    def test_is_kept_for_signing_in_elsewhere(self, client, owner):
        values = {"name": "Reader <b>", "password1": "secret", "rights": ["a", "b"]}
        answer = client.post(reverse("role-create"), values)
        page = answer.content.decode()
        assert answer.status_code == 401
        assert 'name="name" value="Reader &lt;b&gt;"' in page
        assert page.count('name="rights"') == 2
        assert "secret" not in page
        assert sign_in(client, owner)
        assert client.post(reverse("role-create"), {"name": "Reader"}).status_code == 302

    def test_stays_in_a_dialog(self, client, db):
        answer = client.post(reverse("role-create"), {"name": "Reader"}, headers={"hx-request": "true"})
        assert (answer.status_code, answer.content) == (401, b"")


def test_changes_of_how_one_signs_in_stand_in_the_audit_log(client, owner, django_capture_on_commit_callbacks):
    sign_in(client, owner)
    values = {"oldpassword": factories.PASSWORD, "password1": "another good one", "password2": "another good one"}
    client.post("/accounts/password/change/", values)
    client.post(reverse("account_reauthenticate"), {"password": "another good one"})
    client.get(reverse("mfa_activate_totp"))
    for page, said in (
        ("mfa_activate_totp", {"code": code_of(client.session["mfa.totp.secret"])}),
        ("mfa_generate_recovery_codes", {}),
        ("mfa_deactivate_totp", {}),
    ):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse(page), said)
    entries = AuditEntry.objects.filter(actor_id=owner.pk, object_id=str(owner.pk)).order_by("id")
    assert list(entries.values_list("action", flat=True)) == [
        "accounts.password_set",
        "accounts.second_factor_added",
        "accounts.recovery_codes_made",
        "accounts.second_factor_removed",
    ]
