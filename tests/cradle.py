"""The process that children of `tests.nursery` are forked from: it has imported everything, and does nothing else.

A child is `python -m bridge …` from its first line on: own arguments, environment, folder, standard streams and end.
"""

import gc
import io
import json
import os
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import adapters
import bridge

LARGEST = 200_000
"""Bytes of one order."""


def warm() -> None:
    """Import whatever some command or some platform would."""
    root = Path(bridge.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if "migrations" not in path.parts and path.stem != "__main__":
            import_module(".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__"))
    for kind in adapters.CHAT:
        adapters.preload(kind)
    for module in adapters.BOTS.values():
        import_module(module)
    assert threading.active_count() == 1, "a thread does not live on in a child"
    # What is there already is no child's to collect.
    gc.collect()
    gc.freeze()


def serve(orders: socket.socket) -> list[str]:
    """Bear children until the tests are done. Returns in every child, with its words."""
    woken, wakes = socket.socketpair()
    for each in (woken, wakes):
        each.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    children: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([orders, woken], [], [])
        if woken in ready:
            woken.recv(4096)
            tell_of_the_dead(children)
        if orders not in ready:
            continue
        order, handed, _, _ = socket.recv_fds(orders, LARGEST, 3)
        if not order:
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            raise SystemExit
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            for each in (orders, woken, wakes, *children.values()):
                each.detach()
            return born(json.loads(order), handed[1:])
        children[pid] = socket.socket(fileno=handed[0])
        for each in handed[1:]:
            os.close(each)
        tell(children[pid], pid)


def tell(line: socket.socket, number: int) -> None:
    with suppress(OSError):  # nobody asks any more
        line.sendall(b"%d\n" % number)


def tell_of_the_dead(children: dict[int, socket.socket]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with children.pop(pid) as line:
            tell(line, os.waitstatus_to_exitcode(status))


def born(order: dict, streams: list[int]) -> list[str]:
    for place, stream in enumerate(streams, start=1):
        os.dup2(stream, place)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["folder"])
    at_once = bool(order["env"].get("PYTHONUNBUFFERED"))
    for name, place in (("stdout", 1), ("stderr", 2)):
        old = getattr(sys, name)
        raw = open(place, "wb", buffering=0, closefd=False)  # noqa: SIM115 - a stream, for as long as we live
        stream = io.TextIOWrapper(
            raw if at_once else io.BufferedWriter(raw), encoding=old.encoding, errors=old.errors,
            line_buffering=name == "stderr", write_through=at_once,
        )  # fmt: skip
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    return order["words"]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C at the terminal means the tests, which then let go of us
    warm()
    orders = socket.socket(fileno=int(sys.argv[1]))
    sys.argv = [str(Path(bridge.__file__).with_name("__main__.py")), *serve(orders)]
    from bridge.cli import main
    from bridge.crashpoint import arm

    arm()
    main()
