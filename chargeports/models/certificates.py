"""The organisation's own certificate authority, the certificates of stations, and what stations trust."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from chargeports.choices import (
    GOOD_CERTIFICATES,
    SENDABLE_CERTIFICATES,
    CertificateState,
    CertificateUse,
    SigningRefusal,
)
from chargeports.outcomes import outcome_label
from common.models import TenantModel
from common.rights import Text
from stations.models import Station


class CertificateAuthority(TenantModel):
    """Signs the certificates of stations. The newest that is not retired does; what a retired one signed opens nothing.

    `certificate` is PEM; `key` its private key, sealed (`common.sealing`).
    """

    certificate = models.TextField()
    key = models.TextField()
    not_after = models.DateTimeField(_("valid until"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    created_by = models.CharField(_("by"), max_length=200)
    retired_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"CA #{self.pk}"


class StationCertificate(TenantModel):
    """A request of a station for a certificate, and what became of it. `certificate` is PEM, and empty where the
    request was refused; then `problem` says why. `fingerprint` (SHA-256) tells it from all others.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="certificates")
    authority = models.ForeignKey(CertificateAuthority, null=True, on_delete=models.PROTECT, related_name="signed")
    state = models.CharField(_("state"), max_length=10, choices=CertificateState)
    problem = models.CharField(_("reason"), max_length=255, blank=True)
    certificate = models.TextField(blank=True)
    serial_number = models.CharField(_("serial number"), max_length=40, blank=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True)
    requested_at = models.DateTimeField(_("requested"))
    not_after = models.DateTimeField(_("valid until"), null=True)
    used_at = models.DateTimeField(_("first used"), null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)
    renewal_asked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"], condition=~models.Q(fingerprint=""), name="station_certificate_fingerprint"
            )
        ]
        indexes = [
            models.Index(fields=["station", "-id"], name="certificate_by_station"),
            models.Index(fields=["organisation", "-id"], name="certificate_by_organisation"),
            models.Index(
                fields=["not_after"],
                condition=models.Q(state__in=["issued", "accepted", "active"]),
                name="certificate_to_renew",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station} {self.serial_number[:8]}".strip()

    @property
    def counts(self) -> bool:
        """Whether it opens a connection, while it lasts."""
        return self.state in GOOD_CERTIFICATES

    @property
    def can_be_sent(self) -> bool:
        """Whether sending it to the station once more may help."""
        return self.state in SENDABLE_CERTIFICATES

    @property
    def problem_label(self) -> Text:
        """Why it came to nothing: our reason, the station's own word, or what a person wrote."""
        code, _colon, detail = self.problem.partition(":")
        if self.state != CertificateState.REFUSED or code not in SigningRefusal.values:
            return outcome_label(self.problem)
        return f"{SigningRefusal(code).label} {detail}".strip()


class InstalledCertificate(TenantModel):
    """A root certificate that the station says it trusts, in its own words; `certificate` (PEM) where the portal
    installed it and so knows it.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="installed_certificates")
    use = models.CharField(_("use"), max_length=20, choices=CertificateUse)
    hash_algorithm = models.CharField(max_length=8)
    issuer_name_hash = models.CharField(max_length=128)
    issuer_key_hash = models.CharField(max_length=128)
    serial_number = models.CharField(_("serial number"), max_length=40)
    certificate = models.TextField(blank=True)
    subject = models.CharField(_("name"), max_length=255, blank=True)
    not_after = models.DateTimeField(_("valid until"), null=True)
    told_at = models.DateTimeField(_("told"))

    class Meta(TenantModel.Meta):
        ordering = ("use", "pk")
        indexes = [models.Index(fields=["station", "use"], name="installed_by_station")]

    def __str__(self) -> str:
        return self.subject or self.serial_number
