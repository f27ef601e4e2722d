import pytest

from adapters.chat.discord.events.markup import Names, mentioned, to_commonmark

NAMES = Names(users={5: "Ana", 6: "[x](http://evil.example)"}, roles={70: "support"}, channels={9: "billing"})


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        ("ask <@5> or <@!5>", "ask @Ana or @Ana"),
        ("ask <@&70> in <#9>", "ask @support in #billing"),
        ("<@404> <@&404> <#404>", "@someone @a role #a channel"),
        ("nice <:party:123> <a:wave:456>", "nice :party: :wave:"),
        ("at <t:1763892000:R>", "at 2025-11-23 10:00 UTC"),
        ("at <t:999999999999:R>", "at some time"),
        ("use </handrail claim:123>", "use /handrail claim"),
        ("`<@5>` and ```\n<@&70>\n```", "`<@5>` and ```\n<@&70>\n```"),
        ("-# by the way", "by the way"),
        ("before\n>>> one\ntwo", "before\n> one\n> two"),
        ("<@6>", "@\\[x\\](http://evil.example)"),
        ("**bold** _soft_ ~~gone~~", "**bold** _soft_ ~~gone~~"),
        ("", ""),
    ],
)
def test_what_people_write_is_heard_as_commonmark(words, plain):
    assert to_commonmark(words, NAMES) == plain


def test_those_a_message_calls_are_named_once_each():
    assert mentioned("<@5> <@&70> @everyone <@5> @here `<@6>`", NAMES) == ("Ana", "support", "everyone")
