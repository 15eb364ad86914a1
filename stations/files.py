"""What files of the stations app are for."""

from common.files import MIB, FilePurpose
from stations.rights import VIEW_DOCUMENTS

DOCUMENT = FilePurpose("station-document", VIEW_DOCUMENTS, max_bytes=100 * MIB)

FILE_PURPOSES = (DOCUMENT,)
