"""Our own posts, as the platform tells of them."""

from dataclasses import dataclass
from datetime import datetime

from bridge.domain.events.key import EventKey
from bridge.domain.refs import DeliveryId, Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSeen:
    """A post of ours stands there, by the key it carries: adopted if nobody knew of it, taken back if it is a second.

    Only those whose own answer this process has not seen are reported.
    """

    key: EventKey
    at: datetime
    delivery: DeliveryId
    lane: Lane
    post: str
    """The platform's id of it."""
