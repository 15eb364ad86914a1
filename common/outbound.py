"""Where the portal may connect to when an address comes from a customer: not into private networks.

The name is resolved once, every address that it has is judged, and the caller connects to one of those: a name that
means another machine a moment later (DNS rebinding) changes nothing.
"""

import ipaddress
import socket
from ipaddress import IPv4Address, IPv6Address

from django.conf import settings
from django.utils.translation import gettext as _

from common.errors import Refused

Address = IPv4Address | IPv6Address
_IPV6_PUBLIC = ipaddress.IPv6Network("2000::/3")
# NAT64 (RFC 6052): the IPv4 address stands in the last 32 bits.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class NotFound(Refused):
    """The name leads to no address."""


def allowed_address(host: str, port: int) -> Address:
    """The address to connect to. Raises Refused where one of the host's addresses is not to be reached from here."""
    found = addresses(host, port)
    for address in found:
        if not is_allowed(address):
            text = _("%(host)s is in a private network (%(address)s). The platform's operators can allow it.")
            raise Refused(text % {"host": host, "address": address})
    return found[0]


def addresses(host: str, port: int) -> list[Address]:
    """What the name means at this moment; raises NotFound. It waits for the name servers."""
    try:
        known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotFound(_("There is no address for %(host)s.") % {"host": host}) from error
    return [ipaddress.ip_address(entry[4][0]) for entry in known]


def is_allowed(address: Address) -> bool:
    """Whether the address, or the IPv4 address inside it, is public or in a network that is allowed by the settings."""
    meant = embedded(address)
    networks = (ipaddress.ip_network(text, strict=False) for text in settings.WEBHOOK_NETWORKS)
    return is_public(address) or any(one in network for network in networks for one in (address, meant))


def is_public(address: Address) -> bool:
    meant = embedded(address)
    if meant != address and isinstance(meant, IPv4Address):
        return is_public(meant)
    if isinstance(address, IPv6Address) and address not in _IPV6_PUBLIC:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4, Teredo or NAT64."""
    if isinstance(address, IPv4Address):
        return address
    teredo = address.teredo[1] if address.teredo else None
    nat64 = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
    return next(filter(None, (address.ipv4_mapped, address.sixtofour, teredo, nat64)), address)
