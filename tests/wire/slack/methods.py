"""The Web API methods Handrail uses, each carried out by the part of Slack it belongs to."""

from typing import Any

from tests.wire.slack.chat import Chat, Emit
from tests.wire.slack.directory import Directory
from tests.wire.slack.files import Files
from tests.wire.slack.reading import Reading
from tests.wire.slack.views import Views
from tests.wire.slack.workspace import Channel, Payload, Workspace


class Methods:
    """Carries methods out. `emit` sends an Events API event."""

    def __init__(self, workspace: Workspace, emit: Emit) -> None:
        self.workspace = workspace
        self.emit = emit
        self.chat = Chat(workspace, emit)
        self.reading = Reading(workspace)
        self.directory = Directory(workspace)
        self.views = Views(workspace)
        self.files = Files(workspace, self.chat)

    def carry_out(self, method: str, given: Payload) -> Payload:
        name = "do_" + method.replace(".", "_")
        parts: tuple[Any, ...] = (self.chat, self.reading, self.directory, self.views, self.files)
        return getattr(next(part for part in parts if hasattr(part, name)), name)(given)

    @property
    def ephemerals(self) -> list[Payload]:
        """Everything shown to one person: {user, channel, thread_ts, ts, text, blocks}."""
        return self.chat.ephemerals

    @property
    def rung(self) -> set[str]:
        """Whom posts of ours made ring: user ids, `team:<group>`."""
        return self.chat.rung

    @property
    def hidden_links(self) -> set[tuple[str, str]]:
        """Links of ours whose words hide where they lead: (address, words)."""
        return self.chat.hidden_links

    @property
    def page_cap(self) -> int:
        """So many objects at most come in one answer of history or replies."""
        return self.reading.page_cap

    @page_cap.setter
    def page_cap(self, most: int) -> None:
        self.reading.page_cap = most

    def delete(self, channel: Channel, ts: str) -> None:
        self.chat.delete(channel, ts)

    def whispered(self, given: Payload) -> str:
        return self.chat.whispered(given)
