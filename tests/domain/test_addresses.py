import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.addresses import Reach, embedded, reach

NEVER = [
    "0.0.0.0", "0.1.2.3", "169.254.169.254", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.7",
    "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "100::1", "2001:db8::1", "3fff::1", "5f00::1",
    "64:ff9b:1::a00:1", "2001:2::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
    "2001:0:e000:1::", "4000::1", "not an address", "", "127.1",
]  # fmt: skip
INNER = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "::1",
    "fc00::1", "fd12:3456::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:a00:1", "::ffff:0:127.0.0.1",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "2002:7f00:1::", "2002:c0a8:101::1",
    "2001:0:808:808:0:0:80ff:fffe", "2a00:1450::5efe:10.0.0.1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808",
    "2002:808:808::1", "2a00:1450:4001::5efe:8.8.8.8",
]  # fmt: skip


@pytest.mark.parametrize("address", NEVER)
def test_nobody_may_ever_be_reached_at(address):
    assert reach(address) is Reach.NEVER


@pytest.mark.parametrize("address", INNER)
def test_only_a_private_callback_reaches(address):
    assert reach(address) is Reach.INNER


@pytest.mark.parametrize("address", PUBLIC)
def test_everybody_reaches(address):
    assert reach(address) is Reach.PUBLIC


@pytest.mark.parametrize(
    "spelling",
    ["127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0177.1", "127.1", "127.0.1", "localhost"],
)
def test_every_spelling_of_loopback_ends_at_an_inner_address(spelling):
    for *_, where in socket.getaddrinfo(spelling, 80, type=socket.SOCK_STREAM):
        assert reach(str(where[0])) is Reach.INNER


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_no_wrapping_makes_an_address_more_reachable(inside: IPv4Address):
    number = int(inside)
    wrapped = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0xFFFF << 48 | number),
        IPv6Address(0x64FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80),
        IPv6Address(0x20010000 << 96 | number << 64),
        IPv6Address(0x20010000 << 96 | 0x08080808 << 64 | ~number & 0xFFFFFFFF),
        IPv6Address(0x2A001450 << 96 | 0x5EFE << 32 | number),
    ]
    if number > 1:
        wrapped.append(IPv6Address(number))
    for address in wrapped:
        assert inside in embedded(address)
        assert reach(address) <= reach(inside)


@settings(deadline=None)
@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_what_the_standard_library_calls_inner_is_never_public(address):
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert reach(address) is not Reach.PUBLIC
    assert reach(str(address)) is reach(address)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_gets_a_judgement(text):
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        assert reach(text) is Reach.NEVER
