"""The tabs of the station's sheet about what people keep of it."""

from django.utils.translation import gettext_lazy as _

from common.sheets import Action, Tab
from stations.rights import (
    CHANGE_FREE_FIELDS,
    VIEW_ASSIGNMENTS,
    VIEW_COMPONENTS,
    VIEW_DEVICES,
    VIEW_FREE_FIELDS,
    VIEW_HISTORY,
    VIEW_PACKAGES,
    WRITE_HISTORY,
)
from stations.views import assignments, components, devices, free_fields, history, packages
from stations.views.sheet import SHEET

RECORD_TABS = (
    Tab(
        sheet=SHEET,
        slug=assignments.SLUG,
        label=_("Assignments"),
        group="overview",
        order=75,
        right=VIEW_ASSIGNMENTS,
        view=assignments.assignments,
    ),
    Tab(
        sheet=SHEET,
        slug=devices.SLUG,
        label=_("Device details"),
        group="overview",
        order=12,
        right=VIEW_DEVICES,
        view=devices.device_details,
    ),
    Tab(
        sheet=SHEET,
        slug=components.SLUG,
        label=_("Components"),
        group="overview",
        order=40,
        right=VIEW_COMPONENTS,
        view=components.station_components,
    ),
    Tab(
        sheet=SHEET,
        slug=free_fields.SLUG,
        label=_("Additional information"),
        group="overview",
        order=15,
        right=VIEW_FREE_FIELDS,
        view=free_fields.additional_information,
        actions=(Action("order", CHANGE_FREE_FIELDS, free_fields.order),),
    ),
    Tab(
        sheet=SHEET,
        slug=history.SLUG,
        label=_("History"),
        group="service",
        order=240,
        right=VIEW_HISTORY,
        view=history.history,
        actions=(
            Action("pin", WRITE_HISTORY, history.pin),
            Action("unpin", WRITE_HISTORY, history.unpin),
            Action("delete", WRITE_HISTORY, history.delete),
            Action("restore", WRITE_HISTORY, history.restore),
        ),
    ),
    Tab(
        sheet=SHEET,
        slug=packages.SLUG,
        label=_("Operational management"),
        group="service",
        order=290,
        right=VIEW_PACKAGES,
        view=packages.operational_management,
    ),
)
