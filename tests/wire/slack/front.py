"""The one address several workspaces share: each call goes to whose token it carries."""

from email.utils import format_datetime
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.wire.slack.gate import token_of
from tests.wire.slack.workspace import Payload

if TYPE_CHECKING:
    from tests.wire.slack.server import SlackServer


class Front:
    """The first of `homes` answers for tokens nobody knows."""

    def __init__(self, first: "SlackServer") -> None:
        self.homes = [first]
        self._web: TestServer | None = None

    def adopt(self, other: "SlackServer") -> None:
        other.front = self
        other.methods.files.origin = self.address("")
        self.homes.append(other)

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/socket/{ticket}", self._socket)
        app.router.add_post("/response/{id}", self._response)
        app.router.add_post("/upload/{id}", self._upload)
        app.router.add_get("/files-pri/{id}/{path:.*}", self._download)
        self._web = TestServer(app)
        await self._web.start_server()
        for home in self.homes:
            home.methods.files.origin = self.address("")

    async def close(self) -> None:
        for home in self.homes:
            await home.close()
        if self._web is not None:
            await self._web.close()

    def address(self, path: str) -> str:
        assert self._web is not None, "the server is not running"
        return str(self._web.make_url(path)).rstrip("/") + ("/" if path.endswith("/") else "")

    async def _api(self, request: web.Request) -> web.StreamResponse:
        token = token_of(request)
        given = await _arguments(request)
        refresh = given.get("refresh_token")
        found = (one for one in self.homes if one.gate.knows(token) or one.rotation.knows(refresh))
        home = next(found, self.homes[0])
        answer = await home.api(request, given)
        if not answer.prepared:
            answer.headers["Date"] = format_datetime(home.now(), usegmt=True)
            if token == home.bot_token:
                answer.headers["X-OAuth-Scopes"] = ",".join(sorted(home.scopes))
        return answer

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.match_info["ticket"]
        home = next((home for home in self.homes if home.sockets.knows(ticket)), self.homes[0])
        return await home.sockets.serve(request)

    async def _response(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]
        home = next((home for home in self.homes if home.response_urls.knows(name)), self.homes[0])
        return await home.response_urls.serve(request)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file = request.match_info["id"]
        return await next((h for h in self.homes if file in h.methods.files.files), self.homes[0]).upload(request)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        team = request.match_info["id"].partition("-")[0]
        home = next((home for home in self.homes if home.workspace.team == team), self.homes[0])
        return await home.download(request, token_of(request))


async def _arguments(request: web.Request) -> Payload:
    given: Payload = dict(request.query)
    if request.content_type == "application/json" and request.can_read_body:
        given |= await request.json()
    elif request.can_read_body:
        given |= dict(await request.post())
    given.pop("token", None)
    return given
