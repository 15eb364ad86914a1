"""The tabs of the station's sheet about where it stands and what the public is told of it."""

from django.utils.translation import gettext_lazy as _

from common.sheets import Action, Tab
from stations.rights import (
    CHANGE_ACCESS,
    CHANGE_INTERFACES,
    CHANGE_LOCATION,
    CHANGE_MARKETING,
    CHANGE_ROAMING,
    VIEW_ACCESS,
    VIEW_INTERFACES,
    VIEW_LOCATION,
    VIEW_MARKETING,
    VIEW_ROAMING,
)
from stations.views import access, geolocation, interfaces, marketing, roaming
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
    Tab(
        sheet=SHEET,
        slug=access.SLUG,
        label=_("Access"),
        group="overview",
        order=70,
        right=VIEW_ACCESS,
        view=access.access,
        actions=(
            Action("save", CHANGE_ACCESS, access.save),
            Action("remove-exception", CHANGE_ACCESS, access.remove_exception),
        ),
    ),
    Tab(
        sheet=SHEET,
        slug=interfaces.SLUG,
        label=_("Interfaces"),
        group="publication",
        order=610,
        right=VIEW_INTERFACES,
        view=interfaces.interfaces,
        actions=(
            Action("switch-on", CHANGE_INTERFACES, interfaces.switch_on),
            Action("switch-off", CHANGE_INTERFACES, interfaces.switch_off),
        ),
    ),
    Tab(
        sheet=SHEET,
        slug=marketing.SLUG,
        label=_("Marketing"),
        group="publication",
        order=620,
        right=VIEW_MARKETING,
        view=marketing.marketing,
        actions=(
            Action("save", CHANGE_MARKETING, marketing.save),
            Action("add-picture", CHANGE_MARKETING, marketing.add_picture),
            Action("remove-picture", CHANGE_MARKETING, marketing.remove_picture),
        ),
    ),
    Tab(
        sheet=SHEET,
        slug=roaming.SLUG,
        label=_("Roaming"),
        group="publication",
        order=630,
        right=VIEW_ROAMING,
        view=roaming.roaming,
        actions=(Action("save", CHANGE_ROAMING, roaming.save),),
    ),
)
