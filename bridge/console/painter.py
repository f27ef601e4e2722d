"""Templates to HTML. Everything is escaped unless `markdown.html_of` washed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zlib import crc32

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bridge.console.markdown import html_of
from bridge.console.shelf import Shelf
from bridge.console.standing import in_words
from bridge.console.viewer import Screen, Viewer
from bridge.domain.file_types import IMAGES
from bridge.domain.files import in_size
from bridge.domain.paint import Button
from bridge.domain.visible import mixes_scripts, visible, visible_name
from bridge.domain.words import Scalar

HUES = 8


Memo = dict[str, tuple[Mapping[str, object], Markup]]
"""What one stream has painted last, by part: facts and picture."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the screen that is kept up to date: keyed children, each with its own element id."""

    id: str
    parts: tuple[tuple[str, Markup], ...]

    def __html__(self) -> str:
        return "".join(html for _, html in self.parts)


class Painter:
    def __init__(self, shelf: Shelf) -> None:
        env = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        env.filters |= {
            "name": visible_name,
            "words": visible,
            "markdown": html_of,
            "iso": iso,
            "clock": _clock,
            "initials": initials,
            "hue": hue,
            "size": in_size,
            "value": _value,
            "lasting": in_words,
        }
        env.tests["mixed"] = mixes_scripts
        env.tests["web"] = is_web_address
        env.tests["picture"] = lambda kind: kind in IMAGES
        env.globals["file"] = shelf.address
        self._env = env

    def paint(self, template: str, /, **facts: object) -> Markup:
        """Fill a template. The result is safe HTML: Jinja escaped all that came from outside."""
        return Markup(self._env.get_template(template).render(facts))  # noqa: S704 - rendered with autoescape


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """What one viewer's screen is painted with; `page` names the load of the page its forms stand on."""

    painter: Painter
    viewer: Viewer
    screen: Screen
    page: str
    memo: Memo | None = None

    def paint(self, template: str, /, **facts: object) -> Markup:
        return self.painter.paint(template, viewer=self.viewer, screen=self.screen, **facts)

    def keep(self, name: str, template: str, /, **facts: object) -> tuple[str, Markup]:
        """A named part. One whose facts are as they were last time is not painted again."""
        before = None if self.memo is None else self.memo.get(name)
        if before is not None and before[0] == facts:
            return name, before[1]
        html = self.paint(template, **facts)
        if self.memo is not None:
            self.memo[name] = (facts, html)
        return name, html


def oob(regions: tuple[Region, ...], known: dict[str, int] | None = None) -> str:
    """The regions as out-of-band updates; parts that `known` says the browser has already become stubs.

    Regions without any news are left out. `known` is brought up to date.
    """
    return "".join(_oob_one(region, known) for region in regions)


def _oob_one(region: Region, known: dict[str, int] | None) -> str:
    if known is None:
        return f'<div id="{region.id}" hx-swap-oob="keyed">{region.__html__()}</div>'
    order = hash(tuple(name for name, _ in region.parts))
    fresh = known.get(f"{region.id}/") != order
    out: list[str] = []
    for name, html in region.parts:
        mark = hash(html)
        if known.get(f"{region.id}/{name}") == mark:
            out.append(f'<i id="{name}" data-same></i>')
            continue
        fresh = True
        known[f"{region.id}/{name}"] = mark
        out.append(html)
    known[f"{region.id}/"] = order
    return f'<div id="{region.id}" hx-swap-oob="keyed">{"".join(out)}</div>' if fresh else ""


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _clock(at: datetime) -> str:
    return at.strftime("%d %b %H:%M UTC")


def initials(name: str) -> str:
    words = [word for word in visible_name(name).split() if word[0].isalnum()]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "") if words else "?"
    return letters.upper()


def hue(name: str) -> str:
    """One of the palette's colours, always the same for a name."""
    return f"hue-{crc32(name.encode()) % HUES}"


def is_web_address(url: str | None) -> bool:
    return url is not None and url.lower().startswith(("https://", "http://"))


def _value(value: Scalar) -> str:
    match value:
        case True:
            return "yes"
        case False:
            return "no"
        case None:
            return "none"
        case _:
            return visible(str(value))


def fields_of(button: Button) -> Mapping[str, str]:
    """What a button's form carries besides its verb."""
    extra = {"message": str(button.message)} if button.message else {}
    return {**button.fields, **extra}
