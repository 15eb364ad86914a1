"""The tables of stations; one file per subject."""

from stations.models.access import HoursException, StationAccess
from stations.models.assets import Article, ArticleGroup, Component, ComponentMove
from stations.models.contacts import Contact, StationGroup
from stations.models.devices import DeviceDetails, HardwareTrace
from stations.models.documents import Document, DocumentVersion
from stations.models.free_fields import FieldTemplate, FreeField
from stations.models.history import HistoryEntry
from stations.models.map_counts import MapCount
from stations.models.marketing import MarketingPicture, MarketingText, RoamingData
from stations.models.packages import ServicePackage
from stations.models.publication import Portal, Publication
from stations.models.search import SearchEntry
from stations.models.stations import Station, StationReport, StationState, validate_identity

__all__ = [
    "Article",
    "ArticleGroup",
    "Component",
    "ComponentMove",
    "Contact",
    "DeviceDetails",
    "Document",
    "DocumentVersion",
    "FieldTemplate",
    "FreeField",
    "HardwareTrace",
    "HistoryEntry",
    "HoursException",
    "MapCount",
    "MarketingPicture",
    "MarketingText",
    "Portal",
    "Publication",
    "RoamingData",
    "SearchEntry",
    "ServicePackage",
    "Station",
    "StationAccess",
    "StationGroup",
    "StationReport",
    "StationState",
    "validate_identity",
]
