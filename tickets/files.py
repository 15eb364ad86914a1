"""What files of the tickets app are for."""

from common.files import MIB, FilePurpose
from tickets.rights import CHANGE_TICKETS, VIEW_TICKETS

ATTACHMENT = FilePurpose("ticket-attachment", VIEW_TICKETS, max_bytes=50 * MIB)
INTERNAL_ATTACHMENT = FilePurpose("ticket-internal-attachment", CHANGE_TICKETS, max_bytes=50 * MIB)

FILE_PURPOSES = (ATTACHMENT, INTERNAL_ATTACHMENT)
