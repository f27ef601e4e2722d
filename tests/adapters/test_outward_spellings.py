"""Inner addresses in every spelling: refused at the door by their letters, and at the socket by where they lead."""

from collections.abc import AsyncIterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from bridge.domain.addresses import Reach, reach
from bridge.domain.web_addresses import why_not_fetched
from bridge.ports.outward import Outward

INNER = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "0.0.0.0/8"]
WIDE = str.maketrans("0123456789.", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff0e")
RINGS = str.maketrans("0123456789", "\u24ea\u2460\u2461\u2462\u2463\u2464\u2465\u2466\u2467\u2468")
DOTS = ["\u3002", "\uff0e", "\uff61", "%2e", "\u2024"]
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def number(draw: st.DrawFn, value: int) -> str:
    """A part of an address in decimal, octal or hexadecimal, with or without zeros before it."""
    zeros = "0" * draw(st.integers(0, 3))
    return draw(st.sampled_from([str(value), f"0{zeros}{value:o}", f"0x{zeros}{value:x}", f"0X{value:X}"]))


@st.composite
def spelled_v4(draw: st.DrawFn, address: IPv4Address) -> str:
    """As `inet_aton` reads it: one to four parts, the last one taking what is left; with or without a dot behind."""
    value, parts = int(address), draw(st.integers(1, 4))
    left = [value >> 8 * (3 - at) & 0xFF for at in range(parts - 1)]
    last = value & (1 << 8 * (5 - parts)) - 1
    written = ".".join([draw(number(each)) for each in (*left, last)])
    return written + draw(st.sampled_from(["", "."]))


@st.composite
def spelled_v6(draw: st.DrawFn, address: IPv4Address) -> str:
    """Wrapped as the ways between the two protocols wrap it."""
    value = int(address)
    wrapped = draw(
        st.sampled_from(
            [
                IPv6Address(0xFFFF << 32 | value),
                IPv6Address(0xFFFF << 48 | value),
                IPv6Address(0x64FF9B << 96 | value),
                IPv6Address(0x2002 << 112 | value << 80),
                IPv6Address(0x20010000 << 96 | value << 64),
                IPv6Address(0x20010000 << 96 | 0x08080808 << 64 | ~value & 0xFFFFFFFF),
                IPv6Address(0x2A001450 << 96 | 0x5EFE << 32 | value),
                IPv6Address(0xFEC0 << 112 | value),
                IPv6Address(1),
            ]
        )
    )
    written = draw(st.sampled_from([str(wrapped), wrapped.exploded, wrapped.compressed.upper()]))
    return f"[{written}{draw(st.sampled_from(['', '%25eth0', '%eth0', '%251']))}]"


@st.composite
def hosts(draw: st.DrawFn) -> str:
    """An inner host in some spelling."""
    address = draw(st.sampled_from(INNER).flatmap(lambda network: st.ip_addresses(v=4, network=network)))
    plain = str(address)
    return draw(
        st.one_of(
            spelled_v4(address),
            spelled_v6(address),
            st.sampled_from(DOTS).map(lambda dot: plain.replace(".", dot)),
            st.just(plain.translate(WIDE)),
            st.just(plain.translate(RINGS)),
            st.sampled_from(["localhost", "LOCALHOST", "localhost.", "a.localhost", "\u24db\u24de\u24d2\u24d0lhost",
                             "loc\u0430lhost", "printer.local", "metadata.google.internal"]),
        )
    )  # fmt: skip


@st.composite
def urls(draw: st.DrawFn, port: int = 80) -> tuple[str, str]:
    """The host, and an address that leads to it by hook or by crook."""
    host = draw(hosts())
    before = draw(
        st.sampled_from(["", "cdn.shop.example@", "cdn.shop.example:443@", "a:b@", "cdn.shop.example\\@", "@", "%40"])
    )
    scheme = draw(st.sampled_from(["http", "https", "HTTP", "hTTps"]))
    after = draw(
        st.sampled_from(["/x", "", "/x?y#z", "#@cdn.shop.example/", "?@cdn.shop.example/", "\\@cdn.shop.example"])
    )
    return host, f"{scheme}://{before}{host}:{port}{after}"


@FEW
@given(urls())
def test_no_spelling_passes_the_door_even_if_somebody_lists_it(made: tuple[str, str]) -> None:
    host, url = made
    listed = ("cdn.shop.example", host, host.strip("[]"), host.lower(), "127.0.0.1", "localhost", "::1")
    assert why_not_fetched(url, listed) is not None


@pytest.mark.parametrize("host", ["loc\u0430lhost", "l\u03bfcalhost", "cdn.sh\u043ep.example"])
def test_a_name_that_mixes_alphabets_is_nobodys_host_even_if_somebody_lists_it(host: str) -> None:
    assert why_not_fetched(f"http://{host}/x", (host, "localhost")) is not None


@pytest.mark.parametrize(
    "host", ["m\u00fcnchen.example", "\u043f\u043e\u0447\u0442\u0430.example", "\u4f8b\u3048.example"]
)
def test_a_name_in_one_alphabet_may_be_listed(host: str) -> None:
    assert why_not_fetched(f"http://{host}/x", (host,)) is None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canary() -> AsyncIterator[tuple[int, list[str]]]:
    """A server of the inner network; whoever reaches it is written down."""
    reached: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        reached.append(str(request.rel_url))
        return web.Response(text="secret")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1], reached
    await runner.cleanup()


@pytest.mark.asyncio(loop_scope="module")
@settings(FEW, max_examples=50)
@given(st.data())
async def test_no_spelling_of_loopback_is_reached_at_the_socket(
    canary: tuple[int, list[str]], data: st.DataObject
) -> None:
    """The door left out: whatever a client makes of the letters, the socket judges the address they end at."""
    port, reached = canary
    loopback = data.draw(st.one_of(st.just(IPv4Address("127.0.0.1")), st.ip_addresses(v=4, network="127.0.0.0/8")))
    host = data.draw(
        st.one_of(
            spelled_v4(loopback), spelled_v6(loopback), st.just(str(loopback).translate(WIDE)), st.just("localhost")
        )
    )
    async with aiohttp.ClientSession(connector=Outward().connector(), trust_env=False) as session:
        for encoded in (False, True):
            with suppress(aiohttp.ClientError, ValueError, OSError, UnicodeError):
                async with session.get(URL(f"http://{host}:{port}/", encoded=encoded), allow_redirects=False) as answer:
                    raise AssertionError(f"{host} answered {answer.status}")
    assert reached == []


@FEW
@given(st.data())
def test_a_wrapped_inner_address_is_never_a_public_one(data: st.DataObject) -> None:
    inner = data.draw(st.sampled_from(INNER).flatmap(lambda network: st.ip_addresses(v=4, network=network)))
    assert reach(data.draw(spelled_v6(inner)).strip("[]").replace("%25", "%")) is not Reach.PUBLIC
