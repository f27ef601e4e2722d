"""What every page of the console works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from bridge.console.gate import Gate
from bridge.console.insides import Insides
from bridge.console.live import Live
from bridge.console.painter import Painter
from bridge.console.shelf import Shelf
from bridge.console.wrongs import Wrongs
from bridge.desk.desk import Desk
from bridge.domain.buckets import Buckets
from bridge.domain.refs import ThreadRef
from bridge.ports.clock import Clock
from bridge.rulebook.reload import Rules, RulesState
from bridge.store.store import Store

Permalink = Callable[[ThreadRef], str | None]
Reload = Callable[[str, str], Awaitable[RulesState]]
"""Read the config file again on behalf of somebody: actor, via."""
Recount = Callable[[datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    desk: Desk
    store: Store
    rules: Rules
    clock: Clock
    painter: Painter
    shelf: Shelf
    gate: Gate
    live: Live
    public_url: str
    """Where people reach us; links and the Origin check use this, never the Host header."""
    demo: bool
    """Is there a demo bot to talk to under /demo/?"""
    guesses: Buckets = field(default_factory=Buckets)
    """Sign-in links that were none, by address."""
    permalink: Permalink
    """The web address of a ticket's thread, if its platform can tell one."""
    insides: Insides = field(default_factory=Insides)
    wrongs: Wrongs = field(default_factory=Wrongs)
    reload: Reload | None = None
    recount: Recount | None = None
    """Count anew who follows old rules."""
