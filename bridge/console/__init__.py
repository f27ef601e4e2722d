"""The team's web inbox: pages, live updates, sign-in."""

from bridge.console.insides import Insides
from bridge.console.routes import add_console

__all__ = ["Insides", "add_console"]
