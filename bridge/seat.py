"""A name this process has to itself: whoever had it before on this machine is dead, and what it held is free.

Without it a lane of a process that died stays leased until the lease runs out, though the same daemon is back already.
"""

import fcntl
import os
import secrets
import socket
from itertools import count
from pathlib import Path


class Seat:
    """The first free one of the folder's seats. The system frees a seat whose process dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None

    def take(self) -> str:
        """The seat's name; one nobody had before where nothing can be written."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for number in count(1):
                name = self._try(self._folder / f"seat-{number}")
                if name is not None:
                    # A folder may have been copied to another machine, whose processes nobody here can see die.
                    return f"{name}@{socket.gethostname()}"
        except OSError:
            pass
        return secrets.token_hex(16)

    def leave(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _try(self, path: Path) -> str | None:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return None
        self._file = file
        name = os.pread(file, 64, 0).decode("ascii", "replace")
        if len(name) != 32 or not name.isalnum():
            name = secrets.token_hex(16)
            os.pwrite(file, name.encode(), 0)
        return name
