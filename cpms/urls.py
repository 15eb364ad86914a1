from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from common.views import public
from cpms import api, dashboard, health

handler400 = "cpms.errors.bad_request"
handler403 = "cpms.errors.forbidden"
handler404 = "cpms.errors.not_found"
handler500 = "cpms.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboard.dashboard, name="dashboard"),
    path("", include("accounts.urls")),
    path("", include("stations.urls")),
    path("", include("chargeports.urls")),
    path("", include("charging.urls")),
    path("", include("tickets.urls")),
    path("", include("ocpp_gateway.urls")),
    path("api/v1/", api.urls),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", health.metrics, name="metrics"),
    path("language/", public(set_language), name="set-language"),
]
