"""A route's policy, complete with all that it inherits, every name in it checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from string import Formatter

from bridge.domain import policy as kept
from bridge.domain.policy import Ladder, Policy
from bridge.domain.refs import CONSOLE, Lane
from bridge.rulebook import models_rules as written
from bridge.rulebook.build_shores import Shores
from bridge.rulebook.build_times import Clocks, Names
from bridge.rulebook.complaints import Complaints, Path, check_known, plain, quoted
from bridge.rulebook.inherit import Chain
from bridge.rulebook.models_shores import Where, Words

CHANNEL_TEAM = "channel"
"""The team of a tree that names none: whoever is in the ticket's channel."""

DEFAULT_APPROVAL = "default"

PLACEHOLDERS: Mapping[kept.Stage, tuple[str, ...]] = {
    kept.Stage.OPENED: ("wait",),
    kept.Stage.WAITING: ("wait",),
    kept.Stage.ASSIGNED: ("name", "first_name"),
    kept.Stage.CLOSED: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the whole file defines and a route may refer to."""

    digest: str
    names: Names
    shores: Shores
    clocks: Clocks
    ladders: Mapping[str, Ladder]
    words: Words


class Policies:
    """Builds the policy of one route after the other; the root's comes first."""

    def __init__(self, site: Site, complaints: Complaints) -> None:
        self._site = site
        self._complaints = complaints
        self._root_lane: Lane | None = None

    def policy(self, chain: Chain) -> Policy:
        lane = self._lane(chain)
        if chain.is_root:
            self._root_lane = lane
        return Policy(
            route=chain.own.model.name,
            rulebook=self._site.digest,
            lane=lane,
            team=self._team(chain),
            watch=self._lanes(chain, "watch", None)[0],
            fallback=self._fallback(chain, lane),
            relay=self._relay(chain),
            reply_claims=chain.choice(kept.ReplyClaims, "claim", "reply_claims", kept.ReplyClaims.ASK),
            waiting=self._ladder(chain, "ladder", None),
            answering=self._ladder(chain, "claim", "hold"),
            idle=self._idle(chain),
            reopen_within=chain.value(timedelta, "reopen", "within", timedelta(days=7)),
            reopen_to=chain.choice(kept.ReopenTo, "reopen", "to", kept.ReopenTo.LAST_ASSIGNEE),
            on_thread_gone=chain.choice(kept.OnThreadGone, "threads", "on_delete", kept.OnThreadGone.REOPEN),
            on_thread_archived=chain.choice(kept.OnThreadArchived, "threads", "on_archive", kept.OnThreadArchived.KEEP),
            retain=chain.value(timedelta, "retain", None, timedelta(days=90)),
            approval=self._approval(chain),
            say=self._say(chain),
            user_word=chain.value(str, "words", "user", self._site.words.user),
        )

    def _lane(self, chain: Chain) -> Lane | None:
        """Another platform than the node above begins without a channel: channels belong to their platform."""
        platform: str | None = None
        channel: str | None = None
        path: Path = ()
        for node in chain.nodes:
            target = node.model.target
            if target is None or (target.platform is None and target.channel is None):
                continue
            if target.platform not in {None, platform}:
                platform, channel = target.platform, None
            channel = target.channel or channel
            path = (*node.path, "target")
        if platform is None or (channel is None and self._complaints.touches(path)):
            return None
        return self._site.shores.lane(path, Where(platform=platform, channel=channel))

    def _lanes(self, chain: Chain, section: str, key: str | None) -> tuple[tuple[Lane, ...], bool]:
        """The channels of a list, and whether the console stands in it: it needs no lane and ends a fallback."""
        found = chain.listed(section, key)
        lanes: list[Lane] = []
        for index, where in enumerate(found[0] if found else []):
            if found is None or not isinstance(where, Where):
                continue
            lane = self._site.shores.lane((*found[1], index), where)
            if lane is not None:
                lanes.append(lane)
            elif where.platform == CONSOLE and key is not None:
                return tuple(lanes), True
        return tuple(lanes), False

    def _fallback(self, chain: Chain, lane: Lane | None) -> tuple[Lane, ...]:
        """Its own, then the root's target; the console comes after all, is not named, and needs none itself."""
        if lane is None:
            return ()
        lanes, ends = self._lanes(chain, "target", "fallback")
        wanted = lanes if ends else (*lanes, self._root_lane)
        return tuple(dict.fromkeys(each for each in wanted if each is not None and each != lane))

    def _team(self, chain: Chain) -> str:
        found = chain.said("team")
        if found is None:
            return CHANNEL_TEAM
        name = str(found[0])
        check_known(self._complaints, found[1], name, ("team", sorted({*self._site.names.teams, CHANNEL_TEAM})))
        return name

    def _ladder(self, chain: Chain, section: str, key: str | None) -> Ladder | None:
        found = chain.said(section, key)
        if found is None or found[0] is None:
            return None
        value, path = found
        clocks, held = self._site.clocks, key == "hold"
        if isinstance(value, written.Ladder):
            ladder = clocks.ladder("answering" if held else "waiting", value, path)
        elif (known := self._site.ladders.get(str(value))) is not None:
            ladder = known
        else:
            check_known(self._complaints, path, str(value), ("ladder", sorted(self._site.names.ladders)))
            return None
        clocks.check_fits(ladder, path, held=held)
        return ladder

    def _approval(self, chain: Chain) -> str | None:
        names = self._site.names.approvals
        found = chain.said("approval")
        if found is None:
            return DEFAULT_APPROVAL if DEFAULT_APPROVAL in names else None
        if found[0] is None:
            return None
        check_known(self._complaints, found[1], str(found[0]), ("approval", sorted(names)))
        return str(found[0])

    def _relay(self, chain: Chain) -> kept.Relay:
        usual = kept.Relay()
        guard = chain.listed("relay", "guard")
        stale = chain.said("relay", "stale_after")
        words = self._site.words
        note, send = chain.value(str, "words", "note", words.note), chain.value(str, "words", "send", words.send)
        if note.casefold() == send.casefold():
            said = chain.said("words", "send") or chain.said("words", "note")
            self._complaints.add(said[1] if said else ("words",), "note and send must be different words")
        return kept.Relay(
            mode=chain.choice(kept.RelayMode, "relay", "mode", usual.mode),
            guard=usual.guard if guard is None else frozenset(kept.Guard(str(each)) for each in guard[0]),
            undo=chain.value(timedelta, "relay", "undo", usual.undo),
            stale_after=usual.stale_after if stale is None else stale[0] if isinstance(stale[0], timedelta) else None,
            persona=self._persona(chain, usual.persona),
            note_word=note,
            send_word=send,
        )

    def _persona(self, chain: Chain, default: str) -> str:
        found = chain.said("relay", "persona")
        if found is None:
            return default
        text = str(found[0])
        return text if self._fits(text, found[1], ("name", "first_name"), "persona") else default

    def _say(self, chain: Chain) -> dict[kept.Stage, str]:
        """A text without a value is written as an empty one: nothing is said then."""
        texts: dict[kept.Stage, str] = {}
        for stage in kept.Stage:
            found = chain.said("say", stage.value)
            if found is None:
                continue
            text = found[0] if isinstance(found[0], str) else ""
            if self._fits(text, found[1], PLACEHOLDERS[stage], stage.value):
                texts[stage] = text
        return texts

    def _fits(self, text: str, path: Path, known: tuple[str, ...], what: str) -> bool:
        """Are the braces of a text its placeholders?"""
        knows = " and ".join(f"{{{each}}}" for each in known) or "none"
        try:
            fields = [piece[1:] for piece in Formatter().parse(text) if piece[1] is not None]
        except ValueError:
            usual = " or ".join(f"{{{each}}}" for each in known) or "none here"
            self._complaints.add(path, f"{quoted(text)} has a brace that does not fit; write {usual}")
            return False
        for name, spec, conversion in fields:
            if name not in known or spec or conversion:
                self._complaints.add(path, f"{what} does not know {{{plain(str(name))}}}; it knows {knows}")
                return False
        return True

    def _idle(self, chain: Chain) -> kept.Idle | None:
        section = chain.said("idle")
        if section is None or section[0] is None:
            return None
        path = section[1]
        spans = {key: chain.value(timedelta, "idle", key, timedelta(0)) for key in ("warn", "close")}
        for key, span in spans.items():
            if not span and not self._complaints.touches((*path, key)):
                self._complaints.add(path, f"{key} is missing (expected e.g. 22h)")
        if all(spans.values()) and spans["warn"] >= spans["close"]:
            self._complaints.add(path, "warn must be shorter than close")
        return kept.Idle(
            warn=spans["warn"],
            close=spans["close"],
            only_waiting_on_user=chain.value(str, "idle", "only", "waiting_on_user") == "waiting_on_user",
            after_first_reply=chain.value(bool, "idle", "after_first_reply", True),
        )
