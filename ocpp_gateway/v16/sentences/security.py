"""Certificates and security events (security extension of OCPP 1.6)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from ocpp_gateway.telling import Said, Telling
from ocpp_gateway.v16.sentences.to_charger import asked, value


def security_event(said: Said) -> str:
    told = ": ".join(filter(None, [said.text("type") or "?", said.text("techInfo")]))
    return _("The station reports for its security: %(event)s.") % {"event": told}


def sign_certificate(said: Said) -> str:
    return _("The station asked for a certificate of its own.")


def sign_outcome(said: Said) -> str:
    if said.status == "Accepted":
        return _("The request was taken.")
    return _("The request was refused: the tab Security says why.")


SECURITY = {
    "CertificateSigned": Telling(lazy("Certificate issued"), asked(lazy("%(who)s sent the station its certificate."))),
    "DeleteCertificate": Telling(
        lazy("Certificate deleted"), asked(lazy("%(who)s asked the station to delete a certificate."))
    ),
    "ExtendedTriggerMessage": Telling(
        lazy("Message requested (security extension)"),
        asked(lazy("%(who)s asked for the message %(message)s: %(place)s."), message=value("requestedMessage")),
    ),
    "GetInstalledCertificateIds": Telling(
        lazy("Certificates listed"),
        asked(lazy("%(who)s asked which certificates are installed (%(type)s)."), type=value("certificateType")),
    ),
    "InstallCertificate": Telling(
        lazy("Certificate installed"),
        asked(lazy("%(who)s asked the station to trust a certificate (%(type)s)."), type=value("certificateType")),
    ),
    "SecurityEventNotification": Telling(lazy("Security event"), security_event),
    "SignCertificate": Telling(lazy("Certificate requested"), sign_certificate, outcome=sign_outcome),
}
