"""What members do: write, edit, press, command. Translates only; what an act means is the lifecycle's."""

from collections.abc import Callable
from dataclasses import replace

from bridge.crashpoint import crashpoint
from bridge.desk import acts, attaching, commands
from bridge.desk.asking import spread_over, ticket_of
from bridge.desk.placing import placed
from bridge.desk.room import Room
from bridge.desk.who import actor_of, named, somebody_of
from bridge.domain import actions as act
from bridge.domain.actions import Action
from bridge.domain.change import Change, Verdict
from bridge.domain.deliveries import Delivery, Strand, Urgency, Whisper
from bridge.domain.errors import NoSuchTicket, NotAllowed
from bridge.domain.events import (
    ButtonPressed,
    CommandGiven,
    FormSubmitted,
    FromPerson,
    Intent,
    MessageRecast,
    PersonDeleted,
    PersonEdited,
    PersonTyping,
    PersonWrote,
    ThreadGone,
    Verb,
)
from bridge.domain.lifecycle import decide
from bridge.domain.notices import Scene, done, refusal, scene_of
from bridge.domain.paint import Answer, Nothing
from bridge.domain.people import Actor, as_assignee, system
from bridge.domain.refs import MemberKey, MessageId, TicketId, new_id
from bridge.store.asks import Ask, ByTicket, Situation

Choose = Callable[[Situation], Action]
"""Which action it is, once the rows are seen."""


async def wrote(room: Room, event: PersonWrote) -> Answer:
    """A member's words. In a thread that is not ours they leave no trace."""
    ticket_id = event.ticket
    if event.thread is not None:
        found = await room.store.threads.ticket_of(event.thread)
        if found is None or await room.store.parked.holds_back(event, room.clock.now()):
            # The thread may be ours and not yet recorded: the platform applied our post, its answer is on the way.
            # What is written after parked words waits behind them.
            if await room.store.parked.park(event, room.clock.now()):
                crashpoint("parked.before_ack")
            return Nothing()
        ticket_id, present = found
        if not present and await room.store.threads.only_watches(event.thread):
            return await _under_a_watch_card(room, event, ticket_id)
        if not present:
            ticket = await room.store.tickets.get(ticket_id)
            return refusal("old_thread", Scene(number=ticket.number if ticket else 0, ticket=ticket_id))
    if ticket_id is None:
        return Nothing()
    if event.thread is None:
        found_ticket = await room.store.tickets.get(ticket_id)
        if found_ticket is not None:
            event = replace(event, person=await placed(room, event.person, found_ticket))
    written = act.Write(
        message=MessageId(new_id("msg")), text=event.text, intent=event.intent, origin=event.origin,
        mentions=event.mentions,
    )  # fmt: skip
    actor = actor_of(event.person, room.rules.current)
    room.presence.has_written(ticket_id, actor.key)
    via = "reply" if event.intent is Intent.PLAIN else "console"

    sent = attaching.to_be_fetched(event.attachments)

    def choose(seen: Situation) -> Action:
        attachments = attaching.judged(seen, ticket_of(seen), actor.key, sent)
        return replace(written, attachments=attachments)

    return await _act(room, event, actor, ticket_id, choose, via=via, files=attaching.named(event.attachments))


async def _under_a_watch_card(room: Room, event: PersonWrote, ticket_id: TicketId) -> Answer:
    """Nothing is relayed; the writer is told where the conversation is, as privately as the platform can."""
    if event.thread is None:
        return Nothing()
    where = Whisper(as_assignee(actor_of(event.person, room.rules.current)), "watch_card")
    told = Delivery(
        lane=event.thread.lane, content=where, strand=Strand.MARKS, urgency=Urgency.ANSWER, ticket=ticket_id
    )
    ask = Ask(
        find=ByTicket(ticket_id),
        decide=lambda seen: Change(ticket=ticket_of(seen), code="watch_card", deliveries=(told,)),
        key=event.key,
    )
    await room.store.writer.decide(ask)
    return Nothing()


