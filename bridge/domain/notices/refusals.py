"""Why an act did not happen, and what can be done instead."""

from collections.abc import Callable, Mapping

from bridge.domain.events import Verb
from bridge.domain.notices.scene import Scene, always, offer, say
from bridge.domain.paint import Anchor, Line, Notice, Style
from bridge.domain.ticket import Outcome

PLAIN, PRIMARY = Style.PLAIN, Style.PRIMARY
CORRECT = (("Send a correction…", Verb.REPLY, PLAIN),)


def _lost_race(scene: Scene) -> Notice:
    owner = scene.text("owner")
    seconds = scene.facts.get("seconds")
    when = _ago(int(seconds)) if isinstance(seconds, int | float) else ""
    return offer(
        scene,
        f"{owner} took {scene.name}{when}.",
        buttons=(("Open", Verb.OPEN, PLAIN), (f"Ask {owner} to hand over", Verb.ASK_HAND_OVER, PLAIN)),
    )


def _ago(seconds: int) -> str:
    """How long before, in words people use."""
    if seconds <= 1:
        return " just before you"
    if seconds < 120:
        words = {2: "two", 3: "three", 4: "four", 5: "five"}
        return f" {words.get(seconds, str(seconds))} seconds before you"
    minutes = seconds // 60
    return f" {minutes} minutes ago" if minutes < 120 else f" {minutes // 60} hours ago"


def _card_old_closed(scene: Scene) -> Notice:
    by = f" by {scene.facts['by']}" if scene.facts.get("by") else ""
    return offer(
        scene,
        f"This card is old: {scene.name} was closed{by}",
        *((" at ", scene.moment("at")) if scene.facts.get("at") else ()),
        ".",
        buttons=(("Reopen", Verb.REOPEN, PLAIN),),
    )


def _edit_impossible(scene: Scene) -> Notice:
    said = f"{scene.text('bot', scene.bot)} cannot change what {scene.user} already read."
    return offer(scene, said, buttons=CORRECT, forms=True)


def _watch_card(scene: Scene) -> Notice:
    url = scene.facts.get("url")
    where: Line = ("The conversation is ", Anchor("here ↗", str(url)), ".") if url else ("It is worked on elsewhere.",)
    return say("This is a card to watch: nothing written here reaches anybody. ", *where)


