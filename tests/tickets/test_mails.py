"""Notices become mails, several at once one mail, and each is sent once: through a real mail server."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from accounts.models import Membership
from chargeports.models import VendorErrorCode
from common.actor import SYSTEM
from tests import factories
from tickets import services
from tickets.choices import MailState
from tickets.models import Mail, Notice
from tickets.rights import VIEW_TICKETS
from tickets.services import mails

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def anna(organisation):
    return factories.member(organisation, VIEW_TICKETS, email="anna@network.example", language="de")


def open_for(person, organisation, title="Cable torn"):
    return services.open_ticket(SYSTEM, organisation, title=title, assignee=person)


def deliver(now) -> None:
    services.post_notices(now)
    for mail_id in services.due_mails(now):
        services.send_mail(mail_id)


def read(inbox):
    return [message_from_bytes(one.content, policy=policy.default) for one in inbox.envelopes]


def test_news_goes_out_in_the_readers_language_with_its_address(inbox, anna, organisation, settings):
    ticket = open_for(anna, organisation)
    deliver(NOW)
    [mail] = read(inbox)
    assert mail["To"] == anna.email
    assert f"#{ticket.number} Cable torn" in mail["Subject"]
    assert f"{settings.PUBLIC_URL}/tickets/{ticket.number}/" in mail.get_content()
    assert Mail.objects.get().state == MailState.SENT


def test_several_at_once_are_one_mail_and_the_next_waits(inbox, anna, organisation, settings):
    for title in ("One", "Two", "Three"):
        open_for(anna, organisation, title)
    deliver(NOW)
    open_for(anna, organisation, "Four")
    deliver(NOW + timedelta(seconds=settings.MAIL_PAUSE_S - 1))
    [digest] = read(inbox)
    assert all(title in digest.get_content() for title in ("One", "Two", "Three"))
    deliver(NOW + timedelta(seconds=settings.MAIL_PAUSE_S + 1))
    assert "Four" in read(inbox)[1]["Subject"]


def test_whoever_has_more_news_than_are_looked_at_keeps_nobody_else_waiting(inbox, anna, organisation, monkeypatch):
    ben = factories.member(organisation, VIEW_TICKETS, email="ben@network.example")
    monkeypatch.setattr(mails, "_AT_ONCE", 2)
    for number in range(5):
        open_for(anna, organisation, f"Number {number}")
    open_for(ben, organisation)
    for _turn in range(2):
        deliver(NOW)
    assert [mail["To"] for mail in read(inbox)] == [anna.email, ben.email]


def test_mail_is_sent_once_however_often_its_task_runs(inbox, anna, organisation):
    open_for(anna, organisation)
    services.post_notices(NOW)
    [mail_id] = services.due_mails(NOW)
    assert services.due_mails(NOW) == []
    for _time in range(3):
        services.send_mail(mail_id)
    assert len(inbox.envelopes) == 1


def test_busy_server_is_asked_again_later(inbox, anna, organisation):
    inbox.busy = 1
    open_for(anna, organisation)
    deliver(NOW)
    mail = Mail.objects.get()
    assert (mail.state, mail.tries, inbox.envelopes) == (MailState.QUEUED, 1, [])
    assert "Busy" in mail.problem
    deliver(mail.next_try_at)
    mail.refresh_from_db()
    assert (mail.state, len(inbox.envelopes)) == (MailState.SENT, 1)


def test_mail_of_a_worker_that_died_is_not_sent_again(inbox, anna, organisation):
    open_for(anna, organisation)
    services.post_notices(NOW)
    Mail.objects.update(state=MailState.SENDING, next_try_at=NOW)
    services.give_up_lost_mails(NOW + timedelta(minutes=1))
    deliver(NOW + timedelta(hours=1))
    assert (Mail.objects.get().state, inbox.envelopes) == (MailState.UNCLEAR, [])


def test_who_left_the_organisation_is_told_nothing_any_more(inbox, anna, organisation):
    open_for(anna, organisation)
    Membership.objects.filter(user=anna).delete()
    deliver(NOW)
    assert (inbox.envelopes, Notice.objects.count()) == ([], 0)


def test_mail_about_an_error_says_what_the_catalogue_says_of_it(inbox, organisation):
    station = factories.station(organisation)
    VendorErrorCode.objects.create(
        organisation=organisation, code="RX-77", meaning="The fan is blocked", remedy="Clean the fan."
    )
    services.save_rule(SYSTEM, organisation, name="Fans", after_minutes=0, addresses=["duty@network.example"])
    factories.error(station, "OtherError", vendor_error_code="rx-77", since=NOW)
    services.escalate(NOW)
    deliver(NOW)
    text = read(inbox)[0].get_content()
    assert text.splitlines()[1:3] == ["The fan is blocked", "Clean the fan."]
    assert "Another error" not in text
