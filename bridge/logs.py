"""Logs: structlog for us, the same pipe for vendors; secrets masked, values capped, and a stuck sink blocks nobody."""

import logging
import queue
import re
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LONGEST_VALUE = 2_000
"""Characters of one value."""
LONGEST_TRACE = 4 * LONGEST_VALUE
MOST_ITEMS = 50
DEEPEST = 4
LONGEST_SECRET = 1_000
WAITING_LINES = 10_000
MOST_NOTED = 30
TOLD = ("lane", "platform", "bot", "sweep", "delivery", "ticket", "reason", "error", "seconds", "count", "writes")
"""Fields of our own events that the operators' page repeats."""
DEEPEST_TRACE = 8
QUOTING = "aiohttp.server"
"""Logs an unreadable request with a piece of it, which may be anybody's key or words."""
OURS = ("bridge", "adapters")
"""Loggers that may speak below INFO; vendors there repeat requests and queries with everybody's words."""

_SECRETS = re.compile(
    r"""
      xox[a-z](?:\.xox[a-z])?-[\w-]{6,}              # Slack bot, user, refresh, configuration tokens
    | xapp-[\w-]{6,}                                 # Slack app-level token
    | whsec_[A-Za-z0-9+/=_-]{6,}                     # Standard Webhooks secret
    | \bhr_[\w-]{8,}                                 # our bearer keys
    | \b[MNO][\w-]{22,30}\.[\w-]{6}\.[\w-]{27,}      # Discord bot token
    | (?i:(?<=bearer\s)|(?<=bot\s)|(?<=basic\s))[\w.~+/=-]{16,}  # Authorization headers
    | (?<=/sign-in/)[\w-]{16,}                       # links that sign somebody in
    | (?<=handrail=)[\w-]{16,}                       # the console's cookie
    | (?<=signature=)[\w.~+/=%-]{16,}                # signed links
    | (?<=hooks\.slack\.com/)[\w/-]{16,}             # where Slack lets anybody answer
    | (?<=/webhooks/)\d{15,21}/[\w-]{16,}            # Discord's follow-ups
    | (?<=/interactions/)\d{15,21}/[\w-]{16,}
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)                # name and password of an address
    """,
    re.VERBOSE,
)


_FORGING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Ends of lines in any alphabet, terminal controls, and what turns text round: none may stand in a line as it is."""


def masked(text: str) -> str:
    """The text without anything that looks like a secret of ours or of a platform's."""
    return _SECRETS.sub("***", text)


def configure(level: str = "INFO", *, json: bool | None = None, stream: TextIO | None = None) -> Callable[[], None]:
    """Set up logging for the whole process; the returned function flushes and lets go of the stream.

    `json` None: a console gets coloured lines, anything else JSON. Lines go through a bounded queue to a thread of
    their own; when the reader of the stream is stuck, lines are dropped, never waited for.
    """
    target = stream if stream is not None else sys.stderr
    pretty = target.isatty() if json is None else not json
    shared: Sequence[Processor] = (
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_and_cap,
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if pretty
        else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    )
    handler = _PipeHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_logger_name,
                _keep_words,
                structlog.stdlib.ExtraAdder(),
                _own_words,
                *shared,
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.addHandler(handler)
    root.addHandler(_ring)
    root.setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level.upper()]))
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    handler.start()

    def stop() -> None:
        for name in OURS:
            logging.getLogger(name).setLevel(logging.NOTSET)
        root.removeHandler(handler)
        root.removeHandler(_ring)
        handler.close()
        structlog.reset_defaults()

    return stop


