"""What happened, to the one who did it. An act that shows itself on the card needs no sentence."""

from collections.abc import Callable, Mapping

from bridge.domain.events import Verb
from bridge.domain.notices.scene import Scene, always, offer, say
from bridge.domain.paint import Notice, Style

PLAIN, PRIMARY = Style.PLAIN, Style.PRIMARY


def _held(scene: Scene) -> Notice:
    """The question to the writer of a held message."""
    match scene.facts.get("why"):
        case "unclaimed":
            return offer(
                scene,
                f"Nobody has {scene.name}.",
                buttons=(
                    ("Claim & send", Verb.CLAIM_AND_SEND, PRIMARY),
                    ("Send once", Verb.SEND_HELD, PLAIN),
                    ("Keep inside", Verb.KEEP_INSIDE, PLAIN),
                ),
            )
        case "closed":
            return offer(
                scene,
                f"Not sent: {scene.name} is closed.",
                buttons=(("Reopen & send", Verb.REOPEN_AND_SEND, PRIMARY), ("Keep as note", Verb.KEEP_INSIDE, PLAIN)),
            )
        case _:
            return offer(
                scene,
                f"Held. This looks meant for {scene.text('meant_for', 'the team')}, not {scene.user}.",
                buttons=((f"Send to {scene.user}", Verb.SEND_HELD, PRIMARY), ("Keep inside", Verb.KEEP_INSIDE, PLAIN)),
            )


DONE: Mapping[str, Callable[[Scene], Notice | None]] = {
    "claimed": lambda s: say(f"{s.name} is yours."),
    "already_yours": lambda s: say(f"{s.name} is yours already."),
    "assigned": lambda s: say(f"{s.text('name')} has {s.name} now."),
    "already_theirs": lambda s: say(f"{s.text('name')} has {s.name} already."),
    "released": lambda s: say(f"{s.name} is back in the queue."),
    "closed": lambda s: offer(
        s, f"{s.name} is closed: {s.bot} has the conversation again.", buttons=(("Undo", Verb.UNDO_CLOSE, PLAIN),)
    ),
    "reopened": lambda s: say(f"{s.name} is open again."),
    "held": _held,
    "noted_unknown": lambda s: say(
        f"Kept inside: whether you belong to {s.of_team} could not be found out just now."
    ),
    "on_its_way": lambda s: say(f"It is on its way to {s.user} already."),
    "called_back": lambda s: say(f"{s.bot} is told to take it back from {s.user}. Here it stays until you delete it."),
    "sent_held": lambda s: say(f"On its way to {s.user}."),
    "kept_inside": lambda s: say(f"Kept inside. {s.user} will not see it."),
    "unsent": lambda s: say(f"Taken back. {s.user} never saw it."),
    "withdrawn": always("Given up: it is not sent again."),
    "keeps_trying": lambda s: say(f"It goes to {s.user} as soon as {s.bot} takes it."),
    "retried": always("Trying again."),
    "snoozed": lambda s: offer(
        s, f"{s.name} rests until ", s.moment("until"), f", sooner if {s.user} writes.",
        buttons=(("Wake", Verb.WAKE, PLAIN),),
    ),
    "woken": lambda s: say(f"{s.name} is awake."),
    "kept_open": lambda s: say(f"{s.name} stays open."),
    "handover_asked": lambda s: say(f"{s.text('owner')} is asked to hand {s.name} over."),
    "moved": lambda s: say(f"{s.name} goes on under the route {s.text('route', 'you chose')}."),
    "already_there": lambda s: say(f"{s.name} is on the route {s.text('route', 'you chose')} already."),
}  # fmt: skip
