"""Who may have files on their way in at once."""

import asyncio

from bridge.api.limits import Limits
from tests.api.conftest import running
from tests.api.test_api_files import BOUNDARY, Sender, form
from tests.file_samples import PDF


async def test_signed_forms_that_never_end_leave_places_for_who_shows_a_key(handrail, tmp_path, migrated_file):
    folder = tmp_path / "held"
    folder.mkdir()
    async with running(folder, migrated_file, Limits(body_seconds=5.0, uploads_at_once=4)) as small:
        stranger = (
            "POST /v1/files HTTP/1.1\r\nHost: x\r\nhandrail-bot: shop-bot\r\nwebhook-id: 1\r\n"
            "webhook-timestamp: 1\r\nwebhook-signature: v1,aaaa\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: 5000\r\n\r\n--"
        )
        bot, writers = Sender(small), []
        try:
            for _ in range(8):
                _, writer = await asyncio.open_connection("127.0.0.1", small.port)
                writers.append(writer)
                writer.write(stranger.encode())
                await writer.drain()
            while (answer := await bot.signed(form(PDF), secret=b"wrong" * 8)).status == 401:
                pass  # until the half-sent forms have arrived
            assert (answer.status, answer.slug) == (503, "overloaded")

            shown = [bot.send(form(PDF), headers={"Idempotency-Key": f"k{n}"}) for n in range(2)]
            assert [each.status for each in await asyncio.gather(*shown)] == [201, 201]
            assert (await bot.signed(form(PDF))).status == 201, "its address is known by now"
        finally:
            for writer in writers:
                writer.close()
                await writer.wait_closed()
