"""May we send to this address? Judged on the final address of a socket, never on a name or its spelling.

`ipaddress.is_global` alone is no filter: it passes multicast, site-local and translated addresses that end at loopback.
"""

from collections.abc import Iterator
from enum import IntEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address


class Reach(IntEnum):
    """How far out an address lies. Of an address and those inside it, the smallest counts."""

    NEVER = 0
    """No host to talk to: unspecified, link-local (the clouds' metadata hosts), multicast, reserved, unreadable."""
    INNER = 1
    """Loopback and private ranges: only for a bot whose callback says `private: true`."""
    PUBLIC = 2


_INNER_V4 = tuple(map(IPv4Network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_NEVER_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "169.254.0.0/16",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_INNER_V6 = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))
_NEVER_V6 = tuple(
    map(
        IPv6Network,
        (
            "64:ff9b:1::/48",
            "100::/64",
            "100:0:0:1::/64",
            "2001:2::/48",
            "2001:10::/28",
            "2001:20::/28",
            "2001:30::/28",
            "2001:db8::/32",
            "3fff::/20",
            "5f00::/16",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)
_CARRIERS_V6 = tuple(map(IPv6Network, ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "::/96")))
"""IPv4-mapped, IPv4-translated, NAT64 and IPv4-compatible: the last 32 bits are an IPv4 address."""
_UNICAST_V6 = IPv6Network("2000::/3")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def reach(address: str | Address) -> Reach:
    """Judge an address as `getaddrinfo` or a socket states it; a zone (`fe80::1%eth0`) is ignored."""
    if isinstance(address, str):
        try:
            address = ip_address(address.partition("%")[0])
        except ValueError:
            return Reach.NEVER
    if isinstance(address, IPv4Address):
        return _reach_v4(address)
    inside = min((_reach_v4(each) for each in embedded(address)), default=Reach.PUBLIC)
    return min(inside, _reach_v6(address))


def embedded(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses a router on the way could unwrap from an IPv6 address."""
    value = int(address)
    if any(address in network for network in _CARRIERS_V6) and value > 1:
        yield IPv4Address(value & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        yield IPv4Address(value >> 80 & 0xFFFFFFFF)
    if address in _TEREDO:
        yield IPv4Address(value >> 64 & 0xFFFFFFFF)
        yield IPv4Address(~value & 0xFFFFFFFF)
    if value >> 32 & 0xFFFFFFFF in _ISATAP:
        yield IPv4Address(value & 0xFFFFFFFF)


def _reach_v4(address: IPv4Address) -> Reach:
    if any(address in network for network in _INNER_V4):
        return Reach.INNER
    if any(address in network for network in _NEVER_V4) or not address.is_global:
        return Reach.NEVER
    return Reach.PUBLIC


def _reach_v6(address: IPv6Address) -> Reach:
    if any(address in network for network in _INNER_V6):
        return Reach.INNER
    if any(address in network for network in _NEVER_V6):
        return Reach.NEVER
    if any(address in network for network in _CARRIERS_V6):
        return Reach.PUBLIC if int(address) > 1 else Reach.NEVER  # as far as what they carry; `::` carries nothing
    if address in _SIX_TO_FOUR or address in _TEREDO:
        return Reach.PUBLIC  # as far as what they carry; newer Pythons call them not global
    return Reach.PUBLIC if address in _UNICAST_V6 and address.is_global else Reach.NEVER
