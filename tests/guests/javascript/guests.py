"""Real Node guests for tests: started ahead, given a project as it lies in a folder, spoken to over their own wire."""

from __future__ import annotations

import fcntl
import json
import os
import re
import selectors
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import gettone
from gettone.sandbox.node import node_binary
from gettone.wire.messages import AssetFile, Completed, Failed, FunctionFile, Load, Loaded, Log, Problem
from tests.guests.conversation import ANSWER_SECONDS, Conversation

GUEST = Path(gettone.__file__).parent / "guests" / "javascript"
PINNED = GUEST / "node_modules" / "twilio"
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "TZ": "UTC", "LEFT": "over"}
ACCOUNT = {
    "ACCOUNT_SID": "AC" + "a" * 32,
    "AUTH_TOKEN": "d" * 32,
    "API_KEY": "SK" + "b" * 32,
    "API_SECRET": "c" * 32,
}
LOG_BYTES = 16_384
RESPONSE_BYTES = 1 << 20
_LANGUAGES = dict.fromkeys((".js", ".mjs", ".cjs", ".ts"), "javascript") | {".py": "python"}
_VISIBILITY = re.compile(r"\.(private|protected)$")
# Where the process looks for them; sources lie above, so that none is overwritten before it is copied.
_STDIN, _STDOUT, _STDERR, _WIRE, _TICKETS, _ABOVE = 0, 1, 2, 3, 4, 10


@dataclass
class Guest:
    """A Node process that has not been told what to serve, and the host's ends of its descriptors."""

    pid: int
    conversation: Conversation
    stdout: int
    stderr: int
    tickets: tuple[int, int]

    def load(
        self,
        root: Path,
        files: Mapping[str, str],
        variables: Mapping[str, str] = ACCOUNT,
        *,
        twilio: Path | None = PINNED,
        log_bytes: int = LOG_BYTES,
        response_bytes: int = RESPONSE_BYTES,
        concurrency: int = 1,
        check: bool = False,
    ) -> Loaded:
        """Write the project's files under `root`, as a worker finds them, and load them."""
        functions, assets = write_project(root, files)
        context = {
            "DOMAIN_NAME": "quick-1234.localhost",
            "SERVICE_SID": "ZS" + "1" * 32,
            "ENVIRONMENT_SID": "ZE" + "2" * 32,
        }
        pinned = str(twilio) if twilio is not None else None
        load = Load(
            str(root), functions, assets, variables, context, pinned, log_bytes, response_bytes, concurrency, check
        )
        return self.conversation.load(load)

    def printed(self, descriptor: int, until: bytes = b"") -> bytes:
        """Read one of the guest's pipes until a text has come, or its end."""
        data = b""
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while (not until or until not in data) and selector.select(ANSWER_SECONDS):
                more = os.read(descriptor, 1 << 16)
                if not more:
                    break
                data += more
        return data

    def wait(self) -> int:
        """Wait for the guest's end. Its exit code, or the negative signal."""
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """End the guest, if it has not ended, and let go of the host's ends."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.wait()
        self.conversation.wire.close()
        for descriptor in (self.stdout, self.stderr, *self.tickets):
            os.close(descriptor)


@dataclass
class Served:
    """A guest that serves a project."""

    guest: Guest
    root: Path

    def ask(self, function: str, **event: object) -> Completed:
        """The answer of a function that completes."""
        outcome, _ = self.run(function, **event)
        assert isinstance(outcome, Completed), outcome
        return outcome

    def fail(self, function: str, **event: object) -> Failed:
        """The failure of a function that fails."""
        outcome, _ = self.run(function, **event)
        assert isinstance(outcome, Failed), outcome
        return outcome

    def problem(self, function: str, **event: object) -> Problem:
        """Where a function that fails does so."""
        problem = self.fail(function, **event).problem
        assert problem is not None
        return problem

    def run(self, function: str, **event: object) -> tuple[Completed | Failed, list[Log]]:
        """What a function does, whatever it is."""
        return self.guest.conversation.invoke(function, event)

    def read(self, function: str, **event: object) -> object:
        """The answer of a function, read as JSON."""
        return json.loads(self.ask(function, **event).body)


def write_project(root: Path, files: Mapping[str, str]) -> tuple[tuple[FunctionFile, ...], tuple[AssetFile, ...]]:
    """Write a project's files where a worker finds them. Its functions and private assets, as `load` tells them."""
    functions: list[FunctionFile] = []
    assets: list[AssetFile] = []
    for source, content in files.items():
        folder, _, rest = source.partition("/")
        file = {"functions": "handlers", "assets": "files"}.get(folder, folder) + (f"/{rest}" if rest else "")
        place = root / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8", newline="")
        if folder == "functions" and place.suffix in _LANGUAGES:
            name = _VISIBILITY.sub("", rest.removesuffix(place.suffix))
            functions.append(FunctionFile(f"/{name}", name, file, source, _LANGUAGES[place.suffix]))
        elif folder == "assets":
            assets.append(AssetFile(f"/{rest.replace('.private', '')}", file))
    return tuple(functions), tuple(assets)


class Serve(Protocol):
    """Starts a guest that serves files; it ends with the test."""

    def __call__(
        self,
        files: Mapping[str, str],
        variables: Mapping[str, str] = ACCOUNT,
        *,
        twilio: Path | None = PINNED,
        log_bytes: int = LOG_BYTES,
        response_bytes: int = RESPONSE_BYTES,
        concurrency: int = 1,
    ) -> Served:
        """The guest, loaded."""


def handler(body: str) -> str:
    """A function's source: a handler with this body."""
    return f"exports.handler = function (context, event, callback) {{\n  {body}\n}};\n"


def start_guest(*flags: str) -> Guest:
    """Start a Node guest. It is not waited for."""
    near, far = socket.socketpair()
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    tickets = os.pipe()
    for end in tickets:
        os.set_blocking(end, False)
    null = os.open(os.devnull, os.O_RDONLY)
    given = {_STDIN: null, _STDOUT: out_write, _STDERR: err_write, _WIRE: far.fileno(), _TICKETS: tickets[0]}
    lifted = {place: fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for place, descriptor in given.items()}
    actions = [(os.POSIX_SPAWN_DUP2, descriptor, place) for place, descriptor in lifted.items()]
    node = str(node_binary())
    pid = os.posix_spawn(node, [node, *flags, str(GUEST / "guest.js")], ENVIRONMENT, file_actions=actions)
    far.close()
    for descriptor in (*lifted.values(), out_write, err_write, null):
        os.close(descriptor)
    return Guest(pid, Conversation(near), out_read, err_read, tickets)


class Spares:
    """Keeps one guest started ahead, so that a test does not wait for Node to boot."""

    def __init__(self) -> None:
        self._spare = start_guest()

    def take(self) -> Guest:
        """A guest that has said hello."""
        guest, self._spare = self._spare, start_guest()
        guest.conversation.hello()
        return guest

    def close(self) -> None:
        """End the one that nobody took."""
        self._spare.close()


@contextmanager
def serving(spares: Spares, root: Path, files: Mapping[str, str]) -> Iterator[Served]:
    """A guest that serves files to several tests, each with a function of its own."""
    guest = spares.take()
    try:
        guest.load(root, files)
        yield Served(guest, root)
    finally:
        guest.close()
