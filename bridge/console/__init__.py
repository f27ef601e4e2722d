"""The team's web inbox: pages, live updates, sign-in."""

from bridge.console.routes import add_console

__all__ = ["add_console"]
