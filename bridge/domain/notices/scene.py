"""What a sentence may mention, and how its buttons are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bridge.domain.events import Verb
from bridge.domain.paint import Button, Line, Moment, Notice, Span, Style
from bridge.domain.refs import MessageId, TicketId
from bridge.domain.words import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The moment a sentence is said in. `user` is what the user is called; facts hold no words of users."""

    facts: Mapping[str, Scalar] = field(default_factory=dict)
    ticket: TicketId | None = None
    number: int = 0
    epoch: int = 0
    user: str = "the user"
    team: str = ""
    bot: str = "the bot"
    message: MessageId | None = None

    @property
    def name(self) -> str:
        """`#1042`"""
        return f"#{self.number}"

    def text(self, fact: str, unknown: str = "somebody") -> str:
        value = self.facts.get(fact)
        return unknown if value is None else str(value)

    @property
    def of_team(self) -> str:
        """A team that is whoever is in the channel has no name people know."""
        team = self.text("team", self.team)
        return "this ticket's channel" if team == "channel" else team

    def moment(self, fact: str) -> Span:
        """A fact that is an ISO time, as the platform shows times; empty when it is not known."""
        value = self.facts.get(fact)
        return Moment(datetime.fromisoformat(value)) if isinstance(value, str) else "a while ago"

    def button(self, label: str, verb: Verb, style: Style = Style.PLAIN, *, form: bool = False) -> tuple[Button, ...]:
        """One button about this ticket, or none where no ticket is known."""
        if self.ticket is None:
            return ()
        made = Button(
            label=label, verb=verb, ticket=self.ticket, epoch=self.epoch, style=style, form=form,
            message=None if form else self.message,
        )  # fmt: skip
        return (made,)


def say(*line: Span) -> Notice:
    """A sentence without buttons."""
    return Notice(line=_tight(line))


def always(sentence: str) -> Callable[[Scene], Notice]:
    """A sentence that is the same in every scene."""
    return lambda _scene: say(sentence)


def offer(scene: Scene, *line: Span, buttons: tuple[tuple[str, Verb, Style], ...], forms: bool = False) -> Notice:
    """A sentence with the next acts, or with the `forms` that lead to them."""
    made = tuple(button for label, verb, style in buttons for button in scene.button(label, verb, style, form=forms))
    return Notice(line=_tight(line), buttons=made)


def _tight(line: tuple[Span, ...]) -> Line:
    return tuple(span for span in line if span != "")