def mask_and_cap(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Whatever reaches a log line is masked, bounded and kept on its line first."""
    tame: EventDict = {}
    for key, value in event.items():
        if key.startswith("_"):  # structlog's own, never written
            tame[key] = value
        elif key == "exception":
            tame[key] = _lines(str(value))
        else:
            tame[_shown(key, LONGEST_VALUE)] = _tame(value, LONGEST_VALUE, DEEPEST)
    return tame


def _keep_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The finished sentence: structlog has taken its arguments out of the record by now."""
    event["_said"] = event["event"]
    return event


def _own_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A vendor's extra fields never replace what it said; the server's errors come without the bytes they quote."""
    record = event["_record"]
    event["event"] = event.pop("_said")
    if record.name == QUOTING and isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
        error = record.exc_info[1]
        event.pop("exc_info", None)
        event["error"] = type(error).__name__
        steps = traceback.extract_tb(error.__traceback__)[-DEEPEST_TRACE:]
        event["where"] = [f"{step.filename.rpartition('/')[2]}:{step.lineno} {step.name}" for step in steps]
    return event


def _tame(value: object, longest: int, depth: int) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _shown(value, longest)
        case bytes():
            return f"<{len(value)} bytes>"
        case Mapping() if depth:
            pairs = list(value.items())[:MOST_ITEMS]
            return {_shown(str(key), longest): _tame(each, longest, depth - 1) for key, each in pairs}
        case list() | tuple() | set() | frozenset() if depth:
            return [_tame(each, longest, depth - 1) for each in list(value)[:MOST_ITEMS]]
        case _:
            return _shown(str(value), longest)


def _shown(text: str, longest: int) -> str:
    """One line without secrets, escapes or much length."""
    shown = _FORGING.sub(_escaped, masked(text[: longest + LONGEST_SECRET]))
    return shown if len(text) <= longest >= len(shown) else f"{shown[:longest]}… ({len(text)} characters)"


def _lines(trace: str) -> str:
    """A traceback keeps its lines; all but the first are set in, so that none can pass for a line of the log."""
    whole = (
        trace if len(trace) <= LONGEST_TRACE else f"{trace[: LONGEST_TRACE // 2]}\n…\n{trace[-LONGEST_TRACE // 2 :]}"
    )
    return "\n    ".join(_shown(line, LONGEST_VALUE) for line in whole.split("\n"))


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A warning or error of this process, for the operators' page: our own event names and harmless facts."""

    at: datetime
    level: str
    event: str
    facts: tuple[tuple[str, str], ...] = ()
    times: int = 1


class _Ring(logging.Handler):
    """Keeps the latest warnings. Of a vendor's line only its logger's name: what it says may hold anything."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.kept: deque[Noted] = deque(maxlen=MOST_NOTED)

    def emit(self, record: logging.LogRecord) -> None:
        event = record.name
        facts: tuple[tuple[str, str], ...] = ()
        if isinstance(record.msg, dict):
            said = record.msg
            event = str(said.get("event", record.name))
            facts = tuple((name, _shown(str(said[name]), 200)) for name in TOLD if said.get(name) is not None)
        at = datetime.fromtimestamp(record.created, UTC)
        noted = Noted(at=at, level=record.levelname.lower(), event=event, facts=facts)
        last = self.kept[0] if self.kept else None
        if last is not None and (last.event, last.facts, last.level) == (noted.event, noted.facts, noted.level):
            self.kept[0] = replace(noted, times=last.times + 1)
        else:
            self.kept.appendleft(noted)


_ring = _Ring()


def noted() -> Sequence[Noted]:
    """The latest warnings and errors since `configure`, latest first."""
    return tuple(_ring.kept)


class _PipeHandler(logging.Handler):
    """Formats where the line is made, writes in a thread of its own."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(WAITING_LINES)
        self._thread = threading.Thread(target=self._write, name="logs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            pass  # the reader is stuck: a lost line is better than a stopped daemon
        except Exception:  # noqa: BLE001  logging's own rule: a line that cannot be made never breaks its caller
            self.handleError(record)

    def close(self) -> None:
        try:
            self._lines.put(None, timeout=1)
        except queue.Full:
            pass
        else:
            self._thread.join(timeout=2)
        super().close()

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._stream.write(line + "\n")
                if self._lines.empty():
                    self._stream.flush()
            except (OSError, ValueError):
                continue  # a closed or broken stream: there is nowhere to say so
