"""What about the config file asks for a person, above the list."""

from itertools import islice

from bridge.console.painter import Canvas, Region
from bridge.rulebook.reload import RulesState

COMPLAINTS_SHOWN = 20


def banner(canvas: Canvas, state: RulesState) -> Region:
    """Stands above the list while something about the file asks for a person; empty otherwise."""
    told = bool(state.complaints or state.refused_at)
    for_admin = canvas.viewer.admin and bool(state.needs_restart or state.outdated or state.orphaned)
    if not told and not for_admin:
        return Region("rules", ())
    lines = tuple(islice(state.complaints, COMPLAINTS_SHOWN))
    part = canvas.keep("rules-line", "rules.html", state=state, lines=lines, more=len(state.complaints) - len(lines))
    return Region("rules", (part,))
