"""✅ ⚠️ ✋ on members' messages, as reactions. What other people reacted with is left alone."""

from collections.abc import Set as AbstractSet
from typing import Final

from adapters.chat.slack.platform.calls import SlackCalls
from adapters.chat.slack.platform.directory import Directory
from adapters.chat.slack.platform.lookup import Lookup
from bridge.domain.deliveries import MarkKind
from bridge.domain.errors import DeliveryError, DestinationGone
from bridge.domain.refs import MessageRef

EMOJI: Final = {MarkKind.SENT: "white_check_mark", MarkKind.FAILED: "warning", MarkKind.HELD: "raised_hand"}
_GONE: Final = frozenset({"message_not_found"})


class Marks:
    def __init__(self, calls: SlackCalls, directory: Directory, lookup: Lookup) -> None:
        self._calls = calls
        self._directory = directory
        self._lookup = lookup

    async def put(self, message: MessageRef, mark: MarkKind, stands: AbstractSet[MarkKind] | None) -> None:
        """The new mark goes up first: a reader is never without one. A message that is gone needs none.

        Reactions are taken away 20 times a minute at most, so only those are that may stand.
        """
        wanted = EMOJI.get(mark)
        if wanted is not None:
            await self._react("reactions.add", message, wanted, fine={"already_reacted", *_GONE})
        there = await self._standing(message) if stands is None else {EMOJI[each] for each in stands if each in EMOJI}
        for name in sorted(there - {wanted}):
            await self._react("reactions.remove", message, name, fine={"no_reaction", *_GONE})

    async def _standing(self, message: MessageRef) -> set[str]:
        """Which of our marks stand on it. If that cannot be read, all may."""
        try:
            home = await self._directory.find_home()
            found = await self._lookup.one(message)
        except DestinationGone:
            return set()
        except DeliveryError:
            return set(EMOJI.values())
        reactions = (found or {}).get("reactions") or []
        ours = {reaction["name"] for reaction in reactions if home.bot_user in reaction.get("users", ())}
        return ours & set(EMOJI.values())

    async def _react(self, method: str, message: MessageRef, name: str, *, fine: set[str]) -> None:
        await self._calls(method, fine=fine, channel=message.lane.place, timestamp=message.message, name=name)