async def revised(room: Room, event: PersonEdited | PersonDeleted) -> Answer:
    """A member changed or deleted one of their messages; somebody else's message is nobody's business."""
    message = event.message
    if message is None and event.origin is not None:
        text = event.text if isinstance(event, PersonEdited) else None
        if await room.store.parked.revise(event.origin, text):
            return Nothing()
        known = await room.store.messages.by_origin(event.origin)
        message = known.id if known else None
    stored = await room.store.messages.get(message) if message else None
    if stored is None:
        return Nothing()

    def choose(seen: Situation) -> Action:
        now = seen.messages.get(stored.id, stored)
        if isinstance(event, PersonEdited):
            return act.EditWritten(stored=now, text=event.text)
        return act.Unsend(stored=now)

    ticket = await room.store.tickets.get(stored.ticket)
    person = event.person if ticket is None else await placed(room, event.person, ticket)
    actor = actor_of(person, room.rules.current)
    if isinstance(event, PersonDeleted) and event.origin is not None:
        # Who may delete is the platform's to say, and not every platform says who did: it counts as the writer's act.
        actor = replace(actor, key=MemberKey(stored.author_key), name=stored.author_name or actor.name)
    return await _act(room, event, actor, stored.ticket, choose, messages=(stored.id,))


async def recast(room: Room, event: MessageRecast) -> Answer:
    """A member says of words in a thread what shall become of them."""
    stored = await room.store.messages.by_origin(event.origin)
    if stored is None:
        return refusal("no_words_of_ours", Scene())

    def choose(seen: Situation) -> Action:
        return act.Recast(stored=seen.messages.get(stored.id, stored), wish=event.wish)

    ticket = await room.store.tickets.get(stored.ticket)
    if ticket is None:
        return refusal("unknown_ticket", Scene())
    # Where the words stand need not be where their ticket is now.
    actor = actor_of(await placed(room, event.person, ticket), room.rules.current)
    return await _act(room, event, actor, stored.ticket, choose, messages=(stored.id,))


async def pressed(room: Room, event: ButtonPressed | FormSubmitted) -> Answer:
    """A click, judged on today's state."""
    ticket = await room.store.tickets.get(event.ticket)
    if ticket is None:
        return refusal("unknown_ticket", Scene())
    event = replace(event, person=await placed(room, event.person, ticket))
    if event.verb in acts.LOOKS:
        return await acts.look(room, event.verb, event.ticket, event.person)
    if event.verb is Verb.REPLY and not event.fields.get("text", "").strip():
        return refusal("no_words", Scene())
    if event.verb is Verb.REPLY:
        return await wrote(room, _reply_in_form(event))
    receiver = event.named or named(event.fields.get("to", ""), room.rules.current)
    if receiver is not None:
        event = replace(event, named=await placed(room, receiver, ticket))
    actor = actor_of(event.person, room.rules.current)
    message = event.message if isinstance(event, ButtonPressed) else None
    if isinstance(event, FormSubmitted) and event.epoch not in {None, ticket.epoch}:
        return await _refused(room, NotAllowed("changed_meanwhile"), event.ticket)
    try:
        choose = await acts.chosen(room, event, actor)
    except NotAllowed as no:
        return await _refused(room, no, event.ticket)
    messages = (message,) if message is not None else ()
    via = "console" if event.person.platform == "console" else "button"
    counting = event.verb is Verb.CLAIM
    return await _act(room, event, actor, event.ticket, choose, messages=messages, via=via, counting=counting)


def _reply_in_form(event: ButtonPressed | FormSubmitted) -> PersonWrote:
    return PersonWrote(
        key=event.key, person=event.person, at=event.at, text=event.fields.get("text", ""), ticket=event.ticket,
        intent=Intent.REPLY,
    )  # fmt: skip


