"""CommonMark → rich text. Rich text parses nothing, so what users wrote can be bold but never ring or mislead."""

import re
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.chat.slack.render.spans import Block, clean

# Left out is what makes words vanish (references, entities) or means more than a person at a keyboard meant.
_PARSER: Final = (
    MarkdownIt("commonmark", {"html": False})
    .enable("strikethrough")
    .disable(["reference", "entity", "lheading", "code", "hr"])
)
MOST_MARKS: Final = 300
"""Marks that never close cost the parser quadratic time, in which nothing else runs: such a text stays plain."""

_LANGUAGE: Final = re.compile(
    r"bash|sh|shell|c|c\+\+|cpp|cs|css|diff|go|html|http|ini|java|javascript|js|json|log|markdown|md|php|plain|text|txt"
    r"|py|python|rb|ruby|rust|sql|toml|ts|typescript|xml|ya?ml",
    re.IGNORECASE,
)
_STYLES: Final = {"strong": "bold", "em": "italic", "s": "strike"}


def rich_words(text: str) -> list[Block]:
    """The text as one rich_text block, or none if it is blank."""
    text = clean(text)
    if sum(text.count(mark) for mark in "[*_~") > MOST_MARKS:
        elements = [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}]
    else:
        painter = _Painter()
        for token in _PARSER.parse(text):
            painter.take(token)
        elements = painter.finished()
    return [{"type": "rich_text", "elements": elements}] if elements else []


class _Painter:
    """Takes the parser's tokens in order; lists become lines with their marks, so that numbers stay as written."""

    def __init__(self) -> None:
        self._done: list[Block] = []
        self._open = _Run()
        self._quotes = 0
        self._lists = 0
        self._mark = ""
        self._heading = False

    def take(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._paragraph(token)
            case "fence" | "code_block":
                self._code(token.info.strip(), token.content.rstrip("\n"))
            case "blockquote_open" | "blockquote_close":
                self._flush()
                self._quotes += token.nesting
            case "bullet_list_open" | "bullet_list_close" | "ordered_list_open" | "ordered_list_close":
                self._lists += token.nesting
            case "list_item_open":
                self._lone_mark()
                number = f"{token.info}{token.markup}" if token.info else "•"
                self._mark = f"{'  ' * (self._lists - 1)}{number} "
            case "list_item_close":
                self._lone_mark()
            case "heading_open" | "heading_close":
                self._heading = token.nesting == 1
            case _:
                pass

    def finished(self) -> list[Block]:
        self._flush()
        return self._done

    def _paragraph(self, token: Token) -> None:
        if self._open.elements:
            self._open.add("\n" if self._mark else "\n\n")
        self._open.add(self._mark)
        self._mark = ""
        _inline(token.children or [], self._open, heading=self._heading)

    def _lone_mark(self) -> None:
        """The mark of an item without words of its own: empty, or code."""
        if self._mark:
            self._open.add(("\n" if self._open.elements else "") + self._mark.rstrip())
            self._mark = ""

    def _code(self, language: str, code: str) -> None:
        self._lone_mark()
        self._flush()
        if language and not _LANGUAGE.fullmatch(language):
            # Somebody's words behind the fence, not the name of a language.
            code = f"{language}\n{code}" if code.strip() else language
        if code.strip():
            self._done.append({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": code}]})

    def _flush(self) -> None:
        elements, self._open = self._open.elements, _Run()
        if any(element["text"].strip() for element in elements):
            kind = "rich_text_quote" if self._quotes else "rich_text_section"
            self._done.append({"type": kind, "elements": elements})


class _Run:
    """Text elements; neighbours of one style are one element."""

    def __init__(self) -> None:
        self.elements: list[Block] = []

    def add(self, text: str, styles: frozenset[str] = frozenset()) -> None:
        style = dict.fromkeys(sorted(styles), True)
        if not text:
            return
        if self.elements and self.elements[-1].get("style", {}) == style:
            self.elements[-1]["text"] += text
        else:
            self.elements.append({"type": "text", "text": text} | ({"style": style} if style else {}))


def _inline(children: list[Token], run: _Run, *, heading: bool) -> None:
    styles: list[str] = ["bold"] if heading else []
    links: list[tuple[str, list[str]]] = []
    for token in children:
        words = ""
        match token.type:
            case "softbreak" | "hardbreak":
                words = "\n"
            case "code_inline":
                words = token.content
                run.add(words, frozenset({*styles, "code"}))
                words = _heard(links, words)
            case "image":
                words = f"{token.content} ({token.attrGet('src')})"
            case "link_open":
                title = token.attrGet("title")
                links.append((f"{token.attrGet('href')}{f' {title}' if title else ''}", []))
            case "link_close":
                words = _address(*links.pop())
            case _ if (style := _STYLES.get(token.tag)) and token.nesting:
                styles = [*styles, style] if token.nesting == 1 else _without(styles, style)
            case _:
                words = token.content
        run.add(words, frozenset(styles))
        if words and links:
            links[-1][1].append(words)


def _heard(links: list[tuple[str, list[str]]], words: str) -> str:
    """Code is painted already; a link only has to know its words."""
    if links:
        links[-1][1].append(words)
    return ""


def _address(href: str, words: list[str]) -> str:
    """A link always shows where it leads."""
    bare = href.removeprefix("mailto:")
    return "" if "".join(words).strip() in {href, bare} else f" ({bare})"


def _without(styles: list[str], style: str) -> list[str]:
    at = len(styles) - 1 - styles[::-1].index(style)
    return styles[:at] + styles[at + 1 :]
