"""What is meant to be noticed: reminders, the queue, alerts, private words."""

from collections.abc import Mapping
from dataclasses import replace

from bridge.delivery.errand import Errand
from bridge.delivery.mentions import account_of, accounts, members_of, mentioned, of_team
from bridge.delivery.words import post_speech
from bridge.domain.deliveries import Alert, Posted, Remind, Whisper
from bridge.domain.errors import Undeliverable
from bridge.domain.notices import notice
from bridge.domain.paint import Speech
from bridge.domain.speeches import line_speech
from bridge.rulebook.book import RuleBook


async def remind(book: RuleBook, errand: Errand, content: Remind) -> Posted:
    speech = _line(errand, f"remind_{content.step}", (), late=content.late)
    if content.mention:
        who, ticket, lane = content.who, errand.ticket, errand.lane
        instead = members_of(book, who, ticket, lane)
        speech = replace(speech, mention=mentioned(book, who, ticket, lane), or_mention=instead)
    return Posted(message=await post_speech(errand, speech))


async def alert(book: RuleBook, errand: Errand, content: Alert, rung: set[str]) -> Posted | None:
    """To each listed member of the team directly; a team without listed members is mentioned in the thread.

    `rung` are those an earlier attempt has reached already; who is reached now is added.
    """
    everybody = accounts(book, content.team, errand.lane.platform)
    if not everybody:
        ring = of_team(book, content.team, errand.lane)
        speech = _line(errand, "remind_alert", ring, late=content.late)
        return Posted(message=await post_speech(errand, speech))
    speech = _line(errand, "remind_alert", (), late=content.late)
    refused: Undeliverable | None = None
    for person in everybody:
        if person in rung:
            continue
        try:
            await errand.platform.direct(person, speech, key=f"{errand.key}/{person}")
        except Undeliverable as error:
            refused = error  # one who takes no direct messages must not keep the others from hearing
        else:
            rung.add(person)
    if refused is not None and not rung:
        raise refused
    return None


async def whisper(book: RuleBook, errand: Errand, content: Whisper, more: Mapping[str, str]) -> Posted | None:
    """Nothing, when that person has no account on this platform. `more` are facts read just now."""
    person = account_of(book, content.to, errand.lane.platform)
    if person is None:
        return None
    facts = {**dict(content.facts), **more} | ({"url": errand.link} if errand.link is not None else {})
    said = notice(content.code, facts, errand.ticket, user=errand.user.called, message=content.message)
    to = replace(content.to, platform=errand.lane.platform, person=person)
    shown = await errand.platform.whisper(errand.thread, to, replace(said, only=person), key=errand.key)
    return Posted(message=shown) if shown is not None else None


def _line(errand: Errand, code: str, ring: tuple[str, ...], *, late: bool) -> Speech:
    speech = line_speech(code, {}, errand.ticket, errand.user, errand.now, mention=ring)
    return replace(speech, late=late)
