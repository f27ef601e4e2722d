"""The repository read as text and as syntax trees, for the house rules."""

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = ("bridge", "adapters")
SKIPPED = {"build", "data", "node_modules", "__pycache__"}
SHOWN_DOTS = {".ci", ".gitignore", ".pre-commit-config.yaml"}


def _skips(folder: Path, name: str) -> bool:
    if folder == ROOT and name.startswith("."):
        return name not in SHOWN_DOTS
    return name in SKIPPED or name.endswith(".egg-info")


@cache
def every_file() -> tuple[Path, ...]:
    """Of the project; environments, caches and data are not walked into."""
    found: list[Path] = []
    for place, folders, names in os.walk(ROOT):
        folder = Path(place)
        folders[:] = [name for name in folders if not _skips(folder, name)]
        found += [folder / name for name in names if not _skips(folder, name)]
    return tuple(sorted(found))


def files(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> Iterator[Path]:
    for path in every_file():
        first = path.relative_to(ROOT).parts[0]
        if path.suffix in suffixes and (first in folders):
            yield path


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_within(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and full module name of all imports, those inside functions and TYPE_CHECKING included."""
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                source = ".".join([*above, source] if source else above)
            for alias in node.names:
                deeper = f"{source}.{alias.name}"
                yield node.lineno, deeper if source.split(".")[0] in OURS and is_module(deeper) else source
