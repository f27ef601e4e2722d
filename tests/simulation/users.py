"""Bots and their users: escalate, write, edit, delete, take back, and give receipts; again until there is an answer."""

from collections.abc import Callable
from typing import Any

from bridge.domain.capabilities import BotCapabilities
from bridge.domain.change import Verdict
from bridge.domain.events import (
    BotEvent,
    Escalated,
    EventKey,
    Receipt,
    ReceiptGiven,
    TakenBack,
    Turn,
    UserDeleted,
    UserEdited,
    UserFacts,
    UserWrote,
)
from bridge.domain.refs import BotName, MessageId, TicketId
from bridge.domain.ticket import Outcome
from bridge.domain.words import Author
from bridge.ports.bots import Envelope
from tests.simulation.faults import Fault
from tests.simulation.rules import BOTS, WHERE
from tests.simulation.words import Conversation, How, Said, Word
from tests.simulation.world import World

LONG = "and then " * 60
RECEIPTS = (Receipt.DELIVERED, Receipt.SEEN, Receipt.SEEN, Receipt.FAILED)


class Users:
    """Everybody on the bots' side."""

    def __init__(self, world: World, said: Said) -> None:
        self._world = world
        self._said = said
        self._keys = 0
        self.conversations: list[Conversation] = []
        world.on_told = self._told

    def plan(self, seconds: float) -> None:
        """Put into the agenda what they will do."""
        rng, after = self._world.rng, self._world.agenda.after
        for number in range(rng.randrange(1, 5)):
            conversation = Conversation(rng.choice(BOTS), f"web-{number}", rng.choice(WHERE))
            self.conversations.append(conversation)
            begins = rng.uniform(0.0, seconds / 2)
            after(begins, lambda each=conversation: self.escalate(each))
            for _ in range(rng.randrange(1, 5)):
                after(rng.uniform(begins, seconds), lambda each=conversation: self.say(each))
            if rng.random() < 0.3:
                after(rng.uniform(begins, seconds), lambda each=conversation: self.escalate(each))
            if rng.random() < 0.15:
                after(rng.uniform(begins, seconds), lambda each=conversation: self.take_back(each))
            for revise in (self.edit, self.delete):
                if rng.random() < 0.4:
                    after(rng.uniform(begins, seconds), lambda each=conversation, act=revise: act(each))

    def escalate(self, conversation: Conversation) -> None:
        bot, world = conversation.bot, self._world
        key = self._key(bot)
        turns = tuple(
            Turn(author=Author.USER if turn % 2 else Author.BOT, text=f"turn {turn}")
            for turn in range(world.rng.randrange(3))
        )

        def make() -> BotEvent:
            return Escalated(
                bot=bot, key=key, fingerprint=key.key, at=world.clock.now(), conversation=conversation.external_id,
                user=UserFacts(external_id=f"user {conversation.external_id}", name="Mara"), title="refund",
                attributes={"where": conversation.where}, transcript=turns,
                capabilities=BotCapabilities(edit=True, delete=True, typing=True),
            )  # fmt: skip

        def answered(answer: Verdict | Exception) -> None:
            conversation.busy = False
            if isinstance(answer, Verdict):
                conversation.tickets.append(answer.ticket.id)

        conversation.busy = True
        self._report(make, answered)

    def say(self, conversation: Conversation) -> None:
        """The next words of the user, once those before have an answer."""
        ticket = self._free(conversation, self.say)
        if ticket is None:
            return
        rng = self._world.rng
        tail = rng.choice(("hello", "hello", "please help", LONG))
        if self._world.weather.strikes(Fault.REJECTED, 0.3):
            tail = "*prickly* thing"
        elif self._world.weather.strikes(Fault.POISON, 0.2):
            tail = "poisonxx"
        word = self._said.new(ticket, conversation.external_id, How.USER, tail)
        conversation.words.append(word)
        key = self._key(conversation.bot)

        def make() -> BotEvent:
            return UserWrote(
                bot=conversation.bot, key=key, fingerprint=word.token, at=self._world.clock.now(), ticket=ticket,
                text=word.text, external_id=word.token,
            )  # fmt: skip

        def answered(answer: Verdict | Exception) -> None:
            conversation.busy = False
            if isinstance(answer, Verdict):
                word.ticket, word.message = answer.ticket.id, answer.message
                self._said.accept(word)
            else:
                word.refused = type(answer).__name__

        conversation.busy = True
        self._report(make, answered)

    def edit(self, conversation: Conversation) -> None:
        ticket = self._free(conversation, self.edit)
        word = self._some_word(conversation)
        if ticket is None or word is None:
            return
        word.edited = True
        key, bot = self._key(conversation.bot), conversation.bot

        def make() -> BotEvent:
            return UserEdited(
                bot=bot, key=key, fingerprint="edit", at=self._world.clock.now(), ticket=word.ticket,
                external_id=word.token, text=f"{word.token} edited",
            )  # fmt: skip

        self._report(make, lambda answer: None)

    def delete(self, conversation: Conversation) -> None:
        ticket = self._free(conversation, self.delete)
        word = self._some_word(conversation)
        if ticket is None or word is None:
            return
        word.deleting = True
        key, bot = self._key(conversation.bot), conversation.bot

        def make() -> BotEvent:
            return UserDeleted(
                bot=bot, key=key, fingerprint="delete", at=self._world.clock.now(), ticket=word.ticket,
                external_id=word.token,
            )  # fmt: skip

        def answered(answer: Verdict | Exception) -> None:
            if isinstance(answer, Verdict):
                word.deleted_at = self._world.agenda.now

        self._report(make, answered)

    def take_back(self, conversation: Conversation) -> None:
        ticket = self._free(conversation, self.take_back)
        if ticket is None:
            return
        key, bot = self._key(conversation.bot), conversation.bot

        def make() -> BotEvent:
            return TakenBack(
                bot=bot, key=key, fingerprint="back", at=self._world.clock.now(), ticket=ticket,
                outcome=Outcome.RESOLVED,
            )  # fmt: skip

        self._report(make, lambda answer: None)

    def _told(self, bot: BotName, envelope: Envelope) -> None:
        """A callback came for the first time; of some replies the bot says how they fared."""
        rng, data = self._world.rng, envelope.data
        message, ticket = data.get("message"), data.get("ticket")
        if envelope.type != "message.created" or not isinstance(message, dict) or not isinstance(ticket, dict):
            return
        if self._world.weather.clear or rng.random() > 0.3:
            return
        key, receipt = self._key(bot), rng.choice(RECEIPTS)

        def make() -> BotEvent:
            return ReceiptGiven(
                bot=bot, key=key, fingerprint="receipt", at=self._world.clock.now(), ticket=TicketId(str(ticket["id"])),
                message=MessageId(str(message["id"])), receipt=receipt,
            )  # fmt: skip

        self._world.agenda.after(rng.uniform(0.0, 4.0), lambda: self._report(make, lambda answer: None))

    def _report(self, make: Callable[[], BotEvent], answered: Callable[[Any], None]) -> None:
        """Bots repeat a call until it is answered; sometimes they are hasty."""
        self._world.report(make, answered)
        if self._world.weather.strikes(Fault.REPEATED):
            wait = self._world.rng.uniform(0.0, 3.0)
            self._world.agenda.after(wait, lambda: self._world.report(make, lambda answer: None, again=False))

    def _free(self, conversation: Conversation, later: Callable[[Conversation], None]) -> TicketId | None:
        if conversation.ticket is None or conversation.busy:
            if not self._world.weather.clear:
                self._world.agenda.after(2.0, lambda: later(conversation))
            return None
        return conversation.ticket

    def _some_word(self, conversation: Conversation) -> Word | None:
        words = [word for word in conversation.words if word.order is not None and not word.deleting]
        return self._world.rng.choice(words) if words else None

    def _key(self, bot: BotName) -> EventKey:
        self._keys += 1
        return EventKey(f"bot:{bot}", f"call-{self._keys}")
