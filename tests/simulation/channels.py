"""A chat platform as it really stands: channels, threads, posts. The model the middle is compared with."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from bridge.domain.deliveries import MarkKind
from bridge.domain.errors import ContentRejected, DestinationGone, PlatformDown, TryLater
from bridge.domain.paint import Card, Notice, QueueDigest, Speech
from bridge.domain.refs import Lane, MessageRef, ThreadRef
from bridge.ports.chat import Health
from tests.simulation.machine import START


@dataclass
class Post:
    """One message of ours."""

    id: str
    lane: Lane
    thread: str | None
    key: str
    at: float
    seen_from: float
    """Look-ups see it from here on."""
    first: Speech | QueueDigest | Card | Notice
    now: Speech | QueueDigest | Card | Notice
    asked_at: float
    """When the call that made it began."""
    deleted: bool = False

    @property
    def ref(self) -> MessageRef:
        return MessageRef(self.lane, self.thread, self.id)


@dataclass
class Thread:
    ref: ThreadRef
    card: Card
    opened_at: float
    posts: list[Post] = field(default_factory=list)
    closed: bool = False
    deleted: bool = False


class Channels:
    """Everything on one platform."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.threads: dict[str, Thread] = {}
        self.posts: dict[str, Post] = {}
        self.by_key: defaultdict[str, list[str]] = defaultdict(list)
        self.marks: dict[str, list[MarkKind]] = defaultdict(list)
        self.whispers: list[tuple[float, str, str, Notice]] = []
        """When, in which thread, to whom."""
        self.directs: list[tuple[float, str, str]] = []
        self.archived: set[Lane] = set()
        self.refuses = False
        self.connected = True
        self.since = 0.0
        self._ids = count(1)

    @property
    def health(self) -> Health:
        trouble = "the token was revoked" if self.refuses else None
        since = START + timedelta(seconds=self.since)
        return Health(connected=self.connected, since=since if self.connected else None, trouble=trouble)

    def open_thread(self, lane: Lane, card: Card, key: str, now: float, seen_from: float) -> ThreadRef:
        self._reachable(lane)
        root = self.fresh("root")
        ref = ThreadRef(lane, root)
        self.threads[root] = Thread(ref, card, now)
        self._keep(Post(root, lane, root, key, now, seen_from, card, card, now))
        return ref

    def post(
        self, place: Lane | ThreadRef, content: Speech | QueueDigest | Card | Notice, key: str, *,
        now: float, seen_from: float, asked_at: float,
    ) -> MessageRef:  # fmt: skip
        lane = place if isinstance(place, Lane) else place.lane
        self._reachable(lane)
        if isinstance(content, Speech) and "poisonxx" in content.text:
            raise ContentRejected("invalid blocks")
        if isinstance(content, Speech) and "*prickly*" in content.text:
            raise ContentRejected("invalid markup")  # its bare form is taken
        thread = None if isinstance(place, Lane) else self.thread(place)
        root = thread.ref.root if thread is not None else None
        post = Post(self.fresh("m"), lane, root, key, now, seen_from, content, content, asked_at)
        if thread is not None:
            thread.posts.append(post)
        self._keep(post)
        return post.ref

    def edit(self, message: MessageRef, content: Speech | QueueDigest) -> None:
        self._reachable(message.lane)
        self._whole(message)
        if (post := self.posts.get(message.message)) is not None and not post.deleted:
            post.now = content

    def retract(self, message: MessageRef) -> None:
        self._reachable(message.lane)
        if (post := self.posts.get(message.message)) is not None:
            post.deleted = True

    def mark(self, message: MessageRef, mark: MarkKind) -> None:
        self._reachable(message.lane)
        self._whole(message)
        self.marks[message.message].append(mark)

    def refresh(self, ref: ThreadRef, card: Card) -> None:
        self._reachable(ref.lane)
        if ref.root in self.threads:
            self.thread(ref).card = card

    def close(self, ref: ThreadRef) -> None:
        self._reachable(ref.lane)
        self.thread(ref).closed = True

    def find(self, place: Lane | ThreadRef, key: str, since: datetime, now: float) -> ThreadRef | MessageRef | None:
        self._answers()
        if isinstance(place, ThreadRef):
            self.thread(place)
        for name in self.by_key.get(key, ()):
            post = self.posts[name]
            if post.deleted or post.seen_from > now or START + timedelta(seconds=post.at) < since:
                continue
            return ThreadRef(post.lane, post.id) if post.id in self.threads else post.ref
        return None

    def thread(self, ref: ThreadRef) -> Thread:
        """Raises: DestinationGone, when a person deleted it."""
        thread = self.threads.get(ref.root)
        if thread is None or thread.deleted:
            raise DestinationGone("the thread is gone")
        return thread

    def fresh(self, what: str) -> str:
        return f"{self.name[-3:]}{what}{next(self._ids)}"

    def _keep(self, post: Post) -> None:
        self.posts[post.id] = post
        self.by_key[post.key].append(post.id)

    def _whole(self, message: MessageRef) -> None:
        if message.thread is not None and message.thread in self.threads:
            self.thread(ThreadRef(message.lane, message.thread))

    def _answers(self) -> None:
        if self.refuses:
            raise PlatformDown("the token was revoked")
        if not self.connected:
            raise TryLater("no route to the platform")

    def _reachable(self, lane: Lane) -> None:
        self._answers()
        if lane in self.archived:  # it can still be read
            raise DestinationGone("the channel is archived")
