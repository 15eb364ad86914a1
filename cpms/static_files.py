"""Our static files, served by the portal itself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise streams a file in a way that ASGI reads whole, with a warning: a small file is sent in one piece."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        streamed = WhiteNoiseMiddleware.serve(static_file, request)
        content = b"".join(streamed.streaming_content)
        whole = HttpResponse(content, status=streamed.status_code, headers=streamed.headers)
        if content:
            # A file that was changed since the start has another length than WhiteNoise remembers.
            whole["Content-Length"] = str(len(content))
        streamed.close()
        return whole
