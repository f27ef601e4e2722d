"""Checks across sections: names, literal secrets, tests."""

import re
from collections.abc import Mapping

from bridge.domain.refs import CONSOLE
from bridge.rulebook.book import RuleBook
from bridge.rulebook.build_times import Names
from bridge.rulebook.complaints import Complaints, Path, check_known, did_you_mean, quoted
from bridge.rulebook.facts import GIVEN
from bridge.rulebook.models_shores import NO_LITERAL
from bridge.rulebook.source import Plain
from bridge.rulebook.token_shapes import looks_secret

_SCHEMES = {"store": ("sqlite", "postgres", "postgresql"), "files": ("file", "s3", "gs", "az")}


def check_literals(data: Plain, complaints: Complaints, path: Path = ()) -> None:
    """Refuse whatever has the shape of a token, wherever it stands, keys included. It is never repeated."""
    if isinstance(data, dict):
        for key, value in data.items():
            if looks_secret(key):
                # Its path would repeat it, so only the place is told, and nothing else is said about it.
                complaints.add_at(complaints.key_places.get((*path, key), complaints.place(path)), "file", NO_LITERAL)
            else:
                check_literals(value, complaints, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            check_literals(value, complaints, (*path, index))
    elif isinstance(data, str) and looks_secret(data):
        complaints.add(path, NO_LITERAL)


def check_addresses(section: str, url: str, path: Path, complaints: Complaints) -> None:
    scheme, found, rest = url.partition("://")
    schemes = _SCHEMES[section]
    if not found or not rest or scheme not in schemes:
        shown = quoted(url) if isinstance(url, str) and "@" not in url else "this"
        expected = ", ".join(f"{name}://" for name in schemes if name != "postgresql")
        complaints.add(path, f"{shown} is no address of a {section}; it begins with {expected}")


def check_book(book: RuleBook, names: Names, complaints: Complaints) -> None:
    if book.demo is not None and book.demo.enabled:
        check_known(complaints, ("demo", "bot"), book.demo.bot, ("bot", sorted(names.bots)))
    owners: dict[str, str] = {}
    for name, bot in book.bots.items():
        for index, key in enumerate(bot.keys):
            if owners.setdefault(key, name) != name:
                sentence = f"{quoted(owners[key])} has the same key; a key tells which bot is calling"
                complaints.add(("bots", name, "keys", index), sentence)


def check_tests(book: RuleBook, complaints: Complaints) -> None:
    routes = [route.name for route in book.routes()]
    names: set[str] = set()
    for index, test in enumerate(book.tests):
        path: Path = ("tests", index)
        if test.name in names:
            complaints.add((*path, "name"), "another test has this name")
        names.add(test.name)
        expect: Path = (*path, "expect")
        if test.route is not None:
            check_known(complaints, (*expect, "route"), test.route, ("route", routes))
        if test.platform is not None:
            check_known(complaints, (*expect, "platform"), test.platform, ("platform", [*book.platforms, CONSOLE]))
        if test.team is not None:
            check_known(complaints, (*expect, "team"), test.team, ("team", book.teams))
        if test.approval is not None:
            check_known(complaints, (*expect, "approval"), test.approval, ("approval", sorted(book.approvals)))
        _check_given(test.given, (*path, "given"), book, complaints)


def _check_given(given: Mapping[str, object], path: Path, book: RuleBook, complaints: Complaints) -> None:
    for key in given:
        if re.split(r"\.", key, maxsplit=1)[0] not in GIVEN:
            complaints.add_key((*path, key), f"unknown fact{did_you_mean(key, GIVEN)}")
    bot = given.get("bot")
    if isinstance(bot, str):
        check_known(complaints, (*path, "bot"), bot, ("bot", book.bots))
