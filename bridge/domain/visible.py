"""Characters that could hide or reorder text, made harmless to look at. Words are never refused for them."""

import unicodedata

_KEPT = {"\n", "\t"}
_PICTURES = {chr(code): chr(0x2400 + code) for code in range(0x20) if chr(code) not in _KEPT} | {"\x7f": "␡"}
_C1 = {chr(code): "�" for code in range(0x80, 0xA0)}
# Overrides and embeddings can make "gpj.exe" read as "exe.jpg"; isolation alone keeps the reordering inside the text.
_BIDI = {chr(code): f"⟦{code:04X}⟧" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}

_IN_TEXT = str.maketrans(_PICTURES | _C1 | _BIDI | {"\r": "\n"})
_IN_NAMES = str.maketrans(
    _PICTURES
    | _C1
    | dict.fromkeys(_BIDI, "")
    | {"\n": " ", "\t": " ", "\r": " "}
    | {chr(code): "" for code in range(0xE0000, 0xE0080)}
)


def visible(text: str) -> str:
    """A person's words with control characters as visible symbols; line ends and tabs stay."""
    return text.replace("\r\n", "\n").translate(_IN_TEXT)


def visible_name(name: str) -> str:
    """A name or title on one line; joiners stay (emoji, Persian names), invisible tags and overrides go."""
    return name.translate(_IN_NAMES).strip() or "Guest"


def mixes_scripts(name: str) -> bool:
    """Does one word mix Latin with Cyrillic or Greek letters, as look-alikes of other people's names do?"""
    return any(_looks_forged(word) for word in name.split())


def _looks_forged(word: str) -> bool:
    scripts = {unicodedata.name(char, "").split(" ")[0] for char in word if char.isalpha()}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK"})
