"""Certificates of stations: one small declaration for each kind of command, and the forms of the authority."""

from typing import Any

from cryptography import x509
from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chargeports import certificates, selectors
from chargeports.choices import CertificateUse, CommandKind
from chargeports.forms.commands import CommandForm
from chargeports.models import InstalledCertificate
from chargeports.parameters import CERTIFICATE_LENGTH, Parameters
from chargeports.rights import CHANGE_CERTIFICATES, SERVICE_COMMANDS
from common.rights import Text
from stations.models import Station


def _use() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Use"), choices=CertificateUse.choices, initial=CertificateUse.CENTRAL_SYSTEM_ROOT)


def _use_named(parameters: Parameters) -> Text:
    return dict(CertificateUse.choices).get(parameters.get("certificate_type", ""), "")


class GetInstalledCertificateIds(CommandForm):
    kind = CommandKind.GET_INSTALLED_CERTIFICATE_IDS
    right = SERVICE_COMMANDS
    icon = "certificate"
    explanation = _("Asks which root certificates the station trusts; they appear in the tab Security.")

    certificate_type = _use()

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return _use_named(parameters)


class InstallCertificate(CommandForm):
    kind = CommandKind.INSTALL_CERTIFICATE
    right = CHANGE_CERTIFICATES
    icon = "certificate"
    explanation = _("From then on the station trusts the certificate. It is told in PEM, without any private key.")

    certificate_type = _use()
    certificate = forms.CharField(
        label=_("Certificate (PEM)"),
        max_length=CERTIFICATE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "mono"}),
    )

    def clean_certificate(self) -> str:
        text: str = self.cleaned_data["certificate"]
        if "PRIVATE KEY" in text:
            raise forms.ValidationError(gettext("There is a private key in it: only the certificate is to be sent."))
        try:
            read = certificates.read_certificate(text)
        except ValueError:
            raise forms.ValidationError(gettext("This is no certificate in PEM.")) from None
        _check_root(read)
        return text

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return _use_named(parameters)


def _check_root(certificate: x509.Certificate) -> None:
    if not certificates.is_authority(certificate):
        raise forms.ValidationError(gettext("This certificate may not sign others: a root certificate is needed."))
    if certificate.not_valid_after_utc <= timezone.now():
        raise forms.ValidationError(gettext("This certificate has expired."))


class DeleteCertificate(CommandForm):
    """`?installed=` names one of those that the station listed."""

    kind = CommandKind.DELETE_CERTIFICATE
    right = CHANGE_CERTIFICATES
    icon = "trash"
    explanation = _("From then on the station trusts the certificate no longer.")

    installed = forms.TypedChoiceField(
        label=_("Certificate"),
        coerce=int,
        error_messages={"invalid_choice": _("The station does not list this certificate any more.")},
    )
    confirmed = forms.BooleanField(
        label=_("I know that the station may not find the portal again without the root of its certificate."),
        error_messages={"required": _("Tick this to go on.")},
    )

    def __init__(self, data: Any = None, *, station: Station, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, station=station, initial=initial)
        self._known = {one.pk: one for one in selectors.installed_certificates(station)}
        nothing = [("", _("The station has listed no certificates."))]
        choices = [(pk, _installed_label(one)) for pk, one in self._known.items()]
        self.fields["installed"].choices = choices or nothing  # type: ignore[attr-defined]

    @property
    def parameters(self) -> Parameters:
        chosen = self._known[self.cleaned_data["installed"]]
        names = ("hash_algorithm", "issuer_name_hash", "issuer_key_hash", "serial_number")
        return {name: getattr(chosen, name) for name in names}

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return str(parameters.get("serial_number", ""))


def _installed_label(installed: InstalledCertificate) -> str:
    return f"{installed.get_use_display()} · {installed}"


class CertificateSigned(CommandForm):
    """`?certificate=` names one of those that were made for the station."""

    kind = CommandKind.CERTIFICATE_SIGNED
    right = CHANGE_CERTIFICATES
    icon = "certificate"
    explanation = _("Sends the station its certificate once more. It must still have the key of its request.")
    waits_for_station = False

    certificate = forms.TypedChoiceField(
        label=_("Certificate"),
        coerce=int,
        error_messages={"invalid_choice": _("This certificate does not count any more.")},
    )

    def __init__(self, data: Any = None, *, station: Station, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, station=station, initial=initial)
        self._known = {one.pk: one for one in selectors.sendable_certificates(station)}
        nothing = [("", _("No certificate was made for this station."))]
        choices = [(pk, f"{one.serial_number} · {one.not_after:%Y-%m-%d}") for pk, one in self._known.items()]
        self.fields["certificate"].choices = choices or nothing  # type: ignore[attr-defined]

    @property
    def parameters(self) -> Parameters:
        return {"certificate_chain": self._known[self.cleaned_data["certificate"]].certificate}


class RevokeForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


CERTIFICATE_COMMANDS = (GetInstalledCertificateIds, InstallCertificate, DeleteCertificate, CertificateSigned)
