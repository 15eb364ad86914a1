"""What files of the stations app are for."""

from common.files import MIB, FilePurpose
from stations.rights import VIEW_DOCUMENTS, VIEW_HISTORY, VIEW_MARKETING

DOCUMENT = FilePurpose("station-document", VIEW_DOCUMENTS, max_bytes=100 * MIB)
HISTORY_ATTACHMENT = FilePurpose("history-attachment", VIEW_HISTORY, max_bytes=50 * MIB)
MARKETING_PICTURE = FilePurpose(
    "station-picture", VIEW_MARKETING, max_bytes=10 * MIB, content_types=("image/png", "image/jpeg", "image/webp")
)

FILE_PURPOSES = (
    MARKETING_PICTURE,
    DOCUMENT,
    HISTORY_ATTACHMENT,
)
