"""What one person is told privately after a click, a command or a message."""

from typing import Final

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.chat.slack.events.clicks import Place
from adapters.chat.slack.platform.calls import SlackCalls
from adapters.chat.slack.render.answers import answer_blocks
from bridge.domain.errors import DeliveryError
from bridge.domain.paint import Answer, HomePage, Nothing, Notice

log = structlog.get_logger(__name__)

RESPONSE_HOST: Final = "hooks.slack.com"
SORRY: Final = Notice(
    line=("Nothing happened: this cannot be saved right now. Please try again in a minute.",), refused=True
)


class Answers:
    """Gives answers once and as well as it can: an answer that does not arrive is lost with its moment."""

    def __init__(self, calls: SlackCalls, api_url: str) -> None:
        self._calls = calls
        self._api = URL(api_url)

    @property
    def calls(self) -> SlackCalls:
        return self._calls

    @property
    def client(self) -> AsyncWebClient:
        return self._calls.client

    async def give(self, place: Place, answer: Answer) -> None:
        if isinstance(answer, Nothing | HomePage):
            if place.ephemeral:
                await self._respond(place, {"delete_original": True})
            return
        if not place.channel:
            return
        painted = answer_blocks(answer)
        if place.ephemeral or place.thread is None:
            body = {**painted, "response_type": "ephemeral", "replace_original": place.ephemeral}
            if await self._respond(place, body):
                return
        try:
            await self._calls(
                "chat.postEphemeral", channel=place.channel, user=place.user, thread_ts=place.thread, **painted
            )
        except DeliveryError as error:
            log.warning("slack_answer_lost", reason=error.reason)

    async def _respond(self, place: Place, body: dict[str, object]) -> bool:
        """Use the interaction's own way back, which works even where we are no member. False if there is none."""
        session = self._calls.client.session
        if place.response_url is None or session is None or not self._trusted(place.response_url):
            return False
        try:
            async with session.post(place.response_url, json=body) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("slack_answer_lost", reason=type(error).__name__)
            return True

    def _trusted(self, address: str) -> bool:
        try:
            url = URL(address)
        except ValueError:
            return False
        if url.host == RESPONSE_HOST:
            return url.scheme == "https"
        # Another server speaks for Slack (`api_url`): it may name only itself.
        return self._api.host != "slack.com" and url.origin() == self._api.origin()
