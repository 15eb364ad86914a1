"""Lists of the stations app."""

from stations.tables.assets import ARTICLE_GROUPS, ARTICLES, COMPONENTS
from stations.tables.contacts import CONTACTS, GROUPS
from stations.tables.free_fields import FIELD_TEMPLATES
from stations.tables.history import HISTORY
from stations.tables.stations import STATIONS, firmware_of, model_of, product_of, vendor_of

__all__ = [
    "ARTICLES",
    "ARTICLE_GROUPS",
    "COMPONENTS",
    "CONTACTS",
    "FIELD_TEMPLATES",
    "GROUPS",
    "HISTORY",
    "STATIONS",
    "firmware_of",
    "model_of",
    "product_of",
    "vendor_of",
]
