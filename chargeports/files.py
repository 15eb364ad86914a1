"""What the chargeports app keeps files for."""

from django.conf import settings

from chargeports.rights import VIEW_DIAGNOSTICS, VIEW_FIRMWARE
from common.files import FilePurpose

DIAGNOSTICS = FilePurpose("diagnostics", VIEW_DIAGNOSTICS, max_bytes=settings.TRANSFER_MAX_BYTES)
FIRMWARE = FilePurpose("firmware", VIEW_FIRMWARE, max_bytes=settings.TRANSFER_MAX_BYTES)

FILE_PURPOSES = (DIAGNOSTICS, FIRMWARE)
