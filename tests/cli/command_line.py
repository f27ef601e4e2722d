"""The real command line, as a process in a folder of its own."""

import asyncio
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests import nursery
from tests.nursery import Running, outside

OURS = ("HANDRAIL_", "PORT")
"""Names in the environment that would decide for a test."""


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str

    def one_sentence(self) -> str:
        """What it refused, on standard error alone and without a traceback."""
        assert self.code == 1, self
        assert self.out == "", self
        assert "Traceback" not in self.err, self
        return self.err.strip()


@dataclass(slots=True)
class CommandLine:
    folder: Path
    env: Mapping[str, str]

    async def __call__(self, *words: str, **env: str) -> Said:
        return await _said(await nursery.start(*words, folder=self.folder, env=self._all(env)))

    async def good(self, *words: str, **env: str) -> str:
        said = await self(*words, **env)
        assert said.code == 0, said
        return said.out

    async def imports(self, *words: str) -> set[str]:
        """Every module that the command imports."""
        said = await self.python("-X", "importtime", "-m", "bridge", *words)
        assert said.code == 0, said
        return {line.rpartition("|")[2].strip() for line in said.err.splitlines() if line.startswith("import time:")}

    async def python(self, *words: str, **env: str) -> Said:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, cwd=self.folder, env=self._all(env),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        return await _said(process)

    def _all(self, env: Mapping[str, str]) -> dict[str, str]:
        return {**without_ours(), **self.env, **env}


async def _said(process: Running) -> Said:
    try:
        async with asyncio.timeout(90):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


def without_ours() -> dict[str, str]:
    """The environment of the tests without what would decide for one."""
    return {name: value for name, value in outside().items() if not name.startswith(OURS)}


def packages(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}
