"""Clicks and commands: acknowledged at once, answered after the commit, to the one person who asked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import structlog

from adapters.chat.discord.errors import ALREADY_ANSWERED, TOO_LATE
from adapters.chat.discord.events import Home, to_command, to_pressed
from adapters.chat.discord.platform.client import ActButton, Interaction
from adapters.chat.discord.render import instead_of, listing, notice
from adapters.chat.discord.render.buttons import read_custom_id
from bridge.domain.errors import StoreTrouble
from bridge.domain.events import ChatEvent
from bridge.domain.paint import Answer, Form, HomePage, Listing, Nothing, Notice
from bridge.ports.chat import OnChatEvent

log = structlog.get_logger(__name__)

NOT_STORED = Notice(line=("That could not be stored just now. Nothing has changed; please try again.",), refused=True)
FAILED = Notice(line=("Something went wrong here. Look at the card before you try again.",), refused=True)
NOT_YOURS = Notice(line=("These buttons are for somebody else.",), refused=True)
NOT_READABLE = Notice(line=("This button is not known any more. Use the newest card.",), refused=True)
_DONE = "Done."


class ClickDesk:
    """Each handler is wrapped: what escaped would only be logged by the library, and the person left waiting."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._on_event: OnChatEvent | None = None
        self._busy: set[asyncio.Task[Any]] = set()

    def listen(self, on_event: OnChatEvent) -> None:
        self._on_event = on_event

    async def pressed(self, interaction: Interaction, custom_id: str) -> None:
        await self._guarded(interaction, self._press(interaction, custom_id))

    async def commanded(self, interaction: Interaction) -> None:
        await self._guarded(interaction, self._command(interaction))

    async def settle(self, seconds: float) -> None:
        """discord.py's close does not wait for handlers: give them time first."""
        if self._busy:
            await asyncio.wait(set(self._busy), timeout=seconds)

    async def _press(self, interaction: Interaction, custom_id: str) -> None:
        act = read_custom_id(custom_id)
        if act is None or (act.only is not None and act.only != str(interaction.user.id)):
            refusal = NOT_READABLE if act is None else NOT_YOURS
            await interaction.response.send_message(_text(refusal), ephemeral=True)
            return
        # Type 6: the card stays as it is, and no "is thinking" flickers.
        if await self._acknowledged(interaction, interaction.response.defer):
            await self._answer(interaction, await self._tell(to_pressed(interaction, act, self._home)))

    async def _command(self, interaction: Interaction) -> None:
        async def defer() -> object:
            return await interaction.response.defer(ephemeral=True)

        if await self._acknowledged(interaction, defer):
            await self._answer(interaction, await self._tell(to_command(interaction, self._home)))

    async def _acknowledged(self, interaction: Interaction, defer: Callable[[], Awaitable[object]]) -> bool:
        """False when this interaction is lost, or another instance has it."""
        try:
            await defer()
        except discord.HTTPException as error:
            if error.code in {TOO_LATE, ALREADY_ANSWERED}:
                log.warning("discord_interaction_lost", interaction=interaction.id, code=error.code)
                return False
            log.warning("discord_interaction_unacknowledged", interaction=interaction.id, code=error.code)
        return True

    async def _tell(self, event: ChatEvent) -> Answer:
        if self._on_event is None:
            return NOT_STORED
        try:
            return await self._on_event(event)
        except StoreTrouble:
            return NOT_STORED

    async def _answer(self, interaction: Interaction, answer: Answer) -> None:
        match answer:
            case Nothing() | HomePage():
                if interaction.type is discord.InteractionType.application_command:
                    # "is thinking" stands there until something is said.
                    await interaction.followup.send(_DONE, ephemeral=True)
                return
            case Notice():
                body = notice(answer, only=answer.only)
            case Listing():
                body = listing(answer)
            case Form():
                body = instead_of(answer)
        view = _view(body)
        more: dict[str, Any] = {"view": view} if view is not None else {}
        await interaction.followup.send(str(body["content"]), ephemeral=True, **more)

    async def _guarded(self, interaction: Interaction, work: Any) -> None:
        if interaction.guild_id != self._home.guild:
            work.close()
            log.warning("discord_interaction_of_another_server", guild=interaction.guild_id)
            return
        task = asyncio.current_task()
        if task is not None:
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)
        try:
            await work
        except Exception:
            log.exception("discord_interaction_failed", interaction=interaction.id)
            await self._sorry(interaction)

    async def _sorry(self, interaction: Interaction) -> None:
        try:
            if interaction.response.is_done():
                await interaction.followup.send(_text(FAILED), ephemeral=True)
            else:
                await interaction.response.send_message(_text(FAILED), ephemeral=True)
        except Exception:  # noqa: BLE001 - there is nobody left to tell
            log.warning("discord_interaction_unanswered", interaction=interaction.id)


def _text(told: Notice) -> str:
    return str(notice(told)["content"])


def _view(body: dict[str, object]) -> discord.ui.View | None:
    """The rows of a body as discord.py wants them for a private answer.

    Made of dynamic items and links only: with one ordinary button in it, the view's end would take the dynamic
    items' patterns with it, and every old button of the server would go dead without a word (ui/view.py).
    """
    rows = body.get("components")
    if not isinstance(rows, list) or not rows:
        return None
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(rows):
        for item in row["components"]:
            button: discord.ui.Button[Any] = discord.ui.Button(
                label=item["label"],
                style=discord.ButtonStyle(item["style"]),
                custom_id=item.get("custom_id"),
                url=item.get("url"),
                row=number,
            )
            view.add_item(button if button.url else ActButton(button, row=number))
    return view
