"""The tabs of the station's sheet about where it stands and what the public is told of it."""

from django.utils.translation import gettext_lazy as _

from common.sheets import Action, Tab
from stations.rights import CHANGE_LOCATION, VIEW_LOCATION
from stations.views import geolocation
from stations.views.sheet import SHEET

PUBLICATION_TABS = (
    Tab(
        sheet=SHEET,
        slug=geolocation.SLUG,
        label=_("Geolocation"),
        group="overview",
        order=60,
        right=VIEW_LOCATION,
        view=geolocation.geolocation,
        actions=(
            Action("save", CHANGE_LOCATION, geolocation.save),
            Action("locate", CHANGE_LOCATION, geolocation.locate),
            Action("take-over", CHANGE_LOCATION, geolocation.take_over),
        ),
    ),
)
