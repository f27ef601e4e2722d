"""The config file as a whole."""

from typing import Literal

from pydantic import Field

from bridge.rulebook.models_rules import Approval, Calendar, Ladder, Route, Test
from bridge.rulebook.models_shores import (
    Alarms,
    Bot,
    Demo,
    Files,
    Member,
    Platform,
    Server,
    Store,
    Strict,
    Team,
    Words,
)
from bridge.rulebook.scalars import Name, PlainName, Timezone


class File(Strict):
    """Handrail's config file."""

    version: Literal[1] = Field(description="The format of this file: 1.")
    timezone: Timezone = Field(default="UTC", description="Calendars are read in it.", examples=["Europe/Paris"])
    server: Server = Server()
    store: Store = Store()
    files: Files = Files()
    platforms: dict[PlainName, Platform] = Field(default={}, description="One entry per workspace or guild.")
    alarms: Alarms | None = Field(default=None, description="Who hears that something is broken; two roads.")
    bots: dict[PlainName, Bot] = Field(default={}, description="Who may escalate: name → keys, callback, attributes.")
    members: dict[Name, Member] = Field(default={}, description="Links one human's accounts.")
    teams: dict[Name, Team] = Field(default={}, description="Who may work on tickets.")
    calendars: dict[Name, Calendar] = Field(default={}, description="Business hours, for `when` and for clocks.")
    ladders: dict[Name, Ladder] = Field(default={}, description="Who is reminded when, while somebody waits.")
    approvals: dict[Name, Approval] = Field(
        default={}, description="Who decides about drafts; `default` is everybody's."
    )
    words: Words = Words()
    demo: Demo | None = Field(default=None, description="The webchat of a first run; off in production.")
    routes: Route = Field(description="A tree: the root takes whatever no other node does.")
    tests: list[Test] = Field(default=[], description="Run by `handrail config test`: given → expected.")
