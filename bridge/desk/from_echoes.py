"""What a platform tells of our own posts."""

import structlog

from bridge.desk.room import Room
from bridge.domain.events import PostSeen
from bridge.domain.paint import Nothing
from bridge.store.echoes import Echo

log = structlog.get_logger(__name__)


async def seen(room: Room, event: PostSeen) -> Nothing:
    """A post nobody knew of answers an unknown outcome; a second one of the same key is taken back."""
    echo = await room.store.echoes.heard(event.delivery, event.lane, event.post)
    if echo is Echo.DOUBLE:
        log.warning("post_stands_twice", delivery=event.delivery, lane=str(event.lane))
    return Nothing()
