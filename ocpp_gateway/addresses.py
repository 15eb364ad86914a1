"""The websocket address that chargers are pointed at."""

from django.conf import settings

from accounts.models import Organisation


def websocket_url(organisation: Organisation) -> str:
    """The address before the identity: the plain one where unknown chargers come here anyway, else one that names the
    organisation.
    """
    base = f"{settings.GATEWAY_URL}/ocpp/"
    return base if organisation.receives_unknown_stations else f"{base}{organisation.slug}/"
