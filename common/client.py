"""Where a request comes from, behind the proxies that the settings trust."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def is_trusted_proxy(address: str) -> bool:
    """Whether `address` lies in one of the networks of `CPMS_TRUSTED_PROXIES`."""
    try:
        candidate = ip_address(address)
    except ValueError:
        return False
    return any(candidate in ip_network(network, strict=False) for network in settings.TRUSTED_PROXIES)


def behind_proxies(peer: str, forwarded_for: str) -> str:
    """The client's address: the last entry of X-Forwarded-For that no trusted proxy wrote, else the peer's own."""
    address = peer
    for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        if not is_trusted_proxy(address):
            break
        address = hop
    return address


def client_address(request: HttpRequest) -> str:
    return behind_proxies(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))
