"""Addresses to show and addresses to fetch: any spelling that leads inside is refused."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.addresses import Reach, reach
from bridge.domain.web_addresses import why_not_fetched, why_not_shown

HOSTS = ("cdn.shop.example", "xn--bcher-kva.example", "8.8.8.8")
INSIDE = (
    "http://localhost/x",
    "http://LOCALHOST/x",
    "http://localhost./x",
    "http://localhost.localdomain/x",
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0177.0.0.1/",
    "http://0x7f.0.0.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://017700000001/",
    "http://127.0.0.1./",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fec0::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[ff02::1]/",
    "http://[::]/",
    "http://0.0.0.0/",
    "http://0/",
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://127。0。0。1/",
    "http://127.0.0.1/",
    "http://localhost/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://①②⑦.⓪.⓪.①/",
    "http://metadata.google.internal/",
    "http://printer.local/",
)
TRICKS = (
    "gopher://cdn.shop.example/x",
    "file:///etc/passwd",
    "ftp://cdn.shop.example/x",
    "data:text/html,x",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "//cdn.shop.example/x",
    "cdn.shop.example/x",
    "/x",
    "",
    "http:cdn.shop.example",
    "http:/cdn.shop.example",
    "http:///cdn.shop.example",
    "http://",
    "http://?x",
    "http://user@cdn.shop.example/",
    "http://user:pw@cdn.shop.example/",
    "http://cdn.shop.example@127.0.0.1/",
    "http://127.0.0.1\\@cdn.shop.example/",
    "http://cdn.shop.example\\@127.0.0.1/",
    "http:\\\\cdn.shop.example\\x",
    "http://cdn.shop.example#@127.0.0.1/ ",
    "http://cdn.shop%2eexample/",
    "http://cdn.shop.example:80:80/",
    "http://cdn.shop.example:x/",
    "http://cdn.shop.example:-1/",
    "http://cdn.shop.example:99999/",
    "http://cdn..shop.example/",
    "http://.cdn.shop.example/",
    "http://[::1/",
    "http://::1/",
    "http://[v1.x]/",
    " http://cdn.shop.example/",
    "http://cdn.shop.example/\n",
    "http://cdn.shop.example/ x",
    "http://cdn.shop.example/\u2028",
    "http://cdn.shop。example/",
    "http://cdn.shop.example/<x>",
    "http://" + "a" * 3000,
)


@pytest.mark.parametrize("url", [*INSIDE, *TRICKS])
def test_no_spelling_leads_inside_even_if_somebody_lists_it(url):
    listed = (
        *HOSTS,
        "localhost",
        "127.0.0.1",
        "::1",
        "0x7f000001",
        "127.1",
        "metadata.google.internal",
        "printer.local",
    )
    assert why_not_fetched(url, listed) is not None


@pytest.mark.parametrize("url", TRICKS)
def test_no_trick_is_shown_as_a_link(url):
    assert why_not_shown(url) is not None


@pytest.mark.parametrize("port", [0, 1, 22, 25, 79, 81, 442, 444, 8080, 65535])
def test_only_two_ports_are_fetched(port):
    assert why_not_fetched(f"http://cdn.shop.example:{port}/x", HOSTS) is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.shop.example/r.pdf",
        "http://cdn.shop.example",
        "HTTPS://CDN.Shop.Example:443/r.pdf?a=1&b=%20#c",
        "http://cdn.shop.example:80/",
        "https://cdn.shop.example./x",
        "https://bücher.example/x",
        "https://xn--bcher-kva.example/ä",
        "http://8.8.8.8/x",
    ],
)
def test_a_listed_public_host_is_fetched(url):
    assert why_not_fetched(url, HOSTS) is None


@pytest.mark.parametrize("url", ["https://other.example/", "https://shop.example/", "https://a.cdn.shop.example/"])
def test_an_unlisted_host_is_not_fetched_but_shown(url):
    assert why_not_fetched(url, HOSTS) is not None
    assert why_not_shown(url) is None


@given(st.integers(0, 2**32 - 1))
def test_a_listed_literal_is_fetched_only_if_it_is_public(number):
    host = str(IPv4Address(number))
    assert (why_not_fetched(f"http://{host}/", [host]) is None) == (reach(host) is Reach.PUBLIC)


@given(st.integers(0, 2**128 - 1))
def test_a_listed_six_literal_is_fetched_only_if_it_is_public(number):
    host = str(IPv6Address(number))
    assert (why_not_fetched(f"http://[{host}]/", [host]) is None) == (reach(host) is Reach.PUBLIC)


@given(st.text(max_size=80))
def test_any_text_gets_an_answer(text):
    for url in (text, f"http://{text}", f"http://{text}@localhost/"):
        why_not_shown(url)
        why_not_fetched(url, [text])
