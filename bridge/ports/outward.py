"""The way out to hosts that somebody else named: no socket of ours reaches an inner host.

aiohttp asks a resolver only for names, so a guard there misses `http://2130706433/`. The connector's socket factory
sees every final address, literals included, just before the connect.
"""

import socket
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver

from bridge.domain.addresses import Reach, reach
from bridge.domain.web_addresses import WEB_PORTS


class RefusedAddressError(OSError):
    """The final address may not be sent to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """How far out an address must lie, at least, and what may stand in for the names and ports of the real world."""

    least: Reach = Reach.PUBLIC
    ports: frozenset[int] = WEB_PORTS
    resolver: AbstractResolver | None = None

    def connector(self, *, limit: int = 8, hint: str = "") -> aiohttp.TCPConnector:
        """Opens sockets to hosts that lie far enough out, and to no others. `hint` says how to allow one."""

        def open_socket(target: aiohttp.AddrInfoType) -> socket.socket:
            family, kind, protocol, _, where = target
            if reach(str(where[0])) < self.least:
                raise RefusedAddressError(f"the host is an inner one{hint}")
            return socket.socket(family, kind, protocol)

        return aiohttp.TCPConnector(socket_factory=open_socket, resolver=self.resolver, limit=limit, ttl_dns_cache=10)
