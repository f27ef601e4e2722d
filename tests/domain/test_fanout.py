from dataclasses import replace

from bridge.domain import actions as act
from bridge.domain.deliveries import (
    CloseThread,
    Digest,
    Mark,
    MarkKind,
    OpenThread,
    PostHistory,
    PostLine,
    PostWords,
    RefreshCard,
    Remind,
    Strand,
    TellBot,
    Urgency,
    Whisper,
)
from bridge.domain.events import Intent, Wish
from bridge.domain.fanout import spread
from bridge.domain.refs import Lane, ToldId, bot_lane
from bridge.domain.words import WordsState
from tests.domain.stories import ANA, BEN, BOT, LANE, POLICY, Story, member


def fanned(story: Story, before, change, *, bot_hears=True):
    return spread(before, change, bot_hears=bot_hears).deliveries


def heard(story: Story, actor, action, lane=LANE):
    before = story.ticket
    change = story.does(actor, action)
    assert change is not None
    return [d.content for d in fanned(story, before, change) if d.lane == lane]


def test_a_new_ticket_opens_a_thread_with_what_was_said_before():
    story = Story()
    deliveries = fanned(story, None, story.changes[0])
    assert [d.content for d in deliveries if d.lane == LANE] == [OpenThread(), PostHistory()]
    assert [d.strand for d in deliveries if d.lane == LANE] == [Strand.ROOT, Strand.WORDS]


def test_the_bot_gets_one_callback_per_thing_told_in_its_own_lane():
    story = Story()
    [callback] = [d for d in fanned(story, None, story.changes[0]) if d.lane == bot_lane(BOT)]
    assert (callback.content, callback.strand) == (TellBot(ToldId("0")), Strand.WORDS)
    assert not [d for d in fanned(story, None, story.changes[0], bot_hears=False) if d.lane == bot_lane(BOT)]


def test_a_console_only_ticket_asks_nothing_of_any_platform():
    story = Story(replace(POLICY, lane=None))
    assert all(d.lane == bot_lane(BOT) for d in fanned(story, None, story.changes[0]))


def test_claiming_refreshes_the_card_and_says_nothing_more():
    assert heard(Story(), ANA, act.Claim()) == [RefreshCard()]


def test_a_card_that_only_tells_anew_who_waits_may_come_later_than_a_claim():
    story = Story()
    before = story.ticket
    [claimed] = [d for d in fanned(story, before, story.does(ANA, act.Claim())) if d.content == RefreshCard()]
    story.writes(ANA, "I am looking into it.")
    before = story.ticket
    [turned] = [d for change in story.time_passes(seconds=5) for d in fanned(story, before, change)
                if d.content == RefreshCard()]  # fmt: skip

    assert (claimed.urgency, turned.urgency) == (Urgency.CARD, Urgency.TURN)


def test_claiming_a_ticket_the_team_was_reminded_of_brings_the_posted_queue_up_to_date():
    story = Story()
    story.time_passes(minutes=4)
    assert Digest(crossing=False) in heard(story, ANA, act.Claim())


def test_what_was_written_in_the_thread_is_not_posted_there_again():
    story = Story()
    story.does(ANA, act.Claim())
    story.writes(ANA, "hello")
    before = story.ticket
    [sent] = story.time_passes(seconds=5)
    assert not [d for d in fanned(story, before, sent) if isinstance(d.content, PostWords)]


def test_what_was_written_in_the_console_appears_in_the_thread():
    story = Story()
    ana = member("Ana", platform="console")
    story.does(ana, act.Claim())
    message = story.writes(ana, "hello", Intent.REPLY)
    before = story.ticket
    [sent] = story.time_passes(seconds=5)
    assert next(d.content for d in fanned(story, before, sent) if d.lane == LANE) == PostWords(message.id)


def test_a_held_message_is_marked_and_its_writer_is_asked():
    story = Story()
    before = story.ticket
    message = story.writes(ANA, "hello?")
    mark, question = [d.content for d in fanned(story, before, story.changes[-1]) if d.lane == LANE]
    assert mark == Mark(message.id, MarkKind.HELD)
    assert isinstance(question, Whisper)
    assert (question.to.key, dict(question.facts)["why"]) == (ANA.key, "unclaimed")


def test_closing_refreshes_the_card_after_the_last_words():
    story = Story()
    story.does(ANA, act.Claim())
    assert heard(story, ANA, act.Close()) == [CloseThread(), RefreshCard()]


