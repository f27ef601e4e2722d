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
    alarms: Alarms | None = None
    bots: dict[PlainName, Bot] = Field(default={})
    members: dict[Name, Member] = Field(default={}, description="Links one human's accounts.")
    teams: dict[Name, Team] = Field(default={})
    calendars: dict[Name, Calendar] = Field(default={})
    ladders: dict[Name, Ladder] = Field(default={})
    approvals: dict[Name, Approval] = Field(default={})
    words: Words = Words()
    demo: Demo | None = None
    routes: Route = Field(description="A tree: the root takes whatever no other node does.")
    tests: list[Test] = Field(default=[])
