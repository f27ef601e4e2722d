"""A Slack to test against: Web API, Socket Mode or signed HTTP, files, modals and the people of a workspace.

    async with SlackServer(clock.now).running() as server:   # tests.wire.slack.server
        people = People(server)                              # tests.wire.slack.people

It grants what `handrail slack manifest` prints (`SlackServer(now, manifest)` grants another; `server.scopes` and
`server.subscribe("message.im")` change single ones). What must never happen (an argument Slack does not know, blocks
it refuses, no fallback text, a ping for the whole channel) is refused as Slack refuses it and also lands in
`server.complaints`: every test ends with none. What may happen is refused only: `server.refusals`.

What members do, on `people` (a user is an id such as U0ANA; everything is told to the app as Slack tells it):
  writes, edits, deletes, unfurled; writes_unheard + reported for late, doubled and swapped events
  a text with `<@U0HANDRAIL>` comes as message and, if subscribed, as app_mention
  attaches(channel, root, user, text, (name, bytes, media type), ...): a message with files
  broadcasts (a reply that also stands in the channel), bot_writes (another app)
  clicks(channel, message, label, user), chooses(channel, message, action_id, value, user)
  commands(channel, user, words), shortcut(channel, ts, callback_id, user)
  forms.opened(user) waits for a modal · forms.updated(view) · forms.fills(user, label, value)
  forms.submits(user, **values) · forms.closes(user) · forms.presses(user, label, home=False) · forms.chooses
  forms.opens_home(user) · forms.home(user) · forms.shows(user), forms.holds(user, label), forms.errors[user]
  shown_privately(user, count): every ephemeral post and answer; one may be `replaced` or `gone` since
An interaction nobody acknowledges within `server.way.ack_within` fails the test and lands in `server.failures`.

What happens around them, on `server.happens`, each with its events: archive, unarchive, rename, delete, kick, invite,
leaves, make_private, moved, share(channel, neighbour) · changes(user), regroup, reacts · revoke_token, uninstall,
deactivate, reinstall() -> the new token, replace_app_token();
server.rotation.start() -> a refresh token of one use. `server.neighbour()` is another workspace at the same address:
T1ACME with U1ANA, C1HELP, its own tokens (`.bot_token`, `.app_token`), sockets and books.

What was asked: server.calls, called(method), counts. What stands: server.workspace.channels[id].messages,
server.methods.ephemerals, .rung, .hidden_links, .views.stacks, .views.homes, .files.files; server.responses.

Bad days:
  server.answer_next(method, error= status= retry_after= body= content_type= slow= cut= hang= carry_out= channel= root=)
  also for `upload` and `download`; server.carry_out_then_cut(method); server.away; server.out_for(seconds)
  server.methods.reading: lag (seconds), blind (reads), page_cap, root_on_every_page; .views.trigger_life; .chat.dedupes
  server.workspace.lost_threads_leak; server.end_user_wrote(text): none of its mentions and masked links may be live
  server.limits: enforced, scale, as_200; `earned` lists the 429s: of a test of our pace, none; server.read_seldom()
  server.faults.lose_answers(method, share)
  server.sockets: ack_within, retry_after, patient=False (events are lost while nobody listens), drop(), reset(which),
  freeze(which) makes zombies, disconnect(reason, which=), refuse_new, link_disabled, again() for a double with one
  event_id, settled() when all is acknowledged or in `given_up`
HTTP mode: http = server.listens_at(url, secret); http.deliver(kind, payload, secret=, at=) with a wrong or old
signature, http.post(http.sent[-1]) replays, http.verify_url(); http.ack_within, http.retry_after, http.answers.
"""
