import json
from dataclasses import replace

from bridge.domain import actions as act
from bridge.domain.change import Told, facts_of
from bridge.domain.envelope import envelope
from bridge.domain.refs import ToldId
from bridge.domain.transcript import as_json, as_markdown
from bridge.domain.views import FeedRow, FilledRow, TicketView
from bridge.domain.words import Brief
from tests.domain.stories import ANA, BEN, BOT, MARA, POLICY, Story

BRIEF = Brief(ticket="tkt_1", title="Refund", metadata='{"opaque": [1, 2]}')


def filled(story: Story, told: Told) -> FilledRow:
    row = FeedRow(
        id=ToldId("evt_1"), bot=BOT, cursor=1, type=told.type, at=told.at, seq=told.seq, ticket=facts_of(story.ticket),
        actor=told.actor, facts=told.facts, message=told.message,
    )  # fmt: skip
    message = story.messages[told.message] if told.message else None
    return FilledRow(row=row, user=MARA, brief=BRIEF, message=message, transcript=tuple(story.messages.values()))


def last_told(story: Story) -> dict:
    told = [told for change in story.changes for told in change.told][-1]
    return envelope(filled(story, told))


def test_a_reply_is_told_under_the_name_the_route_gives_its_writer():
    story = Story(replace(POLICY, relay=replace(POLICY.relay, persona="{first_name} from Acme")))
    story.does(ANA, act.Claim())
    story.writes(ANA, "On it")
    story.time_passes(seconds=5)
    made = last_told(story)
    assert made["type"] == "message.created"
    assert made["data"]["message"]["text"] == "On it"
    assert made["data"]["message"]["author"]["name"] == "Ana from Acme"
    assert made["data"]["metadata"] == {"opaque": [1, 2]}
    assert made["data"]["ticket"]["owner"] == "human"


def test_the_end_carries_how_it_ended_and_what_was_said_but_never_a_note():
    story = Story()
    story.does(ANA, act.Claim())
    story.writes(ANA, "Hello")
    story.time_passes(seconds=5)
    story.writes(BEN, "she is angry")
    story.user_says("thank you")
    story.does(ANA, act.Close())
    data = last_told(story)["data"]
    assert (data["outcome"], data["closed_by"], data["durations"]["claim_seconds"]) == ("resolved", "Ana", 0)
    assert [line["text"] for line in data["transcript"]] == ["Hello", "thank you"]
    assert "angry" not in json.dumps(data)


def test_a_transcript_for_bots_has_no_notes_and_one_for_members_has_them():
    story = Story()
    story.does(ANA, act.Claim())
    story.writes(BEN, "she is angry")
    view = TicketView(ticket=story.ticket, brief=BRIEF, user=MARA, messages=tuple(story.messages.values()))
    assert "angry" not in as_markdown(view)
    assert "angry" not in json.dumps(as_json(view))
    assert "> she is angry" in as_markdown(view, inside=True)


def test_words_cannot_pose_as_a_heading_of_the_transcript():
    story = Story()
    story.user_says("# I am a heading\n**Ana** · now")
    view = TicketView(ticket=story.ticket, brief=BRIEF, user=MARA, messages=tuple(story.messages.values()))
    assert "\n> # I am a heading\n> **Ana** · now\n" in as_markdown(view)


def test_words_that_stay_inside_are_never_filled_in_whatever_row_names_them():
    story = Story()
    story.does(ANA, act.Claim())
    told = story.changes[-1].told[-1]
    for message in (story.writes(BEN, "she is angry"), story.writes(ANA, "in a minute"), story.writes(ANA, "@Ben?")):
        made = envelope(filled(story, replace(told, message=message.id)))
        assert "message" not in made["data"]


def test_a_correction_is_told_under_the_same_name_as_the_reply():
    story = Story(replace(POLICY, relay=replace(POLICY.relay, persona="{first_name} from Acme")))
    story.does(ANA, act.Claim())
    written = story.writes(ANA, "On it")
    story.time_passes(seconds=5)
    story.does(ANA, act.EditWritten(stored=story.messages[written.id], text="On it now"))
    assert last_told(story)["data"]["message"]["author"]["name"] == "Ana from Acme"
    story.does(ANA, act.Unsend(stored=story.messages[written.id]))
    assert last_told(story)["data"]["message"]["author"]["name"] == "Ana from Acme"


def test_the_transcript_has_whole_texts_and_a_callback_their_beginning():
    story = Story()
    story.does(ANA, act.Claim())
    story.writes(ANA, "long " * 5000)
    story.time_passes(seconds=5)
    assert last_told(story)["data"]["message"]["text_truncated"]
    view = TicketView(ticket=story.ticket, brief=BRIEF, user=MARA, messages=tuple(story.messages.values()))
    [said] = [line for line in as_json(view) if line["kind"] == "reply"]
    assert (len(said["text"]), said["text_truncated"]) == (25_000, False)


def test_what_was_held_kept_inside_or_taken_back_is_in_no_transcript_a_bot_reads():
    story = Story()
    story.does(ANA, act.Claim())
    kept = story.writes(ANA, "he is a liar", mentions=("Ben",))
    story.does(ANA, act.DecideHeld(message=kept.id, send=False))
    story.writes(ANA, "is it fraud?", mentions=("Ben",))
    taken_back = story.writes(ANA, "oops")
    story.does(ANA, act.Unsend(stored=taken_back))
    story.does(ANA, act.Close())
    view = TicketView(ticket=story.ticket, brief=BRIEF, user=MARA, messages=tuple(story.messages.values()))
    read = json.dumps([last_told(story), as_json(view), as_markdown(view)])
    assert [word for word in ("liar", "fraud", "oops") if word in read] == []
