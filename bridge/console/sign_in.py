"""Sign-in by a link that works once. Looking at the link changes nothing: previews must not consume it."""

import structlog
from aiohttp import web

from bridge.console.gate import HEADERS, TOKEN_AT_MOST, Refused, local_path
from bridge.console.house import House
from bridge.console.pages import html, told_plainly
from bridge.console.viewer import Viewer
from bridge.domain.buckets import Rate
from bridge.domain.visible import visible_name

log = structlog.get_logger(__name__)

WEEK = 7 * 24 * 3600
GUESSES = Rate(per_second=0.2, burst=30)
"""Links that are none, per address. One that is good works all the same: others may sit behind the same proxy."""


async def show(house: House, request: web.Request) -> web.Response:
    """The page says "Sign in as Ana [Continue]"; only its button signs in."""
    token = request.match_info["token"]
    member = await house.store.sessions.invited(token) if len(token) <= TOKEN_AT_MOST else None
    if member is None:
        return _over(house, request)
    target = local_path(request.query.get("next"))
    form = {"action": request.path + (f"?next={target}" if target != "/" else ""), "label": "Continue"}
    return html(
        house.painter.paint(
            "plain.html",
            title=f"Sign in as {visible_name(member.name)}",
            lines=("This link works once.",),
            form=form,
            link=None,
        )
    )


async def enter(house: House, request: web.Request) -> web.Response:
    """Consume the link and begin a session of its own; whatever cookie came along is not taken over."""
    await house.gate.form_of(request, None)
    token = request.match_info["token"]
    begun = await house.store.sessions.sign_in(token, ip=request.remote) if len(token) <= TOKEN_AT_MOST else None
    if begun is None:
        return _over(house, request)
    session, _ = begun
    before = request.cookies.get(house.gate.cookie)
    if before:
        await house.store.sessions.drop(before, ip=request.remote)
    log.info("console_signed_in")
    response = web.Response(status=303, headers={**HEADERS, "Location": local_path(request.query.get("next"))})
    response.set_cookie(
        house.gate.cookie, session, max_age=WEEK, path="/", secure=house.gate.https, httponly=True, samesite="Lax"
    )
    return response


async def leave(house: House, request: web.Request, viewer: Viewer, _form: object) -> web.Response:
    token = request.cookies.get(house.gate.cookie, "")
    await house.store.sessions.drop(token, ip=request.remote)
    house.live.sign_out(viewer.session)
    response = told_plainly(house, 200, "Signed out", "Your sign-in link worked once; ask an admin for a new one.")
    response.del_cookie(house.gate.cookie, path="/", secure=house.gate.https, httponly=True, samesite="Lax")
    return response


def _over(house: House, request: web.Request) -> web.Response:
    """Raises: Refused when too many such links were tried from there."""
    wait = house.guesses.take(request.remote or "", GUESSES, house.clock.monotonic())
    if wait is not None:
        raise Refused(429, "rate-limited", "Too many links were tried from here: wait a moment.", retry_after=wait)
    return told_plainly(
        house, 404, "This link is over", "It was used already, or is too old.",
        "An admin makes a new one with: handrail console invite NAME",
    )  # fmt: skip