async def commanded(room: Room, event: CommandGiven) -> Answer:
    """`/handrail …`: a listing, or the same acts as the buttons."""
    understood = await commands.understand(room, event)
    if isinstance(understood, ButtonPressed):
        return await pressed(room, understood)
    if isinstance(understood, PersonWrote):
        return await wrote(room, understood)
    if isinstance(understood, MessageRecast):
        return await recast(room, understood)
    return understood


async def typing(room: Room, event: PersonTyping) -> None:
    """A member writes: shown to colleagues, and told to a bot that can show it."""
    actor = actor_of(event.person, room.rules.current)
    room.presence.member_writes(event.ticket, actor.key, actor.name, note=event.note, at=event.at)
    room.store.commits.pulse({event.ticket})
    if event.note or not room.presence.should_tell(event.ticket, event.at):
        return

    def settle(seen: Situation) -> Change | None:
        ticket = ticket_of(seen)
        if ticket.assignee is None or ticket.assignee.key != actor.key:
            return None
        return spread_over(room, ticket, decide(ticket, act.TeamTyping(), actor, event.at))

    await room.store.writer.decide(Ask(find=ByTicket(event.ticket), decide=settle))


async def thread_gone(room: Room, event: ThreadGone) -> Answer:
    """Somebody deleted a ticket's thread."""
    found = await room.store.threads.ticket_of(event.thread)
    if found is None or not found[1]:
        return Nothing()
    lost = act.LoseThread(thread=event.thread)

    def settle(seen: Situation) -> Change | None:
        ticket = ticket_of(seen)
        return spread_over(room, ticket, decide(ticket, lost, system("thread"), event.at))

    await room.store.writer.decide(Ask(find=ByTicket(found[0]), decide=settle, key=event.key))
    return Nothing()


async def _act(
    room: Room,
    event: FromPerson,
    actor: Actor,
    ticket_id: TicketId,
    choose: Choose,
    *,
    messages: tuple[MessageId, ...] = (),
    files: tuple[str, ...] = (),
    via: str = "button",
    counting: bool = False,
) -> Answer:
    """Decide inside the writer, `counting` the member's tickets; say what happened, or why it did not."""

    def settle(seen: Situation) -> Change | None:
        ticket = ticket_of(seen)
        change = spread_over(room, ticket, decide(ticket, choose(seen), actor, event.at, via=via))
        crashpoint("chat.before_commit")
        return change

    ask = Ask(
        find=ByTicket(ticket_id), decide=settle, key=event.key, messages=messages, files=files,
        assignee=actor.key if counting else None,
    )  # fmt: skip
    try:
        verdict = await room.store.writer.decide(ask)
        crashpoint("chat.before_ack")
    except NotAllowed as no:
        return await _refused(room, no, ticket_id)
    except NoSuchTicket:
        return refusal("unknown_ticket", Scene())
    return Nothing() if verdict is None else await _said(room, verdict, event)


async def _said(room: Room, verdict: Verdict, event: FromPerson) -> Answer:
    if isinstance(event, PersonWrote) and verdict.code == "held" and event.thread is not None:
        # The question comes as its own delivery, so that it is asked even if we stop here.
        return Nothing()
    ticket = await room.store.tickets.get(verdict.ticket.id)
    if ticket is None:
        return Nothing()
    user = await room.store.users.get(ticket.user)
    scene = scene_of(ticket, user.called if user else "the user", verdict.facts, message=verdict.message)
    return done(verdict.code, scene)


async def _refused(room: Room, no: NotAllowed, ticket_id: TicketId) -> Answer:
    ticket = await room.store.tickets.get(ticket_id)
    if ticket is None:
        return refusal("unknown_ticket", Scene())
    user = await room.store.users.get(ticket.user)
    message = no.facts.get("message")
    facts = no.facts
    if no.code == "not_of_team" and (ask := somebody_of(ticket.policy.team, room.rules.current)) is not None:
        facts = {**facts, "ask": ask}
    scene = scene_of(
        ticket,
        user.called if user else "the user",
        facts,
        message=MessageId(message) if isinstance(message, str) else None,
    )
    return refusal(no.code, scene)
