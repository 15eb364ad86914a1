"""What the frame of every page shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from common.access import Access
from cpms.navigation import navigation


def frame(request: HttpRequest) -> dict[str, Any]:
    access = getattr(request, "access", None)
    return {
        "access": access,
        "languages": settings.LANGUAGES,
        "organisations": getattr(request, "organisations", []),
        "sections": navigation(request, access) if isinstance(access, Access) else [],
        "theme": getattr(request.user, "theme", "auto") if hasattr(request, "user") else "auto",
    }
