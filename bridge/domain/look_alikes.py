"""Names that could be taken for somebody else's."""

import unicodedata
from collections.abc import Iterable
from typing import Final

_LETTERS: Final = str.maketrans(
    # Cyrillic and Greek letters that look Latin, digits that look like letters, and i and l that look like each other.
    "авеёкмнорстухѕіјԁɡһԛԝαβεικνορτυχ" "0135" "il|!",
    "abeekmhopctyxsijdghqwabeiknoptux" "oles" "llll",
)  # fmt: skip
_LEAST: Final = 3
"""Shorter names are anybody's."""


def takes_the_name(name: str, theirs: Iterable[str]) -> bool:
    """Does it read like one of theirs, whatever letters, blanks and signs it is made of?"""
    bare = _bare(name)
    return len(bare) >= _LEAST and any(bare == _bare(each) for each in theirs)


def _bare(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name).casefold().translate(_LETTERS)
    return "".join(char for char in folded if char.isalnum()).replace("rn", "m").replace("vv", "w")
