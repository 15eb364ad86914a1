"""The public page behind a charge port's label: which station it is, its state, whether it takes direct payment."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_scopes import scope, scopes_disabled

from chargeports.models import ChargePort
from common.identifiers import evse_id_key
from common.rate_limits import rate_limited
from common.text import fit
from common.views import public
from stations.choices import LifeCycle
from stations.models import RoamingData

PAGES_PER_MINUTE = 60
LONGEST = 60


@public
@require_safe
@rate_limited("pay", PAGES_PER_MINUTE)
def pay(request: HttpRequest, evse_id: str) -> HttpResponseBase:
    """Nothing but what stands on the charger itself and its state: no identity, no session, no person.

    404 for an EVSE ID that is none, and for a station that is not in operation.
    """
    port = _port(evse_id)
    with scope(organisation=port.organisation):
        roaming = RoamingData.objects.filter(station=port.station).first()
    deactivated = roaming is not None and roaming.direct_payment_deactivated
    hotline = roaming.hotline if roaming else ""
    context = {"port": port, "station": port.station, "deactivated": deactivated, "hotline": hotline}
    return render(request, "chargeports/pay.html", context)


def _port(evse_id: str) -> ChargePort:
    """The port with this EVSE ID, however its separators are written, in whatever organisation."""
    key = evse_id_key(fit(evse_id, LONGEST))
    with scopes_disabled():
        ports = ChargePort.objects.select_related("state", "station__state", "organisation")
        port = ports.filter(evse_id_key=key, station__life_cycle=LifeCycle.IN_OPERATION).first() if key else None
    if port is None:
        raise Http404
    return port
