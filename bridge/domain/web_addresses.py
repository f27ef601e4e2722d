"""Addresses a bot sends us: pages to show, files to fetch. One judge for each; when in doubt, no."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from bridge.domain.addresses import Reach, reach
from bridge.domain.visible import mixes_scripts

URL_CHARACTERS: Final = 2000
WEB_PORTS: Final = frozenset({80, 443})
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBERS: Final = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Place:
    host: str
    port: int | None


def why_not_shown(url: str) -> str | None:
    """Why an address must not be offered as a link or picture; None if it may. It is never fetched."""
    place = _read(url)
    return place if isinstance(place, str) else None


def why_not_fetched(url: str, hosts: Collection[str], ports: Collection[int] = WEB_PORTS) -> str | None:
    """Why a file must not be fetched from there; None if it may, as far as its spelling tells.

    `hosts` are the bot's `file_hosts`. What the name resolves to is judged again at the socket.
    """
    place = _read(url)
    if isinstance(place, str):
        return place
    if place.port is not None and place.port not in ports:
        return "Only ports 80 and 443 are allowed."
    if place.host not in {normal_host(host) for host in hosts}:
        return "The host is not listed in this bot's file_hosts."
    if _is_numeric(place.host) and reach(place.host) is not Reach.PUBLIC:
        return "The address is not a public one."
    if place.host == "localhost" or place.host.endswith((".localhost", ".local", ".internal")):
        return "The address is not a public one."
    return None


def normal_host(host: str) -> str | None:
    """A host name or address in its one spelling, or None if it is neither.

    Numbers are taken only as four plain decimals: octal, hexadecimal and short forms mean different hosts to
    different programs. Unicode names are taken in the letters of one alphabet, never with look-alike dots.
    """
    if ":" in host:
        return _normal_literal(host)
    if not host.isascii():
        if any(mixes_scripts(label) for label in host.split(".")):  # made to be taken for another name
            return None
        try:
            ascii_host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
        if ascii_host.count(".") != host.count("."):  # an ideographic dot became a real one
            return None
        host = ascii_host
    host = host.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return _normal_literal(host) if _NUMBERS.fullmatch(labels[-1]) else host


def _read(url: str) -> _Place | str:
    """Split an address the way every reader would, or say why it cannot be."""
    if len(url) > URL_CHARACTERS:
        return f"An address may have at most {URL_CHARACTERS} characters."
    if any(char <= " " or char in '\\<>"`{}|^' or 0x7F <= ord(char) < 0xA0 or char.isspace() for char in url):
        return "The address has characters that do not belong into one."
    scheme, separator, rest = url.partition("://")
    if scheme.lower() not in {"http", "https"} or not separator:
        return "Only http and https are allowed."
    if not rest or rest[0] in "/?#":
        return "The address has no host."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "The address cannot be read."
    if "@" in parts.netloc or "%" in parts.netloc:
        return "The address must not name a user or have an encoded host."
    named = parts.hostname or ""
    if ("[" in parts.netloc) != (":" in named) or (host := normal_host(named)) is None:
        return "The host cannot be read."
    return _Place(host, port)


def _normal_literal(host: str) -> str | None:
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def _is_numeric(host: str) -> bool:
    return _normal_literal(host) is not None
