from django.urls import path

from ocpp_gateway.views import credentials, unknown

urlpatterns = [
    path("unknown-stations/", unknown.unknown_stations, name="unknown-stations"),
    path("unknown-stations/forget/", unknown.forget, name="unknown-stations-forget"),
    path("unknown-stations/<int:pk>/adopt/", unknown.adopt, name="unknown-station-adopt"),
    path("station-connections/<str:identity>/password/", credentials.new_password, name="station-password"),
    path("station-connections/<str:identity>/lower-profile/", credentials.allow_lower_profile, name="lower-profile"),
    path("station-connections/<str:identity>/settings/", credentials.connection_settings, name="connection-settings"),
]
