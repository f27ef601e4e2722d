"""One call to the Web API: the right verb, one attempt, and an error of ours if it does not go well."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, cast

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.chat.slack.errors import SLOW_DOWN, refusal, slow_down
from adapters.chat.slack.options import SlackOptions
from adapters.chat.slack.platform.own_posts import OwnPosts
from bridge.domain.errors import DeliveryError, OutcomeUnknown, PlatformDown, TryLater

Payload = Mapping[str, object]

SOCKET: Final = "apps.connections.open"
"""Goes by the app-level token: what becomes of it says nothing of the bot's."""

# These take no JSON body (docs.slack.dev/methods): the arguments travel in the query.
_READS: Final = frozenset(
    {
        "bots.info",
        "conversations.history",
        "conversations.info",
        "conversations.members",
        "conversations.replies",
        "files.info",
        "usergroups.list",
        "usergroups.users.list",
        "users.info",
    }
)
# Nor does this one, and it is posted.
_IN_THE_QUERY: Final = frozenset({"files.getUploadURLExternal"})


class SlackCalls:
    """Speaks the Web API with one bot token. It never retries: that is the outbox's business."""

    def __init__(self, name: str, options: SlackOptions) -> None:
        self._name = name
        self._options = options
        self._client: AsyncWebClient | None = None
        self.own = OwnPosts()
        self.granted: frozenset[str] | None = None
        """The bot token's scopes, as Slack's last answer that named them said."""
        self.slack_time: datetime | None = None
        """The Date of Slack's last answer, to the second."""
        self.refused = False
        """By the last call that says so Slack takes our bot token for dead: reading in the background waits."""

    @property
    def client(self) -> AsyncWebClient:
        """The SDK's client on our session. Only inside a running loop."""
        if self._client is None or self._client.session is None or self._client.session.closed:
            timeout = aiohttp.ClientTimeout(total=self._options.request_timeout, sock_connect=5)
            self._client = AsyncWebClient(
                token=self._options.bot_token.get_secret_value(),
                base_url=self._options.api_url,
                session=aiohttp.ClientSession(timeout=timeout),
                # The stock handler posts a message a second time when the first answer is lost.
                retry_handlers=[],
            )
        return self._client

    def budget(self, method: str) -> str:
        """The name of the pace this method has in this workspace."""
        return f"{self._name}:{method}"

    async def __call__(self, method: str, *, fine: Collection[str] = (), **arguments: object) -> Payload:
        """Call it once; arguments that are None are left out. A refusal whose code is in `fine` counts as success.

        Raises: a DeliveryError of the right class.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            with self.own.calling(given.get("metadata")):
                answer = await self._attempt(method, given)
                self.own.answered(given.get("metadata"), answer.get("ts"))
        except SlackApiError as error:
            if _code(error) in fine:
                return {}
            meant = self._meaning(method, error)
            self.refused = self.refused or (isinstance(meant, PlatformDown) and method != SOCKET)
            raise meant from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            # Refused, no such host, no TLS: nothing was sent.
            raise TryLater(f"{method}: no connection ({type(error).__name__})") from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise OutcomeUnknown(f"{method}: {type(error).__name__}") from None
        self.refused = self.refused and method == SOCKET
        self.granted = _granted(answer) or self.granted
        self.slack_time = _date(answer) or self.slack_time
        return cast("Payload", answer.data)

    async def _attempt(self, method: str, given: dict[str, object]) -> AsyncSlackResponse:
        if method in _READS:
            answer = await self.client.api_call(method, http_verb="GET", params=given)
        elif method in _IN_THE_QUERY:
            answer = await self.client.api_call(method, params=given)
        else:
            answer = await self.client.api_call(method, json=given)
        if not isinstance(answer.data, dict):
            raise OutcomeUnknown(f"{method}: unreadable answer")
        return answer

    async def socket_address(self, app_token: str) -> str:
        """A single-use address for one socket.

        Raises: a DeliveryError.
        """
        # The one call that goes by the app-level token: the SDK moves `token` into the header.
        answer = await self(SOCKET, token=app_token)
        return str(answer["url"])

    def _meaning(self, method: str, error: SlackApiError) -> DeliveryError:
        answer = error.response
        if not isinstance(answer, AsyncSlackResponse):
            return OutcomeUnknown(f"{method}: unreadable answer")
        body = answer.data if isinstance(answer.data, dict) else {}
        code = _code(error)
        if answer.status_code == 429 or code in SLOW_DOWN:
            return slow_down(code or "429", method, answer.headers.get("Retry-After"), self.budget(method))
        if answer.status_code >= 500 or not code:
            return OutcomeUnknown(f"{method}: HTTP {answer.status_code}")
        needed = body.get("needed")
        return refusal(code, method, needed=needed if isinstance(needed, str) else None)

    async def close(self) -> None:
        if self._client is not None and self._client.session is not None:
            await self._client.session.close()


def _granted(answer: AsyncSlackResponse) -> frozenset[str] | None:
    # The app-level token's own scopes come under the same name.
    if answer.api_url.endswith(SOCKET):
        return None
    said = answer.headers.get("x-oauth-scopes")
    return frozenset(scope.strip() for scope in said.split(",")) - {""} if isinstance(said, str) else None


def _date(answer: AsyncSlackResponse) -> datetime | None:
    try:
        return parsedate_to_datetime(str(answer.headers.get("Date"))).astimezone(UTC)
    except ValueError:
        return None


def _code(error: SlackApiError) -> str:
    """Slack's own word for the refusal; empty if the answer had none."""
    body = error.response.data if isinstance(error.response, AsyncSlackResponse) else None
    return str(body.get("error") or "") if isinstance(body, dict) else ""
