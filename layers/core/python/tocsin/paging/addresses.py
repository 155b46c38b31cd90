"""Which addresses belong to the open internet, and to nobody's inside: where a URL of a stranger may lead.

By the IANA registries of special-purpose addresses (https://www.iana.org/assignments/iana-ipv4-special-registry and
iana-ipv6-special-registry); ``ipaddress`` is asked too, but what it calls global has changed between Pythons.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_SPECIAL = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        # Of IPv6 all but global unicast is refused below; these lie within it.
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
)  # fmt: skip
#: All that is given out of IPv6 for the open internet (RFC 4291).
_UNICAST = IPv6Network("2000::/3")
#: An IPv4 address as a network without IPv4 sees it (RFC 6052): whether it is open is a question of that address.
_TRANSLATED = IPv6Network("64:ff9b::/96")


def is_open(text: str) -> bool:
    """Whether an address (as text) is one of the open internet. What is no address is not."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address in _TRANSLATED:
        address = IPv4Address(int(address) & 0xFFFFFFFF)
    if isinstance(address, IPv6Address) and (address not in _UNICAST or address.scope_id is not None):
        return False
    special = any(address.version == one.version and address in one for one in _SPECIAL)
    return address.is_global and not address.is_multicast and not special
