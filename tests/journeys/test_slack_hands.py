"""One day in Slack with the daemon: modals, menus, mentions, the home tab, two who race, and who may not."""

import asyncio

import pytest

from bridge.domain.refs import ThreadRef
from tests.adapters.slack_shore import CHANNEL
from tests.journeys.platforms import slack_place
from tests.journeys.site import Site, running_site, until
from tests.wire.slack import blocks as block_kit
from tests.wire.slack.forms import read

ANA, BEN, CAL, GUEST, STRANGER = "U0ANA", "U0BEN", "U0CAL", "U0GUEST", "U0FAR"
SOON = 3.0
"""Seconds in which every click has its answer."""


class Day:
    def __init__(self, place, site: Site) -> None:
        self.far, self.place, self.site = place.far_side, place, site
        self.server, self.people = place.far_side.server, place.far_side.people
        self.forms = self.people.forms
        self.ticket = ""
        self.thread: ThreadRef

    @property
    def root(self):
        return self.far.channel.messages[self.thread.root]

    async def card_says(self, text: str) -> None:
        await until(lambda: text in block_kit.shown(self.root["blocks"]), why=f"the card says {text!r}")

    async def is_told(self, user: str, text: str) -> None:
        await until(lambda: any(text in said for said in self.far.private_answers(user)), why=f"{user} reads {text!r}")

    async def home_says(self, user: str, text: str) -> None:
        def said() -> bool:
            view = self.forms.views.homes.get(user)
            return view is not None and text in read(view)

        await until(said, why=f"the home tab of {user} says {text!r}")

    async def form(self, label: str, user: str) -> None:
        """Press the card's button and wait for the inputs."""
        await self.people.clicks(CHANNEL, self.root, label, user)
        await until(lambda: (self.forms.views.top(user) or {}).get("submit"), why="the form is there")


@pytest.fixture
async def day(tmp_path, monkeypatch):
    async with slack_place() as place:
        for name, value in place.env.items():
            monkeypatch.setenv(name, value)
        users = place.far_side.server.workspace.users
        users[CAL] = place.far_side.server.workspace.person(CAL, "Cal")  # in the workspace, not in the channel
        platforms, target = place.platforms, place.target
        async with running_site(tmp_path, platforms=platforms, target=target, reminds=False) as site:
            await until(place.connected, why="Slack is connected")
            yield Day(place, site)


async def test_a_day_of_hands(day: Day):
    day.forms.opens_home(ANA)
    day.ticket = (await day.site.escalates())["id"]
    [day.thread] = await until(day.place.threads, why="the thread is open")
    await two_race_and_outsiders_may_not(day)
    await it_is_handed_over_in_a_modal(day)
    await words_are_sent_kept_and_taken_back_from_their_menu(day)
    await a_mention_is_a_command_and_never_words(day)
    await the_home_tab_keeps_up_and_claims(day)
    await it_is_closed_in_a_modal_and_old_buttons_say_so(day)
    assert day.server.failures == []


async def two_race_and_outsiders_may_not(day: Day) -> None:
    for outsider in (GUEST, STRANGER):
        await day.people.clicks(CHANNEL, day.root, "Claim", outsider)
        await day.is_told(outsider, "Only members of support can do this")
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(day.people.clicks(CHANNEL, day.root, "Claim", user) for user in (ANA, BEN)))
    await until(lambda: len(day.far.private_answers(ANA)) == len(day.far.private_answers(BEN)) == 1)
    assert loop.time() - began < SOON
    answers = {user: day.far.private_answers(user)[0] for user in (ANA, BEN)}
    [winner] = [user for user, said in answers.items() if "#1001 is yours" in said]
    [loser] = {ANA, BEN} - {winner}
    name = {ANA: "Ana", BEN: "Ben"}[winner]
    assert f"{name} took #1001" in answers[loser]
    await day.card_says(f"{name} has it")
    assert sum(kind == "ticket.assigned" for kind in day.site.bot.types) <= 1


async def it_is_handed_over_in_a_modal(day: Day) -> None:
    holder = ANA if "Ana has it" in block_kit.shown(day.root["blocks"]) else BEN
    await day.form("Hand over…", holder)
    await day.forms.submits(holder, Member=CAL)
    assert day.forms.errors[holder] == {"to": "Cal is not a member of support and cannot have #1001."}
    await day.forms.submits(holder, Member=ANA)
    assert day.forms.views.top(holder) is None
    await day.card_says("Ana has it")


async def words_are_sent_kept_and_taken_back_from_their_menu(day: Day) -> None:
    kept = await day.far.member_writes(day.thread, "note: it left on Monday", by=ANA)
    await day.people.shortcut(CHANNEL, kept.message, "keep", ANA)
    await day.is_told(ANA, "Kept inside. Mara will not see it.")
    await day.people.shortcut(CHANNEL, kept.message, "send", BEN)
    await day.is_told(BEN, "Only Ana can decide about their own message.")
    assert day.site.replies() == []
    await day.people.shortcut(CHANNEL, kept.message, "send", ANA)
    await until(lambda: day.site.replies() == ["it left on Monday"], why="the user reads it")
    await until(lambda: day.far.channel.messages[kept.message].get("reactions"), why="it is marked as sent")
    await day.people.shortcut(CHANNEL, kept.message, "unsend", ANA)
    await until(lambda: "message.deleted" in day.site.bot.types, why="the bot is told to take it back")
    await until(lambda: not day.far.channel.messages[kept.message].get("reactions"), why="no ✅, not sent")


async def a_mention_is_a_command_and_never_words(day: Day) -> None:
    await day.far.member_writes(day.thread, "x", by=BEN)  # the guard: Ana's plain words would be held now
    day.people.writes(CHANNEL, day.thread.root, ANA, "<@U0HANDRAIL> snooze 2h")
    await day.card_says("sooner if Mara writes")
    await day.is_told(ANA, "#1001 rests until")
    day.people.writes(CHANNEL, day.thread.root, ANA, "<@U0HANDRAIL> awke")
    await day.is_told(ANA, "Did you mean wake?")
    await day.people.commands(CHANNEL, ANA, "wake 1001")
    await day.card_says("Ana has it")
    assert day.site.replies() == ["it left on Monday"]


async def the_home_tab_keeps_up_and_claims(day: Day) -> None:
    await day.home_says(ANA, "Yours (1)")
    second = await day.site.escalates("web-2")
    await day.home_says(ANA, f"#{second['number']}")
    await day.forms.presses(ANA, "Claim", home=True)
    await day.home_says(ANA, f"#{second['number']} is yours.")
    await day.home_says(ANA, "Nobody is waiting.")
    day.forms.opens_home(CAL)
    await day.home_says(CAL, "Nothing is yours.")


async def it_is_closed_in_a_modal_and_old_buttons_say_so(day: Day) -> None:
    old = dict(day.root)
    await day.form("Close as…", ANA)
    await day.forms.submits(ANA, **{"How did it end?": "Spam", "A last note, inside": "a robot"})
    await day.card_says("Spam by Ana")
    await until(lambda: "ticket.closed" in day.site.bot.types, why="the bot hears it")
    assert "a robot" not in str([call.body for call in day.site.bot.calls])
    await day.people.clicks(CHANNEL, old, "Release", BEN)
    await day.is_told(BEN, "This card is old: #1001 was closed by Ana")
    await day.people.commands(CHANNEL, CAL, "close 1001")
    await day.is_told(CAL, "#1001")
