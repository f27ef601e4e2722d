import re
from pathlib import Path

import pytest

from bridge.domain.notices import Scene, done, line, refusal
from bridge.domain.notices.done import DONE
from bridge.domain.notices.lines import LINES
from bridge.domain.notices.operators import REFUSED
from bridge.domain.notices.refusals import REFUSALS
from bridge.domain.paint import Notice, plain
from bridge.domain.refs import MessageId, TicketId

DOMAIN = Path("bridge")
SCENE = Scene(
    facts={"owner": "Ben", "seconds": 2, "name": "Ben", "by": "Ana", "at": "2026-11-23T11:52:00+00:00",
           "why": "mention", "until": "2026-11-23T14:00:00+00:00",
           "closes_at": "2026-11-23T16:00:00+00:00", "meant_for": "Ben"},
    ticket=TicketId("tkt_1"), number=1042, epoch=3, user="Mara", team="support", bot="shop-bot",
    message=MessageId("msg_1"),
)  # fmt: skip
FORBIDDEN = re.compile(r"\b(users?|relay|owner|epoch|lane|hold|undeliverable)\b", re.IGNORECASE)

EVERY = [
    *((code, refusal(code, SCENE)) for code in REFUSALS),
    *((code, done(code, SCENE)) for code in DONE),
    *((code, line(code, SCENE)) for code in LINES),
]


@pytest.mark.parametrize(("code", "said"), EVERY, ids=[code for code, _ in EVERY])
def test_every_sentence_is_one_people_understand(code, said):
    assert isinstance(said, Notice)
    text = plain(said.line)
    assert text.strip()
    assert not FORBIDDEN.search(text), text
    assert "{" not in text
    assert len(said.buttons) <= 3


def test_the_loser_of_a_race_hears_who_was_first_and_can_ask():
    said = refusal("lost_race", SCENE)
    assert plain(said.line) == "Ben took #1042 two seconds before you."
    assert [button.label for button in said.buttons] == ["Open", "Ask Ben to hand over"]
    assert said.refused


def test_the_guard_asks_with_the_names_of_both():
    said = done("held", SCENE)
    assert isinstance(said, Notice)
    assert plain(said.line) == "Held. This looks meant for Ben, not Mara."
    assert [button.label for button in said.buttons] == ["Send to Mara", "Keep inside"]
    assert {button.message for button in said.buttons} == {"msg_1"}


def test_a_user_who_returns_is_announced_with_the_last_time():
    scene = Scene(facts={"away_seconds": 2 * 86400, "offered_name": "Ana"}, user="Mara")
    assert plain(line("user_back", scene).line) == "↩ Mara is back after 2 days. Last time: Ana."


def test_every_refusal_of_the_house_has_its_sentence():
    code = re.compile(r"(?:refuse|NotAllowed)\(\s*\"([a-z_]+)\"")
    raised = {found for path in DOMAIN.rglob("*.py") for found in code.findall(path.read_text(encoding="utf-8"))}
    # A bot's refusals are problems of the HTTP interface, not sentences for members.
    assert raised - set(REFUSALS) - set(REFUSED) <= {"stale_epoch"}
