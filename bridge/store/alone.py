"""SQLite belongs to one daemon: a second one on the same file is refused."""

import fcntl
import os
from pathlib import Path

from bridge.domain.errors import StoreTrouble


class Alone:
    """A lock beside the database file, held as long as the daemon lives; the system lets go of it when it dies."""

    def __init__(self, database: str) -> None:
        self._path = Path(f"{database}-lock")
        self._file: int | None = None

    def claim(self) -> None:
        """Raises: StoreTrouble when another process has it."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreTrouble(f"{self._path} cannot be written: {error.strerror}") from error
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            raise StoreTrouble(
                "another handrail runs on this database; SQLite serves one, PostgreSQL several"
            ) from None
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
