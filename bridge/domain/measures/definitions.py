"""What each measure is, in a sentence: where it begins, where it ends, and what does not count."""

from collections.abc import Mapping

from bridge.domain.measures.names import Span

SPANS: Mapping[Span, tuple[str, str]] = {
    Span.CLAIM: (
        "Time to claim",
        "From a ticket's opening to its first claim, or to its being given to somebody.",
    ),
    Span.RECLAIM: (
        "Time to claim again",
        "From the moment nobody had it any more (released, its hold ran out, reopened) to the next claim.",
    ),
    Span.FIRST_RESPONSE: (
        "First response",
        (
            "From the opening to the first words of a member that left for the user; a reopening does not begin anew, "
            "and words of bots or of Handrail never count."
        ),
    ),
    Span.HANDOFF_WAIT: (
        "Handoff wait",
        (
            "From the opening to the bot's first receipt that a member's words were delivered; bots without receipts "
            "have none."
        ),
    ),
    Span.NEXT_RESPONSE: (
        "Next response",
        (
            "From the first message of the user that nobody has answered to a member's next words; a burst counts "
            "once, and what was never answered before the close has no time."
        ),
    ),
    Span.HANDLE: (
        "Handling",
        "From claimed to released or closed, without the time it was snoozed; handing over goes on counting.",
    ),
    Span.RESOLUTION_FIRST: (
        "Until first closed",
        "From the opening to the first close.",
    ),
    Span.RESOLUTION_TOTAL: (
        "Until closed for good",
        (
            "From the opening to the last close, with the time it was closed in between; a ticket that comes back "
            "takes its earlier end out of these figures."
        ),
    ),
}

RATES: Mapping[str, tuple[str, str]] = {
    "reopened": (
        "Reopened",
        "Closed tickets that came back within their route's reopen window, of all that were closed.",
    ),
    "abandoned": (
        "Abandoned",
        "Tickets whose user left or cancelled before a member's first words, of all that were opened.",
    ),
    "contained": (
        "Resolved",
        "Tickets handed back to the bot as resolved that have not come back, of all that were opened.",
    ),
    "reminders": (
        "Reminders per ticket",
        "Reminders sent, of every kind, for each ticket that was opened.",
    ),
    "claimed_reminded": (
        "Claimed after a reminder",
        "Claims of tickets somebody had been reminded of while nobody had them, of all claims.",
    ),
    "failed": (
        "Replies the bot refused",
        "Replies a bot could not take or whose delivery it reported as failed, of all replies.",
    ),
}
