"""What every refusal looks like."""

from tests.api.conftest import Answer


def sound(answer: Answer, status: int, slug: str) -> None:
    """A refusal as it must look."""
    assert (answer.status, answer.slug) == (status, slug), answer.raw
    problem = answer.json
    assert problem["status"] == status
    assert problem["instance"] == answer.headers["x-request-id"]
    assert problem["title"]
    assert "Traceback" not in answer.raw.decode()
    assert ".py" not in answer.raw.decode()
    assert (status == 422) == ("errors" in problem)
    for error in problem.get("errors", []):
        assert error["pointer"] == "" or error["pointer"].startswith("/")
        assert len(error["pointer"]) <= 64
        assert error["code"]
        assert error["detail"]
    if status in {429, 503}:
        assert int(answer.headers["retry-after"]) >= 1
