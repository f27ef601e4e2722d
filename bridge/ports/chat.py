"""What a chat platform must be able to do."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias, runtime_checkable

from bridge.domain.capabilities import Capabilities
from bridge.domain.deliveries import Delivery, MarkKind
from bridge.domain.events import ChatEvent
from bridge.domain.paint import Answer, Card, Notice, QueueDigest, Speech
from bridge.domain.people import Assignee
from bridge.domain.refs import Lane, MessageRef, ThreadRef

OnChatEvent: TypeAlias = Callable[[ChatEvent], Awaitable[Answer]]
"""Returns once the event is committed. Raises StoreTrouble when it could not be: then do not acknowledge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A pace a delivery spends one unit of: at most `limit` per `per`, shared by all that name it."""

    name: str
    limit: int
    per: timedelta
    steady: bool = False
    """Units come back one by one as time passes, so that what goes out late is made up for; `limit` may go at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the platform is from here. `trouble` is a sentence with the remedy, or None."""

    connected: bool
    since: datetime | None = None
    trouble: str | None = None
    unbroken_since: datetime | None = None
    """Since when everything reached us; what was said before may have been missed, and is read back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """How far a thread was read back."""

    read_to: str
    """Id of a message: everything up to it is known. The root's own for a thread never read."""
    standing: frozenset[str] = frozenset()
    """Members' messages in it that we hold: of these, what is surely gone is reported as deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """A thread was read to its end: the events before this one are all that was missed there."""

    thread: ThreadRef
    read_to: str
    """Its new watermark."""
    left: int = 0
    """Threads still to be read."""
    lasting: timedelta = timedelta(0)
    """How long that takes at the platform's pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Threads that are being read back."""

    left: int
    done_by: datetime | None
    """When that is done at the platform's pace; None while it cannot be told."""


class ChatPlatform(Protocol):
    """One workspace or guild. Every method that sends raises a `DeliveryError` of the right class, nothing else.

    Some can more, and say so by having it: `knocking.HasDoors` (it posts to our listener, as Slack in HTTP mode),
    `places.KnowsPlaces` (tells of lost channels by itself), `findings.Examined` (knows how it is set up), `KeepsFiles`.
    """

    name: str
    """The entry's name under `platforms:`."""
    capabilities: Capabilities

    @property
    def health(self) -> Health: ...

    async def run(self, on_event: OnChatEvent) -> None:
        """Stay connected until cancelled; reconnect by itself. Returns or raises only when it never can again."""
        ...

    async def close(self) -> None:
        """Let go of sockets and sessions; bounded in time."""
        ...

    def budgets(self, delivery: Delivery) -> Sequence[Budget]:
        """What a delivery spends. Pure."""
        ...

    def parts(self, speech: Speech) -> Sequence[Speech]:
        """Cut a speech so that each part, as rendered, is one message; most often itself alone. Pure."""
        ...

    async def open_thread(self, lane: Lane, card: Card, *, key: str) -> ThreadRef: ...

    async def post(self, place: Lane | ThreadRef, content: Speech | QueueDigest | Card, *, key: str) -> MessageRef:
        """One message. A card opens no thread under it; `refresh_card` changes it later."""
        ...

    async def edit(self, message: MessageRef, content: Speech | QueueDigest) -> None: ...

    async def retract(self, message: MessageRef, *, files: bool = False) -> None:
        """Delete one of our own messages, with its files if it may have some; already gone is success."""
        ...

    async def mark(self, message: MessageRef, mark: MarkKind, *, stands: AbstractSet[MarkKind] | None = None) -> None:
        """Set our one mark on a member's message, replacing the one before; NONE removes it.

        `stands` are the marks that may be there now; None: whoever needs to know has to look.
        """
        ...

    async def whisper(self, place: ThreadRef, person: Assignee, notice: Notice, *, key: str) -> MessageRef | None:
        """Tell one person privately; where that is impossible, a small reply whose buttons only they may press.

        Returns the reply's reference when it is visible to others (it is retracted once decided), else None.
        """
        ...

    async def direct(self, person: str, speech: Speech, *, key: str) -> None:
        """A direct message to a platform user id."""
        ...

    async def refresh_card(self, thread: ThreadRef, card: Card) -> None: ...

    async def close_thread(self, thread: ThreadRef) -> None:
        """Archive it where threads can be; elsewhere nothing."""
        ...

    async def find(self, place: Lane | ThreadRef, *, key: str, since: datetime) -> ThreadRef | MessageRef | None:
        """Was the post with this delivery key made? None: surely not there. Raises OutcomeUnknown if unreadable."""
        ...

    async def is_in(self, lane: Lane, person: str) -> bool | None:
        """Is this account a member of the channel? None when that cannot be found out now."""
        ...

    def permalink(self, thread: ThreadRef) -> str | None:
        """A web address that opens the thread, if one can be told without asking."""
        ...

    def thread_of(self, link: str, lane: Lane) -> ThreadRef | None:
        """The thread of this lane that a web address of the platform names; None for every other. Pure."""
        ...

    def message_of(self, link: str, place: Lane | ThreadRef) -> MessageRef | None:
        """The same for a message of the lane, or of the thread."""
        ...

    def missed(self, marks: Mapping[ThreadRef, Watermark]) -> AsyncIterator[ChatEvent | ReadBack]:
        """What happened in these threads behind their marks, thread by thread, the newest activity first.

        Only what changed is read, inside the platform's own limits, however long that takes. A thread that cannot be
        read is left out. The keys of the events are those they had, or would have had, when they happened. Raises: a
        DeliveryError when nothing can be read now.
        """
        ...


@runtime_checkable
class KeepsFiles(Protocol):
    """A platform that keeps its members' files behind our token. `Attachment.url` names one by `files.at_platform`."""

    def read_file(self, ref: str) -> AsyncIterator[bytes]:
        """Its bytes. Raises: TryLater, or any other DeliveryError when it is not to be had."""
        ...
