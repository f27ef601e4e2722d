"""People's CommonMark as safe HTML: rendered without HTML, then washed by an explicit list."""

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from bridge.domain.visible import visible

_ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\^{}]+", re.IGNORECASE)
_TRAILING = ".,;:!?)]}"

# Chat is no document: a line that starts with "#5" or "---" stays what it is, and nothing is fetched from elsewhere.
_OFF = ("heading", "lheading", "hr", "code", "html_block", "html_inline", "image", "reference")

_TAGS = {"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}


def _link_addresses(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _with_links(block.children)


def _with_links(tokens: list[Token]) -> list[Token]:
    out: list[Token] = []
    inside_link = 0
    for token in tokens:
        inside_link += (token.type == "link_open") - (token.type == "link_close")
        if token.type == "text" and not inside_link:
            out.extend(_split(token.content))
        else:
            out.append(token)
    return out


def _split(text: str) -> list[Token]:
    out: list[Token] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        address = match.group().rstrip(_TRAILING)
        out.append(_text(text[end : match.start()]))
        out.append(Token("link_open", "a", 1, attrs={"href": address}))
        out.append(_text(address))
        out.append(Token("link_close", "a", -1))
        end = match.start() + len(address)
    out.append(_text(text[end:]))
    return out


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=RendererHTML).disable(_OFF)
    parser.core.ruler.push("addresses", _link_addresses)
    return parser


_PARSER = _parser()


@lru_cache(maxsize=2048)
def html_of(text: str) -> Markup:
    """Safe HTML of a message. Links open elsewhere and tell nothing; images are shown as their source."""
    rendered = _PARSER.render(visible(text))
    washed = nh3.clean(
        rendered,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener nofollow noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Markup(washed)  # noqa: S704 - washed by nh3 one line above; this is the only place that says so
