"""Cut and shorten words of people without hurting them."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_FENCE = re.compile(r" {0,3}(?P<marker>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)$")
_ZWJ = "\u200d"


def split(text: str, max_text: int, measure: Callable[[str], int] = len) -> list[str]:
    """Cut text into pieces that measure at most max_text, at paragraph, line or word ends.

    Code fences are closed and reopened at a cut, so that each piece renders alone. Never returns an empty piece: blank
    text has none. Only blanks at a cut are lost. `measure` tells a piece's size as its platform counts it; a single
    character that alone measures more than max_text still becomes a piece.
    """
    if not text.strip():
        return []
    if measure(text) <= max_text:
        return [text]
    pieces: list[str] = []
    rest, fence = text, None
    while rest.strip():
        cutter = _Cutter(rest, fence, max_text, measure)
        cut = cutter.place()
        if rest[:cut].strip():
            pieces.append(cutter.piece(cut))
        fence = cutter.fence_at(cut)
        rest = _without_break(rest[cut:], in_code=fence is not None)
    return pieces


def excerpt(text: str, limit: int) -> str:
    """The beginning of text on one line, at most limit characters, cut at a word end and marked `…` if cut."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    if limit <= 1:
        return "…"[:limit]
    cut = _whole(line, limit - 1)
    word = line.rfind(" ", 0, cut + 1)
    if word >= limit // 2:
        cut = word
    return line[:cut].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class _Fence:
    """An open code fence: how it is closed, and the line that opens it again."""

    marker: str
    info: str

    @property
    def head(self) -> str:
        return f"{self.marker}{self.info}\n"

    def closed_by(self, line: str) -> bool:
        bare = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        return indent <= 3 and len(bare) >= len(self.marker) and not bare.strip(self.marker[0])


class _Cutter:
    """Finds the best end of the next piece of `text`, which begins inside `fence` or outside of any."""

    def __init__(self, text: str, fence: _Fence | None, max_text: int, measure: Callable[[str], int]) -> None:
        self._text = text
        self._max = max_text
        self._measure = measure
        # A fence so long that it would eat the piece is not worth reopening: its lines go on as plain text.
        self._fence = fence if fence is not None and self._affordable(fence) else None

    def fence_at(self, cut: int) -> _Fence | None:
        """The fence that is open behind the first `cut` characters."""
        fence = self._fence
        for line in self._text[:cut].splitlines():
            if fence is not None:
                fence = None if fence.closed_by(line) else fence
            elif (opening := _FENCE.match(line)) is not None:
                candidate = _Fence(opening["marker"], opening["info"].rstrip())
                fence = candidate if self._closable(candidate) else None
        return fence

    def piece(self, cut: int) -> str:
        fence = self.fence_at(cut)
        head = self._fence.head if self._fence is not None else ""
        tail = f"\n{fence.marker}" if fence is not None else ""
        return head + self._text[:cut].rstrip() + tail

    def place(self) -> int:
        """Where to cut: never 0."""
        best = self._furthest()
        if best >= len(self._text):
            return best
        for cut in self._good_places(best):
            if self._fits(cut):
                return cut
        return best

    def _closable(self, fence: _Fence) -> bool:
        return self._measure("\n" + fence.marker) <= self._max // 2

    def _affordable(self, fence: _Fence) -> bool:
        return self._measure(fence.head + "\n" + fence.marker) <= self._max // 2

    def _fits(self, cut: int) -> bool:
        return self._measure(self.piece(cut)) <= self._max

    def _furthest(self) -> int:
        """A cut that fits and is about the last one that does; 1 if none fits."""
        low, high = 1, min(max(self._max, 2), len(self._text))
        while high < len(self._text) and self._fits(high):
            low, high = high, min(high * 2, len(self._text))
        if self._fits(high):
            return high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._fits(middle) else (low, middle)
        return low

    def _good_places(self, best: int) -> Iterator[int]:
        head = self._text[: best + 1]
        paragraph = head.rfind("\n\n")
        if paragraph >= best // 2:
            yield paragraph
        line = head.rfind("\n")
        if line >= best // 3:
            yield self._before_opening(line)
        if line > 0 and self._in_fence_line(line + 1):
            yield line
        for word in _blanks_backwards(head):
            if word < best // 3:
                break
            yield word
        if line > 0:
            yield line
        yield _whole(self._text, best)

    def _before_opening(self, line_end: int) -> int:
        """A fence that opens in the very last line of a piece had better open in the next."""
        start = self._text.rfind("\n", 0, line_end)
        opens_here = self.fence_at(line_end) is not None and start > 0 and self.fence_at(start) is None
        return start if opens_here else line_end

    def _in_fence_line(self, start: int) -> bool:
        end = self._text.find("\n", start)
        line = self._text[start : end if end >= 0 else len(self._text)]
        return _FENCE.match(line) is not None


def _blanks_backwards(head: str) -> Iterator[int]:
    """Places behind words, the last first; a blank that carries a combining mark is none."""
    for place in range(len(head) - 1, 0, -1):
        if head[place] in " \t\n" and not head[place - 1].isspace() and _may_cut(head, place):
            yield place


def _without_break(rest: str, *, in_code: bool) -> str:
    """Drop the blanks or line ends that the cut stands for; a line's indent stays."""
    if in_code:
        return rest.removeprefix("\r").removeprefix("\n")
    return re.sub(r"^([ \t]*[\r\n]+)+", "", rest) if rest.lstrip(" \t")[:1] in {"\r", "\n"} else rest.lstrip(" \t")


def _whole(text: str, place: int) -> int:
    """The last place at or before `place` that cuts no character in two; `place` itself if there is none."""
    for cut in range(place, 0, -1):
        if _may_cut(text, cut):
            return cut
    return place


def _may_cut(text: str, place: int) -> bool:
    """Do the characters around `place` belong to different visible characters?"""
    if place <= 0 or place >= len(text):
        return True
    before, after = text[place - 1], text[place]
    if _ZWJ in {before, after} or _clings(after) or (before == "\r" and after == "\n"):
        return False
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return False
    return not (_is_flag_half(after) and _flag_halves_before(text, place) % 2)


def _clings(char: str) -> bool:
    """Combining marks and variation selectors, skin tones, tag characters, the later parts of a Hangul syllable."""
    return (
        unicodedata.category(char) in {"Mn", "Me", "Mc"}
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
        or "\u1160" <= char <= "\u11ff"
    )


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_halves_before(text: str, place: int) -> int:
    count = 0
    while count < place and _is_flag_half(text[place - 1 - count]):
        count += 1
    return count
