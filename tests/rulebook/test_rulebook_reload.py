"""A changed file comes into force whole, or not at all."""

from datetime import UTC, datetime

from bridge.rulebook import Rules, Source, load
from tests.rulebook.written import ENV, SITE, changed, write

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def test_a_bad_file_leaves_the_rules_in_force(tmp_path):
    path = write(tmp_path, SITE)
    rules = Rules(load(path, ENV), Source(path, ENV))
    first = rules.current
    write(tmp_path, changed("team: support", "team: suport"))
    (line,) = rules.reload(NOW)
    assert "did you mean support?" in line
    assert rules.current is first
    assert (rules.state.complaints, rules.state.refused_at) == ((line,), NOW)
    write(tmp_path, changed("prefix: fr", "prefix: de"))
    assert rules.reload() == []
    assert rules.current.digest != first.digest
    assert rules.state.needs_restart == ()
    assert rules.state.complaints == ()


def test_what_needs_a_restart_is_named(tmp_path):
    path = write(tmp_path, SITE)
    rules = Rules(load(path, ENV), Source(path, ENV))
    text = (
        changed("port: 8700", "port: 8701")
        .replace("{kind: slack", "{kind: other")
        .replace("slack: U0ANA", "other: U0ANA")
    )
    write(tmp_path, text + "store: {url: 'sqlite://other.db'}\nfiles: {url: 'file://other'}\n")
    assert rules.reload() == []
    assert rules.state.needs_restart == ("server", "store", "files", "platforms.acme-slack")
    assert (rules.current.server.port, rules.current.platforms["acme-slack"].kind) == (8700, "slack")