REFUSALS: Mapping[str, Callable[[Scene], Notice]] = {
    "lost_race": _lost_race,
    "card_old_closed": _card_old_closed,
    "edit_impossible": _edit_impossible,
    "delete_impossible": lambda s: offer(
        s, f"{s.text('bot', s.bot)} cannot take back what {s.user} already read.", buttons=CORRECT, forms=True
    ),
    "not_of_team": lambda s: say(
        f"Only members of {s.of_team} can do this. Ask {s.text('ask', 'one of them')}."
    ),
    "membership_unknown": lambda s: say(
        f"Whether you belong to {s.of_team} could not be found out just now, "
        "so this was not done. Try again in a minute."
    ),
    "has_many": lambda s: offer(
        s, f"You have {s.text('count', 'many')} open. Claim {s.name} anyway?",
        buttons=(("Claim anyway", Verb.CLAIM_ANYWAY, PRIMARY),),
    ),
    "nobody_has_it": lambda s: offer(s, f"Nobody has {s.name}.", buttons=(("Claim", Verb.CLAIM, PRIMARY),)),
    "already_open": lambda s: say(f"{s.name} is open already."),
    "already_closed": lambda s: offer(s, f"{s.name} is closed already.", buttons=(("Reopen", Verb.REOPEN, PLAIN),)),
    "no_arrow": lambda s: offer(
        s, f"{s.name} is {s.text('state', 'not ready for this')}: this cannot be done now.",
        buttons=(("Reopen", Verb.REOPEN, PLAIN),) if s.facts.get("state") == "closed" else (),
    ),
    "assignee_not_of_team": lambda s: offer(
        s, f"{s.text('name')} is not a member of {s.of_team} and cannot have {s.name}.",
        buttons=(("Assign…", Verb.ASSIGN, PLAIN),), forms=True,
    ),
    "not_a_members": lambda s: say(f"No member wrote this: there is nothing to send to {s.user}, or to keep."),
    "no_words_of_ours": always("This message is in no ticket's thread, or was written before I could read here."),
    "taken_back_already": always("This message was taken back already. Write it anew to send it."),
    "left_already": lambda s: offer(
        s, f"{s.user} has it, or will in a moment. Use Unsend, or send a correction.",
        buttons=CORRECT, forms=True,
    ),
    "closed_unsent": lambda s: offer(
        s, f"Not sent: {s.name} is closed.",
        buttons=(("Reopen & send", Verb.REOPEN_AND_SEND, PRIMARY), ("Keep as note", Verb.KEEP_INSIDE, PLAIN)),
    ),
    "closed_to_words": lambda s: offer(
        s, f"Not sent: {s.name} is closed.", buttons=(("Reopen", Verb.REOPEN, PLAIN),)
    ),
    "held_decided": always("This message was decided already."),
    "not_your_words": lambda s: say(f"Only {s.text('name')} can decide about their own message."),
    "no_such_file": always("A file of this message is not kept any more. Attach it again."),
    "file_elsewhere": always("This file belongs to a message of another ticket. Attach it anew here."),
    "bot_takes_no_files": lambda s: say(
        f"{s.text('bot', s.bot)} has not said that it can show files to {s.user}. Keep it as a note, or send a link."
    ),
    "not_failed": always("This message did not fail: there is nothing to try again."),
    "snooze_out_of_range": lambda s: offer(
        s, "Snooze until a time in the future, at most 90 days away.", buttons=(("Snooze…", Verb.SNOOZE, PLAIN),),
        forms=True,
    ),
    "not_snoozed": lambda s: say(f"{s.name} is not snoozed."),
    "words_gone": lambda s: say(
        f"The words of {s.name} were removed for good, so it rests: nothing was done or kept. "
        "The next escalation opens a new ticket."
    ),
    "ticket_closed": lambda s: say(f"{s.name} is closed and its time to come back is over."),
    "goes_on_elsewhere": lambda s: say(
        f"{s.name} stays closed: the conversation goes on in #{s.text('other', 'another ticket')}."
    ),
    "no_words": always("Write the words behind it, for example: /handrail reply 1042 I am checking"),
    "old_thread": lambda s: say(f"Not sent: {s.name} has moved to another place and goes on there."),
    "watch_card": _watch_card,
    "unknown_ticket": always("There is no ticket by that number here."),
    "which_ticket": lambda s: say(
        f"Say which ticket, for example: /handrail {s.text('word', 'claim')} 1042. /handrail list shows who waits."
    ),
    "unknown_outcome": lambda s: offer(
        s, f"Say how {s.name} ended: {', '.join(Outcome)}.", buttons=(("Close as…", Verb.CLOSE, PLAIN),), forms=True
    ),
    "unknown_command": always("I do not know that one. Try /handrail help."),
    "unknown_member": lambda s: offer(
        s, f"Name a member of the team, for example: /handrail assign {s.number or 1042} @ana",
        buttons=(("Assign…", Verb.ASSIGN, PLAIN),), forms=True,
    ),
    "only_in_threads": always("Say that in the message's own thread, or choose it from the message's menu."),
    "no_other_route": always("There is no other route to move it to: the config file has only this one."),
    "unknown_route": lambda s: offer(
        s, f"There is no route called {s.facts.get('route') or 'that'}.", buttons=(("Move…", Verb.MOVE, PLAIN),),
        forms=True,
    ),
    "bad_span": lambda s: offer(
        s, "Say how long: 30m, 2h or 3d.", buttons=(("Snooze…", Verb.SNOOZE, PLAIN),), forms=True
    ),
    "changed_meanwhile": lambda s: say(f"{s.name} changed hands meanwhile: look at its card, then try again."),
    "over_undo": lambda s: offer(
        s, "The ten seconds to undo are over. Reopen it instead.", buttons=(("Reopen", Verb.REOPEN, PLAIN),)
    ),
}  # fmt: skip
