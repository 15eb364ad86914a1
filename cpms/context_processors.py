"""What the frame of every page shows."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_info

from common.access import Access
from cpms.navigation import navigation

# Each language by its own name: whoever looks for it may not read the present one.
LANGUAGES = [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


def frame(request: HttpRequest) -> dict[str, Any]:
    access = getattr(request, "access", None)
    return {
        "access": access,
        "languages": LANGUAGES,
        "organisations": getattr(request, "organisations", []),
        # Called by the frame's own template: parts of a page that are drawn for themselves do without.
        "sections": partial(navigation, request, access) if isinstance(access, Access) else (),
        "theme": getattr(request.user, "theme", "auto") if hasattr(request, "user") else "auto",
    }
