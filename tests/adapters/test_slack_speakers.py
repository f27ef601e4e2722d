"""Under whose name words stand in a thread: a user is visibly a user, whatever they call themselves."""

import pytest

from adapters.chat.slack.render.speech import name_of
from bridge.domain.paint import Speaker
from tests.adapters.far_side import speech


@pytest.mark.parametrize(
    ("speaker", "username"),
    [(Speaker.USER, "Slackbot (user)"), (Speaker.BOT, "Slackbot (bot)"), (Speaker.MEMBER, "Slackbot (team)")],
)
def test_a_name_always_says_what_its_bearer_is(speaker, username):
    assert name_of(speech("hi", name="\u202eSlackbot\n", speaker=speaker), "user")["username"] == username


@pytest.mark.parametrize(
    "name",
    [
        "Ana",
        "ANA",
        "A\u200bna",
        "\u0410na",
        "Slackbot",
        "S1ackb0t",
        "handrai|",
        "S U P P O R T",
        "\uff21\uff4e\uff41",
        "Àna",
    ],
)
def test_a_user_who_is_called_like_somebody_of_the_team_is_marked(name):
    named = name_of(speech("hi", name=name), "customer", ["Slackbot", "Handrail", "support", "Ana"])
    assert named["username"].endswith("(customer, not of the team)")


@pytest.mark.parametrize("name", ["Mara", "Anna", "Al", "", "李"])
def test_a_user_with_a_name_of_their_own_is_just_a_user(name):
    named = name_of(speech("hi", name=name, user_word="guest"), "customer", ["Ana", "Al", "", "support"])
    assert named["username"].endswith("(guest)")


def test_handrail_speaks_under_its_own_name():
    assert name_of(speech("hi", speaker=Speaker.HANDRAIL), "user") == {}
