"""What strangers send to the demo bot: a refusal, and never an error of ours."""

import time

import pytest


@pytest.mark.parametrize(
    "signature",
    ["v1", "v1,", ",", "v1,a,b", "v1,not base64!", "v1,AAAA", "v9,AAAA", "\N{LATIN SMALL LETTER E WITH ACUTE}"],
)
@pytest.mark.parametrize("body", [b"{}", b"", b"\xff\xfe", b"[" * 5000])
async def test_a_callback_with_an_odd_signature_is_not_recognised(page, signature, body):
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(int(time.time())), "webhook-signature": signature}
    async with page.http.post(page.callback, data=body, headers=headers) as got:
        assert got.status == 401


@pytest.mark.parametrize("stamp", ["", "soon", "-1", "1e9", "9" * 400])
async def test_a_callback_from_no_time_is_not_recognised(page, stamp):
    headers = {"webhook-id": "evt_1", "webhook-timestamp": stamp, "webhook-signature": "v1,AAAA"}
    async with page.http.post(page.callback, data=b"{}", headers=headers) as got:
        assert got.status == 401


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b'{"text": 7}', b'{"text": ""}', b'{"text": "\\ud800"}', b"\xff", b"{" * 5000]
)
async def test_words_that_are_none_are_refused(page, body):
    line = f"{page.base}/talks/{page.visitor}/lines/{page.visitor}"
    async with page.http.post(line, data=body) as got:
        assert got.status == 400
    assert await page.texts() == []
