"""Secrets: how the file points at them, how they are read, and how they stay out of logs."""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path as FilePath

from bridge.rulebook.complaints import Complaints, Path, did_you_mean, plain
from bridge.rulebook.source import Plain
from bridge.rulebook.token_shapes import looks_secret, names_a_secret

LEAST_SIGNING_BYTES = 24
_MOST_BYTES = 65_536


class Secret:
    """A value that no log, repr or error shows; `reveal` is the one way to read it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def is_reference(value: object) -> bool:
    """`{env: NAME}` or `{file: path}`."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in {"env", "file"}


def signing_key(text: str) -> bytes | None:
    """The bytes inside `whsec_<base64>`; None if it is none, or too short to be safe."""
    encoded = text.removeprefix("whsec_").rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) >= LEAST_SIGNING_BYTES else None


class Resolver:
    """Follows references to the environment and to files, and complains about those that lead nowhere."""

    def __init__(self, env: Mapping[str, str], folder: FilePath, complaints: Complaints) -> None:
        self._env = env
        self._folder = folder
        self._complaints = complaints

    def read(self, path: Path, *, env: str | None, file: str | None) -> str | None:
        if env is not None:
            return self._from_env(path, env)
        return self._from_file(path, file or "")

    def resolved(self, path: Path, value: Plain) -> Plain:
        """A platform's options with every reference inside replaced; literal secrets are refused."""
        if isinstance(value, dict):
            if is_reference(value):
                (kind, name), *_ = value.items()
                if not isinstance(name, str):
                    self._complaints.add((*path, kind), "expected text")
                    return None
                return self.read(path, env=name, file=None) if kind == "env" else self.read(path, env=None, file=name)
            return {key: self.resolved((*path, key), item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolved((*path, index), item) for index, item in enumerate(value)]
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        if isinstance(value, str) and names_a_secret(key) and not looks_secret(value):
            # What has a token's shape is refused wherever it stands; this is for those that look like any word.
            self._complaints.add(path, "a secret never stands in this file: write {env: NAME} or {file: path}")
        return value

    def _from_env(self, path: Path, name: str) -> str | None:
        value = self._env.get(name)
        if value is None:
            if looks_secret(name):
                return None
            self._complaints.add(
                path, f"environment variable {plain(name)} is not set{did_you_mean(name, _alike(name, self._env))}"
            )
            return None
        if not value.strip():
            self._complaints.add(path, f"environment variable {plain(name)} is empty")
            return None
        return value.strip()

    def _from_file(self, path: Path, name: str) -> str | None:
        shown = plain(name, 200)
        try:
            target = self._folder / name
            if not target.is_file():
                self._complaints.add(
                    path, f"cannot read {shown}: {'not a file' if target.exists() else 'no such file'}"
                )
                return None
            with target.open("rb") as file:
                value = file.read(_MOST_BYTES).decode().strip()
        except UnicodeDecodeError:
            self._complaints.add(path, f"cannot read {shown}: not UTF-8 text")
            return None
        except (OSError, ValueError) as error:
            self._complaints.add(path, f"cannot read {shown}: {getattr(error, 'strerror', None) or 'not a path'}")
            return None
        if not value:
            self._complaints.add(path, f"{shown} is empty")
            return None
        return value


def _alike(name: str, env: Mapping[str, str]) -> list[str]:
    """Only variables that share the beginning are suggested: the environment is nobody's business otherwise."""
    return [other for other in env if other[:4] == name[:4]]
