"""What about the config file asks for a person, above the list."""

from pathlib import Path

from bridge.console.painter import Canvas, Region
from bridge.rulebook.reload import Rules

COMPLAINTS_SHOWN = 3
"""The list below matters more; the command line tells them all."""


def banner(canvas: Canvas, rules: Rules) -> Region:
    """Stands there while something is to be done; empty otherwise."""
    state = rules.state
    told = bool(state.complaints or state.refused_at)
    for_admin = canvas.viewer.admin and bool(state.needs_restart or state.outdated or state.orphaned)
    if not told and not for_admin:
        return Region("rules", ())
    folder = f"{Path(rules.current.path).parent}/"
    lines = tuple(line.removeprefix(folder) for line in state.complaints[:COMPLAINTS_SHOWN])
    part = canvas.keep("rules-line", "rules.html", state=state, lines=lines, more=len(state.complaints) - len(lines))
    return Region("rules", (part,))