def test_a_reminder_mentions_the_team():
    story = Story()
    before = story.ticket
    [change] = story.time_passes(minutes=3)
    [remind] = [d.content for d in fanned(story, before, change) if d.lane == LANE]
    assert remind == Remind("mention", "team", mention=True)


def test_moving_opens_a_new_thread_and_the_old_one_points_to_it():
    story = Story()
    there = Lane("acme-discord", "42")
    before = story.ticket
    change = story.does(ANA, act.Reroute(policy=replace(POLICY, route="b", lane=there), reason="moved by Ana"))
    assert change is not None
    deliveries = fanned(story, before, change)
    assert [type(d.content) for d in deliveries if d.lane == LANE] == [PostLine, RefreshCard, CloseThread]
    new = [type(d.content) for d in deliveries if d.lane == there]
    assert new == [OpenThread, PostHistory, RefreshCard]


def test_what_is_held_when_its_ticket_moves_is_kept_inside_and_said_not_to_be_sent_where_it_stands():
    story = Story()
    there = Lane("acme-discord", "42")
    written = story.writes(ANA, "Hello?")
    before = story.ticket
    change = story.does(BEN, act.Reroute(policy=replace(POLICY, route="b", lane=there), reason="moved by Ben"))
    assert change is not None
    assert (story.messages[written.id].state, story.ticket.held) == (WordsState.INSIDE, ())
    deliveries = fanned(story, before, change)
    behind = [d.content for d in deliveries if d.lane == LANE]
    assert behind[:2] == [PostLine("not_sent", (("name", "Ana"),), written.id), Mark(written.id, MarkKind.NONE)]
    assert [type(d.content) for d in deliveries if d.lane == there] == [OpenThread, PostHistory, RefreshCard]
    assert [c.code for c in story.time_passes(minutes=2)] == []


def test_what_is_held_stays_held_when_only_the_rules_change_and_not_the_place():
    story = Story()
    story.writes(ANA, "Hello?")
    story.does(BEN, act.Reroute(policy=replace(POLICY, route="b"), reason="moved by Ben"))
    assert len(story.ticket.held) == 1


def test_a_handover_is_asked_of_the_one_who_has_it():
    story = Story()
    story.does(ANA, act.Claim())
    [asked] = heard(story, BEN, act.AskHandOver())
    assert isinstance(asked, Whisper)
    assert asked.to.key == ANA.key


def test_a_line_that_words_were_not_sent_stands_only_below_words_in_the_thread():
    for intent, lines in ((Intent.PLAIN, [PostLine]), (Intent.REPLY, [])):
        story = Story()
        story.writes(ANA, "Hello?", intent)
        before = story.ticket
        [change] = [c for c in story.time_passes(minutes=2) if c.code == "held_told"]
        assert [
            type(d.content) for d in fanned(story, before, change) if d.strand is Strand.WORDS and d.lane == LANE
        ] == lines


def test_closing_says_of_held_words_that_they_were_not_sent():
    story = Story()
    written = story.writes(ANA, "Hello?")
    contents = heard(story, BEN, act.Close())
    assert PostLine("not_sent", (("name", "Ana"),), written.id) in contents


def test_a_reply_that_was_taken_back_loses_its_mark():
    story = Story()
    story.does(ANA, act.Claim())
    written = story.writes(ANA, "On it")
    story.time_passes(seconds=6)
    contents = heard(story, ANA, act.Recast(stored=story.messages[written.id], wish=Wish.UNSEND))
    assert Mark(written.id, MarkKind.NONE) in contents


def test_what_a_bot_did_not_choose_takes_no_place_in_its_lane_but_words_always_do():
    def called_about(story: Story, change, chosen) -> list[str]:
        deliveries = spread(story.ticket, change, bot_hears=True, chosen=chosen).deliveries
        told = [int(d.content.told) for d in deliveries if isinstance(d.content, TellBot)]
        return [change.told[index].type for index in told]

    story = Story()
    [reminded] = story.time_passes(minutes=3)
    assert [told.type for told in reminded.told] == ["reminder.sent"]
    assert called_about(story, reminded, None) == []
    assert called_about(story, reminded, {"reminder.sent"}) == ["reminder.sent"]
    story.does(ANA, act.Claim())
    story.writes(ANA, "On it")
    [sent] = story.time_passes(seconds=5)
    closed = story.does(ANA, act.Close())
    assert (called_about(story, sent, {"ticket.closed"}), called_about(story, closed, {"ticket.opened"})) == (
        ["message.created"], []
    )  # fmt: skip
