"""Input that looks bad and is taken, unchanged."""

import json

import pytest

GOOD = {"conversation": {"external_id": "web-1"}}


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> <@U123> @everyone <!subteam^S1|x>",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "=HYPERLINK(1)\t+1 -1 @x",
        "\x1b[31mred\x07\x08\x7f\x85",
        "line\r\nline\u2028line",
        "\u202eeversed\u200d\u200c\ufeff",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿👩‍👩‍👧‍👦",
        "\ufffe\uffff\U0010ffff",
        "' OR 1=1; DROP TABLE tickets; --",
        "{{7*7}} ${7*7} %s %n",
        "../../etc/passwd",
        " ",
        "x" * 40_000,
    ],
)
async def test_words_of_a_person_are_never_refused_or_changed(handrail, text):
    ticket = await handrail.escalated({**GOOD, "title": text, "description": text})
    posted = await handrail.call("POST", f"/v1/tickets/{ticket}/messages", {"text": text})
    assert posted.status == 201
    lines = (await handrail.call("GET", f"/v1/tickets/{ticket}/transcript")).json["messages"]
    assert [line["text"] for line in lines] == [text]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Ma\U000e0041\U000e007fra", "Mara"),
        ("\u202eaM\u2066ra\u2069\u200f\u061c", "aMra"),
        ("\u0645\u0649\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u0649\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("  Mara\n\tLind\x00".replace("\x00", "\x1b"), "Mara Lind"),
        ("=cmd()", "=cmd()"),
        ("<!channel>", "<!channel>"),
        ("\u041c\u0430\u0301ra", "\u041c\u0430\u0301ra"),
        ("\U000e0041", None),
        ("x" * 300, "x" * 300),
    ],
)
async def test_names_are_cleaned_of_what_hides_and_nothing_else(handrail, sent, kept):
    answer = await handrail.call("POST", "/v1/tickets", {"user": {"external_id": "u", "name": sent}})
    assert answer.status == 201
    assert answer.json["user"]["name"] == kept


@pytest.mark.parametrize(
    "name",
    [
        "web-8812",
        "+4917012345",
        "-100123",
        "whatsapp:+4917012345",
        "auth0|5f7c8ec7",
        "19:meeting_x@thread.v2",
        "!room:server.example",
        "a/b",
        "mara@shop.example",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "YWJj+/=",
        "a" * 200,
    ],
)
async def test_ids_in_all_usual_spellings(handrail, name):
    answer = await handrail.call("POST", "/v1/tickets", {"conversation": {"external_id": name}})
    assert (answer.status, answer.json["conversation"]["external_id"]) == (201, name)


async def test_a_title_that_hurts_other_engines_is_routed_at_once(handrail):
    answer = await handrail.call("POST", "/v1/tickets", {**GOOD, "title": "a" * 50_000 + "!"})
    assert (answer.status, answer.json["ticket"]["route"]) == (201, "fallback")


async def test_the_limits_themselves_are_inside(handrail):
    body = {
        **GOOD,
        "transcript": [{"from": "user", "text": "x"}] * 500,
        "metadata": {"k" * (8192 - 8): ""} | {},
        "attributes": {"a": "x" * (8192 - 8)},
        "tags": ["x"] * 50,
        "reason": {"code": "something_new", "confidence": 1},
        "capabilities": {"max_text": 1},
    }
    answer = await handrail.signed("POST", "/v1/tickets", body)
    assert answer.status == 201, answer.raw


async def test_a_body_of_exactly_the_limit_is_read(handrail):
    raw = json.dumps(GOOD).encode()
    padded = raw + b" " * (256 * 1024 - len(raw))
    assert (await handrail.signed("POST", "/v1/tickets", padded)).status == 201


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; profile=x",
    ],
)
async def test_json_in_all_usual_spellings(handrail, media):
    answer = await handrail.call(
        "POST", "/v1/tickets", GOOD, headers={"Content-Type": media, "Content-Encoding": "identity"}
    )
    assert answer.status == 201


async def test_a_listed_file_address_is_taken(handrail):
    ticket = await handrail.escalated()
    attachments = [
        {"url": "https://cdn.shop.example/a/receipt.pdf?x=1"},
        {"url": "https://cdn.shop.example/", "name": "../x.pdf"},
    ]
    answer = await handrail.call("POST", f"/v1/tickets/{ticket}/messages", {"text": "x", "attachments": attachments})
    assert answer.status == 201
    lines = (await handrail.call("GET", f"/v1/tickets/{ticket}/transcript")).json["messages"]
    assert [each["name"] for each in lines[0]["attachments"]] == ["receipt.pdf", "x.pdf"]
