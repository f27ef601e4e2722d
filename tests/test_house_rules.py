"""The design's table of who may import whom, the sizes, the names: read from the tree, told in sentences."""

import ast
import re
import sys
from pathlib import Path

import pytest

from tests.source_tree import OURS, ROOT, every_file, files, imports_of, is_within, module_of, shown, tree_of

DESK_SIDE = ("bridge.domain", "bridge.ports", "bridge.rulebook", "bridge.store")
SHORE = (*DESK_SIDE, "bridge.desk.desk", "bridge.streaming")
SEEN_BY_ALL = ("bridge.metrics", "bridge.logs", "bridge.crashpoint", "bridge.ports.clock")
"""Open to every room but the domain and the demo bot: measures, logs, crash points, the clock everybody is given."""

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "bridge.domain": (),
    "bridge.ports": ("bridge.domain",),
    "bridge.rulebook": ("bridge.domain", *SEEN_BY_ALL),
    "bridge.store": ("bridge.domain", *SEEN_BY_ALL),
    "bridge.desk": (*DESK_SIDE, *SEEN_BY_ALL),
    "bridge.delivery": (*DESK_SIDE, *SEEN_BY_ALL),
    "bridge.api": (*SHORE, *SEEN_BY_ALL),
    "bridge.console": (*SHORE, *SEEN_BY_ALL),
    "bridge.jobs": (*SHORE, *SEEN_BY_ALL),
    "bridge.metrics": (),
    "bridge.logs": (),
    "bridge.crashpoint": (),
    "bridge.seat": (),
    "bridge.streaming": ("bridge.domain",),
    "bridge.lag": SEEN_BY_ALL,
    "bridge.demo_secrets": (),
    "bridge.demo": (),
    "adapters": ("bridge.domain", "bridge.ports", *SEEN_BY_ALL),
    "bridge.app": OURS,
    "bridge.reloading": OURS,
    "bridge.readiness": OURS,
    "bridge.shores": ("adapters", "bridge.domain", "bridge.ports", "bridge.rulebook"),
    "bridge.kinds": ("adapters", "bridge.domain", "bridge.rulebook"),
    "bridge.cli": OURS,
    "bridge.__main__": OURS,
}

VENDOR_HOME = {
    "tortoise": ("bridge.store",),
    "aiosqlite": ("bridge.store",),
    "asyncpg": ("bridge.store",),
    "apscheduler": ("bridge.jobs",),
    "slack_bolt": ("adapters.chat.slack",),
    "slack_sdk": ("adapters.chat.slack",),
    "discord": ("adapters.chat.discord",),
    "ruamel": ("bridge.rulebook",),
    "typer": ("bridge.cli", "bridge.__main__"),
    "prometheus_client": ("bridge.metrics",),
}

FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "misc", "manager", "base"}
MOST_LINES = 300
MOST_FUNCTION_LINES = 60
MOST_DEMO_LINES = 300

CHAT_NAMES = ("__init__", "platform", "events", "render", "errors", "options")
BOT_NAMES = ("__init__", "connection", "errors", "options")

TEXT = {".py", ".js", ".css", ".html", ".md", ".yaml", ".yml", ".toml", ".json", ".lock", ".cfg", ".txt", ".svg", ""}
# Put together here, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.:/}$-])/(?:" + "work|root|Users|home/[a-z]+|opt/py" + r"|tmp/[a-z]+)(?:/|\b)")
INDEX_ADDRESS = re.compile(r"https?://[^\s\"']*(?:" + "py" + r"pi|pythonhosted|registry\.npm|/simple\b)", re.IGNORECASE)
SILENCED = re.compile(r"#\s*(type:\s*ignore|noqa)(\[[^\]]*\]|:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?(?P<reason>.*)$")


def room_of(module: str) -> str | None:
    return next((room for room in MAY_IMPORT if is_within(module, room)), None)


def tell(complaints: list[str]) -> None:
    assert not complaints, "\n" + "\n".join(complaints)


def test_every_room_imports_only_what_the_design_allows() -> None:
    complaints = []
    for path in files(*OURS):
        module = module_of(path)
        room = room_of(module)
        if module == "bridge":
            continue
        if room is None:
            complaints.append(f"{shown(path)}: is in no room of the design; give it one, and say what it may import")
            continue
        for line, name in imports_of(path):
            if name.split(".")[0] not in OURS or (room != "adapters" and is_within(name, room)):
                continue
            if room == "adapters" and is_within(name, "adapters"):
                continue  # judged by the test below
            if not any(is_within(name, allowed) for allowed in MAY_IMPORT[room]):
                allowed = ", ".join(MAY_IMPORT[room]) or "nothing of ours"
                complaints.append(f"{shown(path)}:{line}: {room} imports {name}; it may import {allowed}")
    tell(complaints)


def test_no_adapter_knows_another_adapter() -> None:
    complaints = []
    for path in files("adapters"):
        home = ".".join(module_of(path).split(".")[:3])
        complaints += [
            f"{shown(path)}:{line}: imports {name} of another adapter; what both need belongs to the middle"
            for line, name in imports_of(path)
            if name.startswith("adapters.") and not is_within(name, home)
        ]
    tell(complaints)


def test_the_domain_knows_only_the_standard_library() -> None:
    tell(
        [
            f"{shown(path)}:{line}: the domain imports {name}, which is not of the standard library"
            for path in files("bridge")
            if is_within(module_of(path), "bridge.domain")
            for line, name in imports_of(path)
            if name.split(".")[0] not in sys.stdlib_module_names and not is_within(name, "bridge.domain")
        ]
    )


