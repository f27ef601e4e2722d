"""Regular expressions of the config run in RE2: linear in the text, whatever the pattern."""

from collections.abc import Callable

import re2

from bridge.rulebook.complaints import plain

LONGEST = 500
_MEMORY = 1 << 20


def searcher(pattern: str, *, any_case: bool = False) -> Callable[[str], bool]:
    """A predicate that looks for the pattern anywhere in a text. Raises: ValueError with a sentence."""
    if len(pattern) > LONGEST:
        raise ValueError(f"the pattern is longer than {LONGEST} characters")
    options = re2.Options()
    options.log_errors = False  # RE2 prints to standard error otherwise
    options.max_mem = _MEMORY
    options.case_sensitive = not any_case
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        reason = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise ValueError(f"RE2 refuses this pattern: {plain(reason, 120)}") from None

    def found(text: str) -> bool:
        # A lone surrogate has no UTF-8; it is looked at as a question mark.
        return compiled.search(text.encode("utf-8", "replace").decode()) is not None

    return found
