"""The network an address counts with: itself in IPv4, its /64 in IPv6.

Whoever has one IPv6 address has the 2^64 of its network, so a limit by single address would be none.
"""

from __future__ import annotations

import ipaddress


def network_of(address: str) -> str:
    """ "2001:db8:0:7::/64" for 2001:db8:0:7::1; an IPv4 address as it is, also when it is written as IPv6.

    What is no address, such as "" of a socket without one, stays what it is.
    """
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, 64), strict=False))
