"""The composition root: the only file that knows every room, and the order they start and stop in."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import structlog
from aiohttp import web
from yarl import URL

from bridge import logs
from bridge.api.call import Api
from bridge.api.limits import server_settings
from bridge.api.mount import add_api, add_fallback
from bridge.api.platforms import add_platforms
from bridge.console import Insides, add_console
from bridge.delivery.dispatcher import Dispatcher
from bridge.demo_secrets import FOLDER, with_demo_secrets
from bridge.desk.desk import Desk
from bridge.domain.alarms import Trouble
from bridge.domain.refs import ThreadRef
from bridge.jobs.catching_up import LOOK_EVERY, CatchUp
from bridge.jobs.jobs import Jobs
from bridge.jobs.turns import Sweep
from bridge.kinds import KINDS, load_book
from bridge.lag import LoopWatch
from bridge.metrics import Metrics
from bridge.ports.clock import Clock, SystemClock
from bridge.readiness import Readiness
from bridge.reloading import Reloader
from bridge.rulebook.book import RuleBook
from bridge.rulebook.reload import Rules, Source
from bridge.rulebook.rights import too_open
from bridge.rulebook.watching import Watch
from bridge.seat import Seat
from bridge.shores import Shores
from bridge.store.address import parse_url
from bridge.store.database import migrate
from bridge.store.store import Store

log = structlog.get_logger(__name__)

GRACE = 3.0
"""Seconds requests in flight, and then deliveries in flight, have to finish once a stop was asked for.

All graces together stay under the 15 s in which the daemon has to be gone.
"""
DEMO = "/demo"
WATCH_EVERY = timedelta(seconds=2)
"""Between two looks at the config file."""


class Daemon:
    """Everything that runs, from one config file. `start` returns once it is ready; `stop` within 15 s."""

    def __init__(
        self, config: Path, env: Mapping[str, str], *, port: int | None = None, clock: Clock | None = None,
        data_dir: Path = FOLDER,
    ) -> None:  # fmt: skip
        self._clock = clock or SystemClock()
        self._env = with_demo_secrets(env, data_dir)
        self._data_dir = data_dir
        book = load_book(config, self._env)
        _warn_of_rights(config, book)
        self._listener = _listener(book.server.host, book.server.port if port is None else port)
        self.port: int = self._listener.getsockname()[1]
        source = Source(config, self._env, KINDS, adapt=lambda book: _at_port(book, self.port))
        self.rules = Rules(book, source, at=self._clock.now())
        self._watch = Watch(config)
        self.metrics = Metrics()
        self.shores = Shores(self._clock)
        self._loop = LoopWatch(self.metrics, on_long=self._stood_still, on_calm=self._turns_again)
        self._draining = asyncio.Event()
        self._left = contextlib.AsyncExitStack()

    @property
    def url(self) -> str:
        return self.rules.current.server.public_url

    @property
    def demo(self) -> bool:
        """The demo bot speaks on loopback only: beyond it nobody should find a toy shop."""
        demo = self.rules.current.demo
        return demo is not None and demo.enabled and _is_loopback(self.rules.current.server.host)

    async def start(self) -> None:
        """Store, desk, delivery, listener, jobs, then the platforms: whoever reports finds the desk ready."""
        book = self.rules.current
        try:
            seat = Seat(self._data_dir)
            self._left.callback(seat.leave)
            await migrate(book.store_url)
            self.store = await self._opened(book)
            self.desk = Desk(store=self.store, rules=self.rules, clock=self._clock, chats=self.shores.chats)
            self._left.push_async_callback(self.desk.crowds.stop)
            self._left.push_async_callback(self.shores.close)
            await self.shores.take(self.shores.build(book))
            self.reloader = Reloader(
                rules=self.rules, shores=self.shores, store=self.store, clock=self._clock, metrics=self.metrics,
                watch=self._watch,
            )  # fmt: skip
            rules = Sweep("rules", WATCH_EVERY, self.reloader.look)
            self.catch_up = CatchUp(self.desk, self.store, self.shores.chats, self._clock, self.metrics)
            jobs = Jobs(
                desk=self.desk, store=self.store, rules=self.rules, clock=self._clock, metrics=self.metrics,
                further=[rules, Sweep("missed", LOOK_EVERY, self.catch_up)], chats=self.shores.chats,
            )  # fmt: skip
            self.dispatcher = Dispatcher(
                self.store, self.rules, self.shores.chats, self.shores.bots, self._clock, metrics=self.metrics,
                on_back=jobs.platform_back, holder=seat.take(),
            )  # fmt: skip
            self.reloader.attach(self.dispatcher)
            await self.dispatcher.start()
            self._left.push_async_callback(self.dispatcher.stop, GRACE)
            await self._listen()
            await jobs.start()
            self._left.push_async_callback(self.catch_up.stop)
            self._left.push_async_callback(jobs.stop)
            self._left.push_async_callback(self.reloader.stop)
            self.shores.attend(self.desk.handle, self.store.ownership)
            # Only now: nobody waits for a loop that is still building its pages.
            self._loop.start()
            self._left.push_async_callback(self._loop.stop)
        except BaseException:
            await self.stop()
            raise
        log.info("ready", port=self.port, rules=book.digest, platforms=sorted(self.shores.chats))

    async def stop(self) -> None:
        """Take no more calls, finish what runs, keep the rest for the next start."""
        self._draining.set()
        await self.shores.hang_up()
        await self._left.aclose()
        self._listener.close()
        log.info("stopped")

    async def invite(self, name: str, *, admin: bool) -> str:
        """A sign-in link that works once."""
        return f"{self.url}/sign-in/{await self.store.sessions.invite(name, admin=admin, by='system:daemon')}"

    async def _opened(self, book: RuleBook) -> Store:
        store = await Store.open(book.store_url, clock=self._clock, files_url=book.files_url)
        self._left.push_async_callback(store.close)
        await store.start()
        return store

    async def _listen(self) -> None:
        """One listener for bots, console and demo."""
        app = web.Application()
        server = self.rules.current.server
        token = server.metrics_token
        ready = Readiness(
            store=self.store, rules=self.rules, clock=self._clock, draining=self._draining,
            loop=lambda: self._loop.trouble, reading=self.catch_up.reading,
        )  # fmt: skip
        api = Api(
            desk=self.desk, store=self.store, rules=self.rules, clock=self._clock, metrics=self.metrics,
            on_bot_call=self.dispatcher.bot_called, ready=ready.troubles, degraded=ready.degraded,
            permalink=self._permalink, public_url=self.url, draining=self._draining,
            metrics_token=token.reveal() if token else None, metrics_open=_is_loopback(server.host),
        )  # fmt: skip
        add_api(app, api)
        add_console(
            app, desk=self.desk, store=self.store, rules=self.rules, clock=self._clock, public_url=self.url,
            demo=self.demo, permalink=self._permalink, reload=self.reloader.reload, recount=self.reloader.recount,
            insides=Insides(
                chats=self.shores.chats, last_success=self.dispatcher.last_success, noted=logs.noted,
                reading=self.catch_up.reading,
            ),
        )  # fmt: skip
        add_platforms(app, self.shores.chats, api.limits, self.url, self._draining.is_set)
        if self.demo:
            self._add_demo(app)
        add_fallback(app, api.limits, self.url)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=GRACE, **server_settings())
        await runner.setup()
        self._left.push_async_callback(runner.cleanup)
        await web.SockSite(runner, self._listener).start()

    def _add_demo(self, app: web.Application) -> None:
        from bridge.demo.app import Settings, build_demo  # noqa: PLC0415 - a site without the demo never loads it

        demo = self.rules.current.demo
        entry = self.rules.current.bots.get(demo.bot) if demo else None
        if entry is None or entry.callback is None or not entry.secrets:
            return
        settings = Settings(
            api_url=f"http://{_address(self.rules.current.server.host)}:{self.port}",
            bot=entry.name,
            signing_secret=entry.secrets[0].reveal(),
            callback_secret=entry.callback.secrets[0].reveal(),
            data_dir=self._data_dir / "demo",
        )
        app.add_subapp(f"{DEMO}/", build_demo(settings))

    def _permalink(self, thread: ThreadRef) -> str | None:
        chat = self.shores.chats.get(thread.lane.platform)
        return chat.permalink(thread) if chat is not None else None

    async def _stood_still(self, seconds: float) -> None:
        await self.store.alarms.begin("loop-lag", Trouble.LOOP_LAG, {"seconds": round(seconds)}, self._clock.now())

    async def _turns_again(self) -> None:
        await self.store.alarms.end("loop-lag", self._clock.now())


async def serve(config: Path, *, port: int | None = None) -> None:
    """Run until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    daemon = Daemon(config, os.environ, port=port)
    # Before the start: until there is a handler, a SIGHUP ends the process.
    reload = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    await daemon.start()
    try:
        loop.add_signal_handler(signal.SIGHUP, daemon.reloader.soon)
        if reload.is_set():
            daemon.reloader.soon()
        if _is_loopback(daemon.rules.current.server.host):
            await _welcome(daemon)
        _settle_down()
        await stop.wait()
    finally:
        await daemon.stop()


