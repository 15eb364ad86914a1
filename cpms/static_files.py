"""Our static files, served by the portal itself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise streams a file in a way that ASGI reads whole, with a warning: a small file is sent in one piece."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        streamed = WhiteNoiseMiddleware.serve(static_file, request)
        whole = HttpResponse(
            b"".join(streamed.streaming_content), status=streamed.status_code, headers=streamed.headers
        )
        streamed.close()
        return whole
