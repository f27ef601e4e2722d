"""Who looks at a screen, and which screen it is."""

from dataclasses import dataclass
from urllib.parse import urlencode

from bridge.domain.people import Person
from bridge.domain.refs import CONSOLE, MemberKey, TicketId
from bridge.domain.views import Section

SEARCH_AT_MOST = 200


def person_called(name: str, *, admin: bool = False) -> Person:
    """A member of the console as the desk knows people."""
    return Person(platform=CONSOLE, workspace=CONSOLE, id=name, name=name, in_channel=True, admin=admin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A signed-in member. `csrf` goes into every form; `key` is who they are to a ticket."""

    name: str
    key: MemberKey
    admin: bool
    csrf: str
    session: str
    """The hashed id of their session: names this browser in presence, never leaves the process."""

    @property
    def person(self) -> Person:
        return person_called(self.name, admin=self.admin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What the address says: which list, what is searched, which page of it, which ticket."""

    section: Section = Section.UNASSIGNED
    search: str = ""
    after: str | None = None
    number: int | None = None
    ticket: TicketId | None = None

    @property
    def query(self) -> str:
        """The list's part of the address, with its question mark; empty for the first list."""
        return self.query_of(self.section)

    def query_of(self, section: Section, *, after: str | None = None) -> str:
        pairs = {"s": section.value} if section is not Section.UNASSIGNED else {}
        if self.search:
            pairs["q"] = self.search
        if after:
            pairs["after"] = after
        return f"?{urlencode(pairs)}" if pairs else ""

    def list_address(self, section: Section | None = None) -> str:
        return "/" + self.query_of(section or self.section)
