"""A config file → the rulebook, or every complaint about it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path as FilePath
from zoneinfo import ZoneInfo

from bridge.domain.policy import StepKind
from bridge.domain.refs import BotName, Lane
from bridge.rulebook.book import DemoSettings, RouteTest, RuleBook, ServerEntry, TeamEntry, frozen
from bridge.rulebook.build_match import Matches
from bridge.rulebook.build_policy import CHANNEL_TEAM, Policies, Site
from bridge.rulebook.build_routes import Routes
from bridge.rulebook.build_shores import Kinds, Shores
from bridge.rulebook.build_times import Clocks, Names, calendar_of
from bridge.rulebook.complaints import Complaints, Path
from bridge.rulebook.cross import check_addresses, check_book, check_literals, check_tests
from bridge.rulebook.models import File
from bridge.rulebook.models_rules import Test
from bridge.rulebook.models_shores import SecretRef, Where
from bridge.rulebook.secret import Resolver, Secret
from bridge.rulebook.source import Plain, Source, read
from bridge.rulebook.wording import understood

ANY_KIND = Kinds()


def load(path: FilePath, env: Mapping[str, str], kinds: Kinds = ANY_KIND) -> RuleBook:
    """Raises: RulebookError with every complaint, in the order of the file."""
    source, complaints = read(path)
    book = _book(source, env, kinds, complaints)
    complaints.raise_if_any()
    if book is None:  # pragma: no cover - a file without a book has complaints
        raise AssertionError("a refused file without a complaint")
    return book


def _book(source: Source, env: Mapping[str, str], kinds: Kinds, complaints: Complaints) -> RuleBook | None:
    data = source.data
    if not isinstance(data, dict):
        return None
    check_literals(data, complaints)
    file = understood(data, complaints)
    if file is None:
        return None
    return _Builder(file, data, Resolver(env, source.folder, complaints), kinds, complaints).book(source.file)


def _names(data: Mapping[str, Plain]) -> Names:
    sections = ("platforms", "bots", "members", "teams", "calendars", "ladders", "approvals")
    found = (data.get(section) for section in sections)
    return Names(*(frozenset(section) if isinstance(section, dict) else frozenset() for section in found))


class _Builder:
    """Builds section after section; what one refuses the others do without."""

    def __init__(
        self, file: File, data: Mapping[str, Plain], resolver: Resolver, kinds: Kinds, complaints: Complaints
    ) -> None:
        self._file = file
        self._data = data
        self._names = _names(data)
        self._resolver = resolver
        self._complaints = complaints
        self._shores = Shores(self._names, kinds, resolver, complaints)

    def book(self, path: str) -> RuleBook:
        file, names = self._file, self._names
        # Secrets are only named in it, so the digest tells rules apart and gives nothing away.
        digest = sha256(json.dumps(self._data, sort_keys=True).encode()).hexdigest()[:12]
        calendars = {
            name: calendar_of(name, model, file.timezone, self._complaints) for name, model in file.calendars.items()
        }
        clocks = Clocks(calendars, names, self._complaints)
        ladders = {name: clocks.ladder(name, model, ("ladders", name)) for name, model in file.ladders.items()}
        site = Site(digest=digest, names=names, shores=self._shores, clocks=clocks, ladders=ladders, words=file.words)
        platforms = {name: self._shores.platform(name, model) for name, model in file.platforms.items()}
        bots = {BotName(name): self._shores.bot(name, model) for name, model in file.bots.items()}
        matches = Matches({name: bot.attributes for name, bot in bots.items()}, clocks, self._complaints)
        routes = Routes(matches, Policies(site, self._complaints), self._complaints)
        kinds_here = {entry.kind for entry in platforms.values()}
        teams = {name: self._shores.team(name, model) for name, model in file.teams.items()}
        teams.setdefault(CHANNEL_TEAM, TeamEntry(name=CHANNEL_TEAM, members_of_channel=True))
        book = RuleBook(
            digest=digest,
            path=path,
            timezone=file.timezone,
            server=self._server(),
            store_url=self._address("store", file.store.url),
            files_url=self._address("files", file.files.url),
            platforms=frozen(platforms),
            bots=frozen(bots),
            members=frozen({name: frozen(entry) for name, entry in file.members.items()}),
            teams=frozen(teams),
            calendars=frozen(calendars),
            ladders=frozen(ladders),
            approvals=frozen({name: clocks.approval(name, model) for name, model in file.approvals.items()}),
            alarms=tuple(
                self._shores.lane(("alarms", "to", index), where)
                for index, where in enumerate(file.alarms.to if file.alarms else ())
            ),
            demo=DemoSettings(enabled=file.demo.enabled, bot=BotName(file.demo.bot)) if file.demo else None,
            root=routes.tree(file.routes, bots),
            tests=tuple(self._test(index, test) for index, test in enumerate(file.tests)),
            lines=frozen(routes.lines),
            _accounts=self._shores.members(file.members, kinds_here),
        )
        check_book(book, names, self._complaints)
        check_tests(book, self._complaints)
        return book

    def _places(self, wheres: Sequence[Where], path: Path) -> frozenset[Lane]:
        lanes = (self._shores.lane((*path, index), where) for index, where in enumerate(wheres))
        return frozenset(lane for lane in lanes if lane is not None)

    def _server(self) -> ServerEntry:
        server = self._file.server
        host = f"[{server.host}]" if ":" in server.host else server.host
        ref, token = server.metrics_token, None
        if ref is not None:
            token = self._resolver.read(("server", "metrics_token"), env=ref.env, file=ref.file)
        return ServerEntry(
            host=server.host,
            port=server.port,
            public_url=server.public_url or f"http://{host}:{server.port}",
            metrics_token=Secret(token) if token else None,
        )

    def _address(self, section: str, url: str | SecretRef) -> str:
        path = (section, "url")
        found = self._resolver.read(path, env=url.env, file=url.file) if isinstance(url, SecretRef) else url
        if found is not None:
            check_addresses(section, found, path, self._complaints)
        return found or ""

    def _test(self, index: int, test: Test) -> RouteTest:
        zone = ZoneInfo(self._file.timezone)
        expect = test.expect
        return RouteTest(
            name=test.name,
            at=_aware(test.at, zone) if test.at else None,
            given=test.given,
            route=expect.route,
            platform=expect.platform,
            channel=expect.channel,
            team=expect.team,
            ladder=None
            if expect.ladder is None
            else tuple((StepKind(step.do), _aware(step.at, zone)) for step in expect.ladder),
            watch=None if expect.watch is None else self._places(expect.watch, ("tests", index, "expect", "watch")),
            approval=expect.approval,
            line=self._complaints.place(("tests", index)).line,
        )


def _aware(at: datetime, zone: ZoneInfo) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)
