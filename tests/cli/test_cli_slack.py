"""`handrail slack manifest`: what an admin pastes, or a sentence about what to say instead."""

import json

import pytest


async def test_the_manifest_for_socket_mode_needs_nothing(handrail):
    made = json.loads(await handrail.good("slack", "manifest"))

    assert made["settings"]["socket_mode_enabled"] is True
    assert made["display_information"]["name"] == "Handrail"


async def test_for_http_mode_the_address_of_the_platform_is_filled_in(handrail):
    printed = await handrail.good(
        "slack", "manifest", "--http", "https://h.example/", "--platform", "our-slack", "--yaml"
    )

    assert printed.count("https://h.example/platforms/our-slack/slack/events") == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--http", "http://h.example"), "Slack posts to https addresses only."),
        (("--http", "https://h.example", "--platform", "Our Slack"), "is no name of a platform"),
        (("--name", "H" * 36), "Slack takes names of 1 to 35 characters"),
    ],
)
async def test_what_slack_would_not_take_is_said_at_once(handrail, words, sentence):
    said = await handrail("slack", "manifest", *words)

    assert sentence in said.one_sentence()
