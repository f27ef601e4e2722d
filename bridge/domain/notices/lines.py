"""Plain lines of Handrail's own in a thread, and what it says to one person by itself."""

from collections.abc import Callable, Mapping

from bridge.domain.events import Verb
from bridge.domain.notices.scene import Scene, always, offer, say
from bridge.domain.paint import Notice, Style

PLAIN, PRIMARY = Style.PLAIN, Style.PRIMARY
MINUTE, HOUR, DAY = 60, 3600, 86400


def _user_back(scene: Scene) -> Notice:
    away = scene.facts.get("away_seconds")
    after = f" after {in_words(int(float(away)))}" if away is not None else ""
    last = f" Last time: {scene.facts['offered_name']}." if scene.facts.get("offered_name") else ""
    return offer(scene, f"↩ {scene.user} is back{after}.{last}", buttons=(("Claim", Verb.CLAIM, PRIMARY),))


def in_words(seconds: int) -> str:
    """A span as people say it: `2 days`, `3 hours`, `5 minutes`."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= unit:
            count = seconds // unit
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "a moment"


LINES: Mapping[str, Callable[[Scene], Notice]] = {
    "not_sent": lambda s: say(f"{s.text('name')}'s message above was not sent to {s.user}."),
    "called_back": lambda s: say(
        f"{s.text('name')}'s message above came too late and was called back: {s.user} may have seen it for a while."
    ),
    "user_back": _user_back,
    "moved": lambda s: say(f"→ {s.name} goes on elsewhere ({s.text('route', 'another route')}, {s.text('by')})."),
    "closed": lambda s: say(f"✓ Closed by {s.text('by')}. {s.bot} has the conversation again."),
    "idle_warning": lambda s: offer(
        s, f"{s.name} closes at ", s.moment("closes_at"), f": {s.user} has not answered.",
        buttons=(("Keep open", Verb.KEEP_OPEN, PLAIN),),
    ),
    "erased": always(
        "🗑 The person of this conversation was erased, and our posts of it are taken away. "
        "What members wrote here themselves stays until they delete it."
    ),
    "gap": always("⚠ A message is missing here: it could not be posted. The console shows it."),
    "history_gap": always(
        "⚠ What was said before is missing here: it could not be posted. The console shows it."
    ),
    "reply_failed": lambda s: offer(
        s, f"{s.user} has not seen your message: {s.bot} did not take it. Nothing is lost.",
        buttons=(("Keep trying", Verb.RETRY, PRIMARY), ("Withdraw", Verb.WITHDRAW, PLAIN)),
    ),
    "reply_bounced": lambda s: offer(
        s, f"{s.user} has not got your message: {s.bot} could not hand it on.",
        buttons=(("Try again", Verb.RETRY, PRIMARY), ("Withdraw", Verb.WITHDRAW, PLAIN)),
    ),
    "reply_late": lambda s: offer(
        s, f"{s.user} has not seen your message of ", s.moment("written"), f": {s.bot} ",
        *(("is down since ", s.moment("since")) if s.facts.get("since") else ("has not fetched it",)), ".",
        buttons=(("Keep trying", Verb.RETRY, PRIMARY), ("Withdraw", Verb.WITHDRAW, PLAIN)),
    ),
    "reply_stale": lambda s: offer(
        s, "Not sent: your message of ", s.moment("written"),
        f" is old by now, and {s.user} may have moved on. What was written after it waits too.",
        buttons=(("Send it now", Verb.RETRY, PRIMARY), ("Withdraw", Verb.WITHDRAW, PLAIN)),
    ),
    "reply_too_old_closed": lambda s: offer(
        s, "Not sent: your message of ", s.moment("written"),
        f" is too old by now, and {s.name} is closed. Reopen it to write to {s.user} again.",
        buttons=(("Reopen", Verb.REOPEN, PLAIN),),
    ),
    "reply_called_back": lambda s: offer(
        s, f"{s.bot} was asked to delete your message of ", s.moment("written"),
        f": it was too old by now, and {s.name} is closed. {s.user} may have seen it. Reopen it to write again.",
        buttons=(("Reopen", Verb.REOPEN, PLAIN),),
    ),
    "file_failed": lambda s: say(
        f"Your text reached {s.user}. " if s.facts.get("text") else "",
        f"{s.text('files', 'A file')} did not{'' if s.facts.get('text') else f' reach {s.user}'}: ",
        f"{s.text('why', 'it could not be fetched')}.",
    ),
    "handover_asked": lambda s: offer(
        s, f"{s.text('by')} asks you to hand {s.name} over.", buttons=(("Release", Verb.RELEASE, PLAIN),)
    ),
    "remind_mention": lambda s: offer(
        s, f"Nobody has {s.name} yet: {s.user} is waiting.", buttons=(("Claim", Verb.CLAIM, PRIMARY),)
    ),
    "remind_notify": lambda s: offer(
        s, f"{s.name} is new: {s.user} is waiting.", buttons=(("Claim", Verb.CLAIM, PRIMARY),)
    ),
    "remind_nudge": lambda s: say(f"{s.user} is waiting for your answer to {s.name}."),
    "remind_alert": lambda s: offer(
        s, f"{s.name} needs somebody: {s.user} is waiting and nobody has it.",
        buttons=(("Claim", Verb.CLAIM, PRIMARY), ("Open", Verb.OPEN, PLAIN)),
    ),
    "remind_reopened": lambda s: offer(
        s, f"{s.user} is back: {s.name} was yours.", buttons=(("Claim", Verb.CLAIM, PRIMARY),)
    ),
}  # fmt: skip
