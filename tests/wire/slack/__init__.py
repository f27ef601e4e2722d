"""A Slack to test against: the Web API, Socket Mode and the people of a workspace, strict where Slack is strict.

    async with SlackServer(clock.now).running() as server:   # tests.wire.slack.server
        people = People(server)                              # tests.wire.slack.people

What must never happen (an argument Slack does not know, blocks it refuses, a missing fallback text) is refused as
Slack refuses it and also lands in `server.complaints`: every test ends with none. What may happen is refused only.

What members do, on `people` (a user is an id such as U0ANA; everything is told to the app as Slack tells it):
  writes, edits, deletes, mentions (a message with `<@U0HANDRAIL>` comes as message and as app_mention)
  clicks(channel, message, label, user), chooses(channel, message, action_id, value, user)
  commands(channel, user, words), shortcut(channel, ts, callback_id, user)
  attaches(channel, root, user, text, (name, bytes, media type), …): a message with files
  forms.opened(user) waits for a modal · forms.fills(user, label, value) · forms.submits(user, **values)
  forms.closes(user) · forms.presses(user, label, home=False) · forms.opens_home(user) · forms.home(user)
  forms.shows(user), forms.holds(user, label), forms.errors[user]; `forms.read(view)` for any view
  shown_privately(user, count): every ephemeral post and answer; one may be `replaced` or `gone` since
An interaction nobody acknowledges within `server.sockets.ack_within` fails the test and lands in `server.failures`.

What was asked: server.calls, server.called(method). What stands: server.workspace.channels[id].messages,
server.methods.ephemerals, server.methods.views.stacks and .homes, server.responses (what came by response_url).

Reading: server.methods.reading (lag, blind, page_cap, root_on_every_page). Files: server.methods.files (files,
downloads); the private addresses lie on the server's own origin, and answer a page to sign in without the token.

Bad days: server.answer_next(method, error= / status= / retry_after= / body= / cut= / hang= / carry_out=),
also for `upload` and `download`,
server.carry_out_then_cut(method), server.away, server.revoked, server.scopes, server.methods.views.trigger_life,
server.sockets (ack_within, retry_after, drop(), send({"type": "disconnect", ...}), refuse_new).
"""
