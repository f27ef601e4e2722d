"""Platforms, bots, members and teams: from the file's models to the rulebook's entries, secrets resolved."""

import ipaddress
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bridge.domain.buckets import Rate
from bridge.domain.refs import BOT_SHORE, CONSOLE, BotName, Lane, MemberKey
from bridge.rulebook import models_shores as written
from bridge.rulebook.book import BotEntry, Callback, PlatformEntry, TeamEntry, frozen, key_hash
from bridge.rulebook.build_times import ASSIGNEE, TEAM, Names
from bridge.rulebook.complaints import Complaints, Path, check_known, quoted
from bridge.rulebook.secret import Resolver, Secret, signing_key
from bridge.rulebook.source import Plain

_LEAST_KEY = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """The kinds of platforms and bots this program can speak to; None: whoever builds them will find out."""

    chat: Collection[str] | None = None
    bots: Collection[str] | None = None
    judge: Callable[[str, Mapping[str, object]], Sequence[tuple[Path, str]]] | None = None
    """A platform's kind and its options, secrets resolved → what its adapter finds wrong: where in them, and a sentence
    that repeats no value (`wording.sentences` makes them from pydantic's error)."""
    own: Callable[[str], Collection[str]] | None = None
    """A platform's kind → options that no two entries may share: two connections of one app share its events."""