def test_domain_and_ports_have_no_any() -> None:
    tell(
        [
            f"{shown(path)}:{node.lineno}: says Any; domain and ports name what they take"
            for path in files("bridge")
            if room_of(module_of(path)) in {"bridge.domain", "bridge.ports"}
            for node in ast.walk(tree_of(path))
            if (isinstance(node, ast.Name) and node.id == "Any")
            or (isinstance(node, ast.Attribute) and node.attr == "Any")
        ]
    )


def test_every_vendor_package_has_one_home() -> None:
    tell(
        [
            f"{shown(path)}:{line}: imports {name}; its only home is {' and '.join(homes)}"
            for path in files(*OURS)
            for line, name in imports_of(path)
            if (homes := VENDOR_HOME.get(name.split(".")[0]))
            and not any(is_within(module_of(path), home) for home in homes)
        ]
    )


def test_no_file_grows_beyond_a_page_one_can_know() -> None:
    complaints = []
    for path in files(*OURS, "tests", "benchmarks", suffixes=(".py", ".js")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines >= MOST_LINES and "migrations" not in path.parts:
            complaints.append(f"{shown(path)}: {lines} lines; a file stays under {MOST_LINES}: make it a folder")
    tell(complaints)


def test_no_function_is_longer_than_a_screen() -> None:
    tell(
        [
            f"{shown(path)}:{node.lineno}: {node.name} has {length} lines; at most {MOST_FUNCTION_LINES}"
            for path in files(*OURS, "tests", "benchmarks")
            if "migrations" not in path.parts
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MOST_FUNCTION_LINES
        ]
    )


def test_no_file_has_a_name_that_says_nothing() -> None:
    tell(
        [
            f"{shown(path)}: '{name}' says nothing about what is inside; name it after its noun"
            for path in every_file()
            if path.relative_to(ROOT).parts[0] in (*OURS, "tests", "benchmarks", "config")
            for name in (part.split(".")[0] for part in path.relative_to(ROOT).parts)
            if name in FORBIDDEN_NAMES
        ]
    )


def test_test_files_have_names_of_their_own() -> None:
    """Under importlib mode two test files of one name are possible; in a failure's headline they are not told apart."""
    seen: dict[str, Path] = {}
    complaints = []
    for path in files("tests"):
        if path.name.startswith("test_"):
            if path.name in seen:
                complaints.append(f"{shown(path)}: has the same name as {shown(seen[path.name])}; prefix its room")
            seen[path.name] = path
    tell(complaints)


@pytest.mark.parametrize(("shore", "names"), [("chat", CHAT_NAMES), ("bots", BOT_NAMES)])
def test_every_adapter_has_the_same_names_inside(shore: str, names: tuple[str, ...]) -> None:
    folder = ROOT / "adapters" / shore
    registered = (ROOT / "adapters" / "__init__.py").read_text(encoding="utf-8")
    complaints = []
    for adapter in sorted(path for path in folder.iterdir() if (path / "__init__.py").is_file()):
        complaints += [
            f"{shown(adapter)}: has no {name}; inside every {shore} adapter the names are {', '.join(names)}"
            for name in names
            if not (adapter / f"{name}.py").is_file() and not (adapter / name / "__init__.py").is_file()
        ]
        if f"adapters.{shore}.{adapter.name}" not in registered:
            complaints.append(f"adapters/__init__.py: does not name adapters.{shore}.{adapter.name}")
    tell(complaints)


def test_no_file_names_a_machine_or_an_index() -> None:
    complaints = []
    for path in every_file():
        if path.suffix not in TEXT:
            continue
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if found := MACHINE_PATH.search(text):
                complaints.append(f"{shown(path)}:{line}: {found[0]} is a path of one machine")
            if found := INDEX_ADDRESS.search(text):
                complaints.append(f"{shown(path)}:{line}: {found[0]} is the address of a package index")
    tell(complaints)


def test_a_silenced_checker_says_why() -> None:
    complaints = []
    for path in files(*OURS, "tests", "benchmarks"):
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            found = SILENCED.search(text)
            if found and path != Path(__file__) and len(found["reason"].strip(" #-:—")) < len("vendor"):
                complaints.append(f"{shown(path)}:{line}: silences a checker without saying why on the same line")
    tell(complaints)


def test_tests_patch_nothing_of_ours_and_touch_nothing_private() -> None:
    complaints = []
    for path in files("tests"):
        complaints += [
            f"{shown(path)}:{line}: imports {name}; doubles stand at the wire only"
            for line, name in imports_of(path)
            if is_within(name, "unittest.mock")
        ]
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Attribute):
                continue
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if owner == "monkeypatch" and node.attr in {"setattr", "setitem"}:
                complaints.append(f"{shown(path)}:{node.lineno}: patches; doubles stand at the wire only")
            if node.attr.startswith("_") and not node.attr.endswith("__") and owner not in {"self", "cls", "other"}:
                complaints.append(f"{shown(path)}:{node.lineno}: touches the private name {node.attr}")
    tell(complaints)


def test_the_demo_bot_stays_small_enough_to_copy() -> None:
    """All of its Python counts, blank lines too; its page and its canned answers are no part of what one copies."""
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "bridge" / "demo").rglob("*.py"))
    assert lines < MOST_DEMO_LINES, f"bridge/demo: {lines} lines to copy; fewer than {MOST_DEMO_LINES} are wanted"


def test_the_dev_lock_holds_the_runtime_locks_versions() -> None:
    pinned = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)
    runtime = dict(pinned.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    dev = dict(pinned.findall((ROOT / "requirements-dev.lock").read_text(encoding="utf-8")))
    tell(
        [
            f"requirements-dev.lock: {name} is {dev.get(name, 'missing')}, people run {version}; run make lock"
            for name, version in runtime.items()
            if dev.get(name) != version
        ]
    )
