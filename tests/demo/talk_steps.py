"""What a test looks for in a conversation."""


def owned_by(owner):
    return lambda talk: talk["owner"] == owner


def shows(text):
    return lambda talk: any(text in line["text"] for line in talk["lines"])


def settled(talk):
    return not any(line["waiting"] for line in talk["lines"])


async def with_ana(handrail, page):
    """Mara asked for a person and Ana took it."""
    await page.say("Where is my refund for order 4411?")
    await page.say("a human please")
    await handrail.carried_out(1)
    await handrail.tell(
        page.callback, handrail.event(page.visitor, "ticket.assigned", "human", assignee={"name": "Ana"})
    )
    await page.until(owned_by("human"))
