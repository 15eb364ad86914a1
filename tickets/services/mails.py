"""Mails: what waits to be told is gathered for each person, put into the outbox, and sent once.

A mail is claimed by a conditional update before it is sent. What the mail server refuses is tried again later; a mail
whose worker died in between may have gone out, so it is not sent again but shown as unclear.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Lower
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Membership, Organisation
from chargeports.error_catalogue import with_meanings
from chargeports.models import EquipmentError
from common.bulk import update_rows
from common.live import announce
from common.text import fit
from tickets.choices import MailState
from tickets.models import Mail, Notice
from tickets.wording import lines_of, subject_of

_AT_ONCE = 2_000
_MOST_IN_ONE = 100
# A mail that fails is tried again after 1, 2, 4 … minutes, at most an hour apart, for about half a day.
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
_TRIES = 17
# How long a worker may have a mail in hand, and how long a task may wait for a worker.
_IN_HAND = timedelta(minutes=15)
_Person = tuple[int, str]


# --- Gathering ----------------------------------------------------------------------------------------------------
@transaction.atomic
def post_notices(now: datetime) -> int:
    """Make mails of the notices that wait; how many. Several at once become one mail, and who was written to less than
    CPMS_MAIL_PAUSE seconds ago waits. Whoever left the organisation is told nothing any more.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tickets.post_notices'))")
    waiting = _waiting(now)
    _explain(waiting)
    by_person = _by_person(_without_strangers(waiting))
    mails = [_mail(notices, now) for notices in by_person.values()]
    Mail.objects.bulk_create(mails)
    _tie(mails, by_person.values())
    return len(mails)


def _waiting(now: datetime) -> list[Notice]:
    """The oldest notices for those who were not written to lately: whoever has thousands keeps nobody else waiting."""
    lately = Mail.objects.filter(
        organisation_id=OuterRef("organisation_id"),
        address=Lower(OuterRef("address")),
        created_at__gt=now - timedelta(seconds=settings.MAIL_PAUSE_S),
    )
    related = ("user", "organisation", "ticket", "entry", "error__station")
    waiting = Notice.objects.filter(~Exists(lately), mail=None).select_related(*related)
    return list(waiting.order_by("pk")[:_AT_ONCE])


def _explain(notices: list[Notice]) -> None:
    """Let the errors carry what the organisations' catalogues say of them."""
    wanted = {notice.error_id for notice in notices if notice.error_id}
    errors = with_meanings(EquipmentError.objects.select_related("station")).in_bulk(wanted) if wanted else {}
    for notice in notices:
        if notice.error_id:
            notice.error = errors[notice.error_id]


def _without_strangers(notices: list[Notice]) -> list[Notice]:
    """Notices for people who are no longer members are dropped."""
    users = {notice.user_id for notice in notices if notice.user_id}
    members = Membership._base_manager.filter(user__in=users, user__is_active=True)
    known = set(members.values_list("organisation_id", "user_id"))
    gone = [n.pk for n in notices if n.user_id and (n.organisation_id, n.user_id) not in known]
    Notice.objects.filter(pk__in=gone).delete()
    return [notice for notice in notices if notice.pk not in gone]


def _by_person(notices: list[Notice]) -> dict[_Person, list[Notice]]:
    found: dict[_Person, list[Notice]] = {}
    for notice in notices:
        found.setdefault((notice.organisation_id, notice.address.lower()), []).append(notice)
    return {person: waiting[:_MOST_IN_ONE] for person, waiting in found.items()}


def _mail(notices: list[Notice], now: datetime) -> Mail:
    """One mail with all this news, in the language of who gets it."""
    first = notices[0]
    language = (first.user.language if first.user else "") or first.organisation.language
    with translation.override(language):
        subject = _subject(notices, first.organisation)
        news = [(subject_of(notice), lines_of(notice)) for notice in notices]
        context = {"news": news, "organisation": first.organisation, "single": len(news) == 1}
        body = render_to_string("tickets/mail/news.txt", context).strip() + "\n"
    return Mail(
        organisation_id=first.organisation_id,
        key=f"notice.{first.pk}",
        user=first.user,
        address=first.address.lower(),
        subject=fit(" ".join(subject.split()), 300),
        body=body,
        created_at=now,
        next_try_at=now,
    )


def _subject(notices: list[Notice], organisation: Organisation) -> str:
    if len(notices) == 1:
        return subject_of(notices[0])
    return _("%(count)d messages from %(organisation)s") % {"count": len(notices), "organisation": organisation}


def _tie(mails: list[Mail], notices: Iterable[list[Notice]]) -> None:
    tied = []
    for mail, carried in zip(mails, notices, strict=True):
        for notice in carried:
            notice.mail = mail
            tied.append(notice)
    update_rows(tied, ["mail"])
    _announce(tied)


# --- Sending ------------------------------------------------------------------------------------------------------
def due_mails(now: datetime) -> list[int]:
    """The mails to be sent now. Each is named once and again only when its task seems lost."""
    with transaction.atomic():
        due = Mail.objects.select_for_update(skip_locked=True).filter(state=MailState.QUEUED, next_try_at__lte=now)
        ids = list(due.order_by("next_try_at", "pk").values_list("pk", flat=True)[:_AT_ONCE])
        Mail.objects.filter(pk__in=ids).update(next_try_at=now + _IN_HAND)
    return ids


def send_mail(mail_id: int) -> None:
    """Send the mail unless another worker has it or had it."""
    now = datetime.now(UTC)
    claimed = Mail.objects.filter(pk=mail_id, state=MailState.QUEUED)
    if not claimed.update(state=MailState.SENDING, tries=F("tries") + 1, next_try_at=now + _IN_HAND):
        return
    mail = Mail.objects.get(pk=mail_id)
    try:
        EmailMessage(mail.subject, mail.body, to=[mail.address]).send()
    except (SMTPException, OSError) as error:
        _put_back(mail, str(error))
    else:
        mail.state, mail.sent_at, mail.problem = MailState.SENT, datetime.now(UTC), ""
        _settle(mail)


def give_up_lost_mails(now: datetime) -> int:
    """Mark what a worker had in hand when it died."""
    lost = Mail.objects.filter(state=MailState.SENDING, next_try_at__lt=now)
    ids = list(lost.values_list("pk", flat=True)[:_AT_ONCE])
    given_up = lost.filter(pk__in=ids).update(state=MailState.UNCLEAR)
    _announce(Notice.objects.filter(mail__in=ids))
    return given_up


def _put_back(mail: Mail, problem: str) -> None:
    pause = min(_FIRST_PAUSE * 2 ** (mail.tries - 1), _LONGEST_PAUSE)
    mail.state = MailState.QUEUED if mail.tries < _TRIES else MailState.FAILED
    mail.next_try_at = datetime.now(UTC) + pause
    mail.problem = fit(problem, 300)
    _settle(mail)


def _settle(mail: Mail) -> None:
    with transaction.atomic():
        mail.save(update_fields=["state", "sent_at", "problem", "next_try_at"])
        _announce(mail.notices.all())


def _announce(notices: Iterable[Notice]) -> None:
    announce(f"ticket.{notice.ticket_id}" for notice in notices if notice.ticket_id)
