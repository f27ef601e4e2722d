"""No socket of ours reaches an inner host, whatever name, spelling or DNS answer led there.

aiohttp asks a resolver only for names, so a guard there misses `http://2130706433/`. The connector's socket factory
sees every final address, literals included, just before the connect.
"""

import socket

import aiohttp
from aiohttp.abc import AbstractResolver

from bridge.domain.addresses import Reach, reach


class RefusedAddressError(OSError):
    """The final address may not be sent to."""


def guarded_connector(
    *, private: bool, resolver: AbstractResolver | None = None, limit: int = 8
) -> aiohttp.TCPConnector:
    """A connector that opens sockets to public hosts only; with `private` to inner ones as well."""
    least = Reach.INNER if private else Reach.PUBLIC

    def open_socket(target: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, where = target
        if reach(str(where[0])) < least:
            raise RefusedAddressError("the host is an inner one; callback.private: true would allow a private range")
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(socket_factory=open_socket, resolver=resolver, limit=limit, ttl_dns_cache=10)
