"""Where the bytes of files lie: a local folder, or any object store. obstore lives here and nowhere else.

It is loaded with the first file: a site that never sees one does not pay for it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge.domain.errors import StoreTrouble

if TYPE_CHECKING:
    from obstore.store import ObjectStore

LOCAL: Final = "file://"
PIECE: Final = 256 * 1024


class Vault:
    """Objects by name. Credentials of object stores come from the environment, as obstore reads them."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._store: ObjectStore | None = None

    @property
    def folder(self) -> Path | None:
        """The local folder, where it is one."""
        return Path(self._url.removeprefix(LOCAL)).expanduser() if self._url and self._url.startswith(LOCAL) else None

    def may_hold_any(self) -> bool:
        """False where nothing was ever put: then there is nothing to look through."""
        return self._store is not None or (self._url is not None and (self.folder is None or self.folder.is_dir()))

    async def put(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        """Keep them under a name; on the disk when this returns. Raises: StoreTrouble."""
        import obstore  # noqa: PLC0415 - loaded with the first file

        store = await self._opened()
        try:
            await obstore.put_async(store, name, pieces)
            if self.folder is not None:
                await asyncio.to_thread(_settle, self.folder / name)
        except Exception as error:
            raise _trouble(error) from error

    async def pieces(self, name: str) -> AsyncIterator[bytes] | None:
        """The bytes under a name, None when there are none. Raises: StoreTrouble."""
        import obstore  # noqa: PLC0415 - loaded with the first file

        store = await self._opened()
        try:
            found = await obstore.get_async(store, name)
        except FileNotFoundError:
            return None
        except Exception as error:
            raise _trouble(error) from error
        return _bytes_of(found.stream(min_chunk_size=PIECE))

    async def delete(self, names: Iterable[str]) -> None:
        """Forget these; one that is not there is forgotten already. Raises: StoreTrouble."""
        import obstore  # noqa: PLC0415 - loaded with the first file

        store = await self._opened()
        for name in names:
            try:
                await obstore.delete_async(store, name)
            except FileNotFoundError:
                continue
            except Exception as error:
                raise _trouble(error) from error

    async def names(self) -> AsyncIterator[list[tuple[str, datetime]]]:
        """All names with the time they were put, in batches. Raises: StoreTrouble."""
        import obstore  # noqa: PLC0415 - loaded with the first file

        store = await self._opened()
        try:
            async for batch in obstore.list(store, chunk_size=500):
                yield [(str(each["path"]), each["last_modified"]) for each in batch]
        except Exception as error:
            raise _trouble(error) from error

    async def _opened(self) -> "ObjectStore":
        if self._store is None:
            if self._url is None:
                raise StoreTrouble("there is no place for files: set files.url in the config")
            # Loading the library and reading credentials take a moment that the loop must not wait.
            self._store = await asyncio.to_thread(_open, self._url, self.folder)
        return self._store


def _open(url: str, folder: Path | None) -> "ObjectStore":
    from obstore.store import LocalStore, from_url  # noqa: PLC0415 - loaded with the first file

    try:
        if folder is None:
            return from_url(url)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(prefix=folder)
    except Exception as error:
        raise _trouble(error) from error


async def _bytes_of(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for piece in stream:
            yield bytes(piece)
    except Exception as error:
        raise _trouble(error) from error


def _settle(path: Path) -> None:
    """Onto the disk, with its name: what a 201 promised outlives a power cut. The library does not do it."""
    path.chmod(0o600)
    for each in (path, path.parent):
        place = os.open(each, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def _trouble(error: Exception) -> StoreTrouble:
    # Named by its kind: the library's own words hold addresses.
    return error if isinstance(error, StoreTrouble) else StoreTrouble(f"files cannot be kept: {type(error).__name__}")
