"""Our entries in a message's own menu → what its writer wants of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from adapters.chat.slack.events.clicks import Place
from adapters.chat.slack.events.people import Home, Known, person_of
from bridge.domain.events import EventKey, MessageRecast, Wish
from bridge.domain.refs import Lane, MessageRef

Payload = Mapping[str, Any]

WISHES: Final[Mapping[str, Wish]] = {"send": Wish.SEND, "keep": Wish.KEEP, "unsend": Wish.UNSEND}
"""By callback id, as `grants.SHORTCUTS` names them."""


def place_of_shortcut(body: Payload) -> Place | None:
    channel, user = (body.get("channel") or {}).get("id"), (body.get("user") or {}).get("id")
    message = body.get("message") or {}
    if not channel or not user:
        return None
    root = message.get("thread_ts") or message.get("ts")
    return Place(channel=channel, user=user, thread=root, response_url=body.get("response_url"))


def to_recast(body: Payload, home: Home, known: Known, at: datetime) -> MessageRecast | None:
    """None for an entry that is none of ours."""
    wish, place = WISHES.get(str(body.get("callback_id"))), place_of_shortcut(body)
    message, user = body.get("message") or {}, body.get("user") or {}
    ts = message.get("ts") or body.get("message_ts")
    if wish is None or place is None or not ts:
        return None
    person = person_of(
        place.user, home, known, in_channel=True, channel=place.channel,
        called=user.get("name") or user.get("username"), team=user.get("team_id"),
    )  # fmt: skip
    return MessageRecast(
        key=EventKey(home.platform, f"shortcut/{place.channel}/{ts}/{wish}/{place.user}/{body.get('action_ts')}"),
        person=person,
        at=at,
        origin=MessageRef(Lane(home.platform, place.channel), message.get("thread_ts"), str(ts)),
        wish=wish,
    )
