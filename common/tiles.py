"""The tile server of the maps, as the Content-Security-Policy has to name it."""

from urllib.parse import urlsplit


def tile_servers(template: str) -> list[str]:
    """The sources of images that a template of addresses like `https://{s}.tiles.example/{z}/{x}/{y}.png` needs."""
    if not template:
        return []
    parts = urlsplit(template.replace("{s}", "*"))
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []
