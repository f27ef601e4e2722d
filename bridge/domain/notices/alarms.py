"""What is said to those who keep the site: what is wrong, what it means, and what to do.

Facts by code. `platform_down`: platform, reason · `bot_unreachable`: bot, reason · `endpoint_disabled`: bot ·
`config_refused`: complaint, rules_of (ISO time) · `given_up`: lane, count, reason · `target_gone`: lane, fallback,
reason · `outcome_unreadable`: lane, count, reason · `event_quarantined`: scope, key, error · `loop_lag`: seconds ·
`tickets_orphaned`: count, missing · `drill`: nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from bridge.domain.alarms import Alarm, Trouble
from bridge.domain.notices.scene import Scene
from bridge.domain.paint import Line, Moment, Span

Sentence = Callable[[Scene, Span], Line]
"""The alarm's facts and since when it stands."""


def alarm_line(alarm: Alarm) -> Line:
    """What is wrong, or that it is over."""
    make = (_SAID if alarm.stands else _OVER).get(alarm.what)
    scene = Scene(facts=alarm.facts)
    if make is None:
        said = f"{alarm.what} since " if alarm.stands else f"{alarm.what} is over. It began at "
        return ("⚠ " if alarm.stands else "✓ ", said, Moment(alarm.since), ".")
    line = make(scene, Moment(alarm.since))
    return ("⚠ " if alarm.stands else "✓ ", *(span for span in line if span))


def _because(scene: Scene) -> str:
    return f" ({scene.facts['reason']})" if scene.facts.get("reason") else ""


def _count(scene: Scene, noun: str) -> str:
    count = scene.facts.get("count") or 1
    return f"{count} {noun}" if count == 1 else f"{count} {noun.replace('delivery', 'deliverie')}s"


def _goes_to(scene: Scene) -> str:
    where = scene.facts.get("fallback")
    return f"Its tickets go to {where}." if where else "Cards to watch are missing there."


def _rules_of(scene: Scene) -> Line:
    at = scene.facts.get("rules_of")
    if not isinstance(at, str):
        return ("The rules from before stay in force.",)
    return ("The rules of ", Moment(datetime.fromisoformat(at)), " stay in force.")


_SAID: Mapping[str, Sentence] = {
    Trouble.PLATFORM_DOWN: lambda s, since: (
        f"{s.text('platform', 'A platform')} has been out of reach since ", since, (f"{_because(s)}. "
        "Its tickets wait, nothing is lost; the console works. Check its tokens and its app: handrail doctor."),
    ),
    Trouble.BOT_UNREACHABLE: lambda s, since: (
        f"{s.text('bot', 'A bot')} has not taken its callbacks since ", since, (f"{_because(s)}. "
        f"Answers wait, nothing is lost. Check its address: handrail bots test {s.text('bot', 'NAME')}."),
    ),
    Trouble.ENDPOINT_DISABLED: lambda s, since: (
        f"{s.text('bot', 'A bot')} said on ", since, (" that its callback address is gone (410). Nothing is sent "
        "there any more; answers are kept. Correct callback.url, then resume it on the operators' page."),
    ),
    Trouble.CONFIG_REFUSED: lambda s, _: (
        f"The config file was refused: {s.text('complaint', 'see handrail config check')}. ", *_rules_of(s),
    ),
    Trouble.TICKETS_ORPHANED: lambda s, _: (
        (f"The config file no longer names {s.text('missing', 'a platform or a bot')}, and {_count(s, 'ticket')} "
        "need it. Nothing is lost: what a bot should hear waits, and a ticket without its platform goes to its next "
        "place with the next words. See them: handrail tickets orphans."),
    ),
    Trouble.GIVEN_UP: lambda s, since: (
        f"{_count(s, 'delivery')} to {s.text('lane', 'a channel')} given up since ", since, (f"{_because(s)}. "
        "Retry or drop them on the operators' page, or with handrail deliveries list."),
    ),
    Trouble.TARGET_GONE: lambda s, since: (
        f"{s.text('lane', 'A channel')} has not been usable since ", since, f"{_because(s)}. {_goes_to(s)} ",
        "Invite the app again, or change the config.",
    ),
    Trouble.OUTCOME_UNREADABLE: lambda s, since: (
        "Since ", since, (f" nobody knows whether {_count(s, 'post')} arrived in {s.text('lane', 'a channel')}: it "
        f"cannot be read{_because(s)}. On the operators' page: it is there, or post again."),
    ),
    Trouble.EVENT_QUARANTINED: lambda s, since: (
        f"An event of {s.text('scope', 'a shore')} failed five times and was put aside on ", since,
        (f" ({s.text('error', 'unknown error')}). All others flow. Its key: {s.text('key', 'unknown')}."
        " Mend the cause, then let it be tried again: handrail events release."),
    ),
    Trouble.LOOP_LAG: lambda s, since: (
        "The daemon has been slow since ", since, (f": it stood still for {s.text('seconds', 'some')} s. "
        "The log has the stack."),
    ),
    Trouble.DRILL: lambda _s, _since: ("This is a drill of handrail alarm test: nothing is wrong.",),
}  # fmt: skip

_OVER: Mapping[str, Sentence] = {
    Trouble.PLATFORM_DOWN: lambda s, since: (
        f"{s.text('platform', 'The platform')} is back; it was away since ", since, "."
    ),
    Trouble.BOT_UNREACHABLE: lambda s, since: (
        f"{s.text('bot', 'The bot')} takes its callbacks again; it did not since ", since, "."
    ),
    Trouble.ENDPOINT_DISABLED: lambda s, _: (f"{s.text('bot', 'The bot')} is sent its callbacks again.",),
    Trouble.CONFIG_REFUSED: lambda _s, _: ("The config file is right again, and in force.",),
    Trouble.TICKETS_ORPHANED: lambda _s, _: ("No ticket needs a platform or a bot that the config file lacks.",),
    Trouble.GIVEN_UP: lambda s, _: (f"No delivery to {s.text('lane', 'that channel')} is given up any more.",),
    Trouble.TARGET_GONE: lambda s, _: (f"{s.text('lane', 'The channel')} can be used again.",),
    Trouble.OUTCOME_UNREADABLE: lambda s, _: (
        f"What was posted to {s.text('lane', 'the channel')} is known again, all of it.",
    ),
    Trouble.EVENT_QUARANTINED: lambda _s, _: ("The event that was put aside is settled.",),
    Trouble.LOOP_LAG: lambda _s, _: ("The daemon keeps pace again.",),
    Trouble.DRILL: lambda _s, _: ("The drill is over.",),
}  # fmt: skip
