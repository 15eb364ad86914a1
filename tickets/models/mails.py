"""What people are told by e-mail. A notice is one piece of news for one address; a mail carries all that wait."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chargeports.models import EquipmentError
from common.models import TenantModel
from tickets.choices import MailState, NoticeKind
from tickets.models.tickets import Ticket, TicketEntry


class Mail(TenantModel):
    """The outbox. `key` names the first of its notices, so that no two mails carry the same news."""

    key = models.CharField(max_length=80, unique=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    address = models.EmailField(_("to"))
    subject = models.CharField(_("subject"), max_length=300)
    body = models.TextField()
    state = models.CharField(_("state"), max_length=8, choices=MailState, default=MailState.QUEUED)
    created_at = models.DateTimeField(default=timezone.now)
    next_try_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "address", "-created_at"], name="mail_by_address"),
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(state__in=(MailState.QUEUED.value, MailState.SENDING.value)),
                name="mail_under_way",
            ),
        ]


class Notice(TenantModel):
    """`key` says what is told to whom: nobody is told the same thing twice. No `user`: a plain address."""

    key = models.CharField(max_length=300, unique=True)
    kind = models.CharField(max_length=10, choices=NoticeKind)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    address = models.EmailField()
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="notices")
    entry = models.ForeignKey(TicketEntry, null=True, on_delete=models.CASCADE, related_name="notices")
    error = models.ForeignKey(EquipmentError, null=True, on_delete=models.CASCADE, related_name="notices")
    mail = models.ForeignKey(Mail, null=True, on_delete=models.CASCADE, related_name="notices")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["id"], condition=models.Q(mail__isnull=True), name="notice_waiting")]