def _settle_down() -> None:
    """Libraries, models and pages stay as long as we do: looking through them again and again held up every answer."""
    gc.collect()
    gc.freeze()


async def _welcome(daemon: Daemon) -> None:
    """The two addresses a newcomer needs. Printed on loopback only: a sign-in link does not belong into shared logs."""
    lines = [f"  Console   {await daemon.invite('Admin', admin=True)}   (works once)"]
    if daemon.demo:
        lines.append(f"  Webchat   {daemon.url}{DEMO}/   (talk to the shop bot, ask for a person)")
    lines.append("  A colleague: handrail console invite Ben.  Stop: Ctrl-C.")
    print("\n".join(["", *lines, ""]), flush=True)  # noqa: T201 - this is the command's answer


def _warn_of_rights(config: Path, book: RuleBook) -> None:
    """A daemon that starts says which files others on this machine may get at; it starts all the same."""
    address = parse_url(book.store_url)
    database = Path(address.path).expanduser() if address.dialect == "sqlite" else None
    for found in too_open(config, database):
        log.warning("file_rights_too_open", what=found.what, mode=f"{found.mode:o}", fix=found.fix)


def _listener(host: str, port: int) -> socket.socket:
    """Bound before anything else starts, so that the port is known and a second daemon fails at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"cannot listen on {_address(host)}:{port}: {error.strerror}") from None
    return listener


def _at_port(book: RuleBook, port: int) -> RuleBook:
    """The rulebook for the port we really listen on: our own address and the demo bot's follow it."""
    server = book.server
    own = f"http://{_address(server.host)}:{server.port}"
    here = f"http://{_address(server.host)}:{port}"
    public = here if server.public_url == own else server.public_url
    bots = dict(book.bots)
    entry = bots.get(book.demo.bot) if book.demo else None
    if entry is not None and entry.callback is not None and URL(entry.callback.url).path == f"{DEMO}/callback":
        callback = replace(entry.callback, url=f"{here}{DEMO}/callback")
        bots[entry.name] = replace(entry, callback=callback)
    return replace(book, server=replace(server, port=port, public_url=public), bots=bots)


def _address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
