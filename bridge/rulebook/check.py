"""What is wrong with a config file, for those who only want to hear that: `handrail config check`."""

from collections.abc import Mapping
from pathlib import Path

from bridge.domain.errors import RulebookError
from bridge.rulebook.build_shores import Kinds
from bridge.rulebook.load import ANY_KIND, load


def complaints(path: Path, env: Mapping[str, str], kinds: Kinds = ANY_KIND) -> list[str]:
    """Every complaint as a finished line, in the order of the file; empty when it is good."""
    try:
        load(path, env, kinds)
    except RulebookError as error:
        return error.complaints
    return []
