"""The token of /metrics: pointed at, never written."""

from tests.rulebook.written import ENV, book_of, changed, complaints_of

WITH_TOKEN = changed("port: 8700}", "port: 8700, metrics_token: {env: METRICS_TOKEN}}")


def test_the_token_is_read_from_where_the_file_points_and_never_shown(tmp_path):
    book = book_of(tmp_path, WITH_TOKEN, {**ENV, "METRICS_TOKEN": "figures-for-prometheus"})
    assert book.server.metrics_token.reveal() == "figures-for-prometheus"
    assert "figures" not in repr(book.server)


def test_a_token_in_the_file_itself_is_refused(tmp_path):
    literal = WITH_TOKEN.replace("{env: METRICS_TOKEN}", "figures-for-prometheus")
    (said,) = complaints_of(tmp_path, literal)
    assert "server.metrics_token" in said
    assert "figures" not in said


def test_a_variable_that_is_not_set_is_a_complaint(tmp_path):
    (said,) = complaints_of(tmp_path, WITH_TOKEN)
    assert "METRICS_TOKEN" in said
