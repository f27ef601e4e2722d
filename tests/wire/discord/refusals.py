"""How this Discord says no."""

from typing import Any


class Refusal(Exception):
    """An error answer: HTTP status, Discord's code and message, and the nested `errors` of a 50035."""

    def __init__(self, status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        return body | {"errors": self.errors} if self.errors else body


def bad_form(complaints: list[tuple[str, str]]) -> Refusal:
    """50035 with the complaints nested by their dotted paths."""
    errors: dict[str, Any] = {}
    for path, why in complaints:
        place = errors
        for step in path.split("."):
            place = place.setdefault(step, {})
        place.setdefault("_errors", []).append({"code": "BASE_TYPE_BAD_LENGTH", "message": why})
    return Refusal(400, 50035, "Invalid Form Body", errors)