class Shores:
    """Builds the entries one by one and complains on the way."""

    def __init__(self, names: Names, kinds: Kinds, resolver: Resolver, complaints: Complaints) -> None:
        self._names = names
        self._kinds = kinds
        self._resolver = resolver
        self._complaints = complaints
        self._owned: dict[tuple[str, str, Plain], str] = {}
        """Kind, option and value → the first entry that has it."""

    def platform(self, name: str, model: written.Platform) -> PlatformEntry:
        path: Path = ("platforms", name)
        if name in {CONSOLE, BOT_SHORE}:
            self._complaints.add_key(path, f"{name} is Handrail's own; call the platform something else")
        if self._kinds.chat is not None:
            check_known(self._complaints, (*path, "kind"), model.kind, ("kind of platform", self._kinds.chat))
        options: dict[str, Plain] = dict(model.model_extra or {})
        resolved = {key: self._resolver.resolved((*path, key), value) for key, value in options.items()}
        if self._kinds.judge is not None and not self._complaints.touches(path):
            for where, sentence in self._kinds.judge(model.kind, resolved):
                self._complaints.add((*path, *where), sentence)
        for key in self._kinds.own(model.kind) if self._kinds.own is not None else ():
            value = resolved.get(key)
            if isinstance(value, str) and (first := self._owned.setdefault((model.kind, key, value), name)) != name:
                self._complaints.add((*path, key), f"is that of {first} as well; each entry needs one of its own")
        return PlatformEntry(name=name, kind=model.kind, options=frozen(resolved))

    def bot(self, name: str, model: written.Bot) -> BotEntry:
        path: Path = ("bots", name)
        if self._kinds.bots is not None:
            check_known(self._complaints, (*path, "kind"), model.kind, ("kind of bot", self._kinds.bots))
        if model.kind == "webhook" and not model.keys and not model.secrets and not self._complaints.touches(path):
            self._complaints.add(path, "nobody can call as this bot: add `keys` or `secrets`")
        keys = [self._key((*path, "keys", index), key) for index, key in enumerate(model.keys)]
        secrets = [self._signing((*path, "secrets", index), ref) for index, ref in enumerate(model.secrets)]
        for index, host in enumerate(model.file_hosts):
            if not host or any(letter in "/:@ \\?#" for letter in host):
                self._complaints.add((*path, "file_hosts", index), f"{quoted(host)} is not a host name")
        return BotEntry(
            name=BotName(name),
            kind=model.kind,
            keys=tuple(key for key in keys if key),
            secrets=tuple(secret for secret in secrets if secret),
            callback=self._callback((*path, "callback"), model.callback) if model.callback else None,
            attributes=frozen(model.attributes),
            file_hosts=tuple(host.lower().rstrip(".") for host in model.file_hosts),
            rate=Rate(per_second=model.rate.per_second, burst=model.rate.burst),
        )

    def _key(self, path: Path, ref: written.KeyRef) -> str | None:
        if ref.sha256 is not None:
            return ref.sha256.lower()
        value = self._resolver.read(path, env=ref.env, file=ref.file)
        if value is None:
            return None
        if len(value) < _LEAST_KEY:
            self._complaints.add(path, f"this key is shorter than {_LEAST_KEY} characters; make one: handrail bots new")
        return key_hash(value)

    def _signing(self, path: Path, ref: written.SecretRef) -> Secret | None:
        value = self._resolver.read(path, env=ref.env, file=ref.file)
        if value is None:
            return None
        if signing_key(value) is None:
            where = ref.env or ref.file
            self._complaints.add(
                path, f"{quoted(where)} does not hold a signing secret: whsec_ and 24 bytes or more in base64"
            )
        return Secret(value)

    def _callback(self, path: Path, model: written.Callback) -> Callback:
        refs = [((*path, "secret"), model.secret)] if model.secret else []
        refs += [((*path, "secrets", index), ref) for index, ref in enumerate(model.secrets)]
        if not refs and not self._complaints.touches(path):
            self._complaints.add(path, "secret is missing: callbacks are signed")
        if _is_inner(model.url) and not model.private:
            self._complaints.add((*path, "url"), "is an address inside your own network; add private: true to allow it")
        secrets = [self._signing(here, ref) for here, ref in refs]
        return Callback(
            url=model.url,
            secrets=tuple(secret for secret in secrets if secret),
            events=None if model.events == "all" else written.named_events(model.events),
            private=model.private,
        )

    def lane(self, path: Path, where: written.Where) -> Lane | None:
        """None is the console, and also what is not a lane: then there is a complaint."""
        if where.platform == CONSOLE:
            if where.channel is not None:
                self._complaints.add((*path, "channel"), "the console has no channels")
            return None
        known = check_known(self._complaints, (*path, "platform"), where.platform, self.platforms)
        if where.channel is None:
            self._complaints.add(path, "channel is missing (expected e.g. C0123)")
            return None
        return Lane(where.platform, where.channel) if known else None

    @property
    def platforms(self) -> tuple[str, Collection[str]]:
        return "platform", [*sorted(self._names.platforms), CONSOLE]

    def members(
        self, members: Mapping[str, written.Member], kinds: Collection[str]
    ) -> dict[tuple[str, str], MemberKey]:
        """(platform's name or kind, person) → member. One account belongs to one member."""
        accounts: dict[tuple[str, str], MemberKey] = {}
        # With a platform refused, its kind may be what is missing here: one mistake, one complaint.
        kinds_known = not self._complaints.touches(("platforms",))
        for name, entry in members.items():
            for where, person in entry.items():
                path: Path = ("members", name, where)
                known = {*self._names.platforms, *kinds, CONSOLE}
                if where not in known and kinds_known:
                    check_known(self._complaints, path, where, ("platform or kind of platform", sorted(known)))
                if (taken := accounts.get((where, person))) is not None:
                    self._complaints.add(path, f"this account is already {quoted(str(taken))}'s")
                accounts[(where, person)] = MemberKey(name)
        return accounts

    def team(self, name: str, model: written.Team) -> TeamEntry:
        path: Path = ("teams", name)
        if name in {TEAM, ASSIGNEE}:
            self._complaints.add_key(path, f"{name} has a meaning of its own in ladders; call the team something else")
        for index, member in enumerate(model.members):
            check_known(self._complaints, (*path, "members", index), member, ("member", self._names.members))
        somebody = model.members or model.slack_group or model.discord_role or model.members_of
        if not somebody and not self._complaints.touches(path):
            sentence = "nobody can be in this team: add members, slack_group, discord_role or members_of: channel"
            self._complaints.add(path, sentence)
        return TeamEntry(
            name=name,
            members=frozenset(model.members),
            slack_group=model.slack_group,
            discord_role=model.discord_role,
            members_of_channel=model.members_of is not None,
            guests=model.guests == "allow",
            max_open=model.max_open,
        )


def _is_inner(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
