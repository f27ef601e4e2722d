"""What a page's HTML may do: read as a browser reads it."""

from html.parser import HTMLParser

SCRIPTS = ("/static/",)
ADDRESSES = ("/", "#", "http://", "https://", "mailto:")


class Markup(HTMLParser):
    """Collects everything that could run, load or lead somewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self.tags: set[str] = set()
        self.images: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        if tag in {"img", "svg", "iframe", "object", "embed", "style", "base", "math"}:
            self.complaints.append(f"<{tag}>")
        if tag == "script" and not (given.get("src") or "").startswith(SCRIPTS):
            self.complaints.append(f"inline script {given}")
        for name, value in attrs:
            if name.startswith(("on", "hx-on", "hx-vars")) or name in {"style", "srcdoc"}:
                self.complaints.append(f"{tag} {name}={value}")
            if name in {"href", "src", "action", "formaction"} and not (value or "").startswith(ADDRESSES):
                self.complaints.append(f"{tag} {name}={value}")
            if name == "hx-vals" and (value or "").startswith(("js:", "javascript:")):
                self.complaints.append(f"{tag} {name}={value}")
        if tag == "a":
            self.links.append(given.get("href") or "")
