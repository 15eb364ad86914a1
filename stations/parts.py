"""What goes along with a station within its own app, and what else happens when its life cycle changes."""

from django.utils.translation import gettext_lazy as _

from common.rights import Text
from stations.choices import LifeCycle
from stations.cloning import clone_publication
from stations.companions import StationPart, station_parts
from stations.models import Station
from stations.publication_columns import PORTALS, ROAMING

_CONSEQUENCES = {
    LifeCycle.PLANNED: _("Nobody can start charging; the station can be reached and configured."),
    LifeCycle.IN_OPERATION: _("Charging is possible as soon as the station has booted again. It is asked to do so."),
    LifeCycle.OUT_OF_OPERATION: _("Nobody can start charging; the station can be reached and configured."),
    LifeCycle.DECOMMISSIONED: _("The station is disconnected and refused from now on. What it did stays readable."),
}


def consequences_of(station: Station, life_cycle: LifeCycle) -> list[Text]:
    """What happens when the station gets this life cycle, in words for the person who is about to do it."""
    own: list[Text] = [_CONSEQUENCES[life_cycle]]
    return own + [
        text for part in station_parts() if part.consequences for text in part.consequences(station, life_cycle)
    ]


STATION_PARTS = (StationPart(clone=clone_publication), PORTALS.part, ROAMING.part)
