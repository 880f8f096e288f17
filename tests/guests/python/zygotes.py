"""Real zygotes and workers for tests: the host's end of a control socket, spoken with blocking calls."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gettone.project.layout import FunctionPlace, place_functions
from gettone.wire.messages import AssetFile, Completed, Failed, FunctionFile, GuestMessage, Load, Loaded, Log
from gettone.workers.guestroot import write_guest_root, zygote_command
from gettone.workers.runtimes import guest_environment
from tests.guests.conversation import ANSWER_SECONDS, Conversation

_LENGTH = struct.Struct(">I")
# As the nursery does it: the control socket becomes descriptor 3, and nothing else is passed on.
PLACE_CONTROL = """
import os, sys
given = int(sys.argv[1])
if given != 3:
    os.dup2(given, 3)
    os.close(given)
os.set_inheritable(3, True)
os.execv(sys.argv[2], sys.argv[2:])
"""
LOG_BYTES = 16_384
RESPONSE_BYTES = 1 << 20


@dataclass
class Worker:
    """A worker of a zygote, and the host's ends of its descriptors."""

    key: int
    pid: int
    conversation: Conversation
    stdout: int
    stderr: int
    tickets: int
    loaded: Loaded = field(default_factory=lambda: Loaded(()))
    is_buried: bool = False

    def call(
        self, event: Mapping[str, object] | None = None, function: str = "/f"
    ) -> tuple[Completed | Failed, list[Log]]:
        """Run a function; its outcome and what it logged."""
        return self.conversation.invoke(function, event)

    def answer(self, event: Mapping[str, object] | None = None, function: str = "/f") -> str:
        """Run a function that completes; its body as text."""
        outcome, _ = self.call(event, function)
        assert isinstance(outcome, Completed), outcome
        return outcome.body.decode()

    def failure(self, event: Mapping[str, object] | None = None, function: str = "/f") -> Failed:
        """Run a function that fails; how."""
        outcome, _ = self.call(event, function)
        assert isinstance(outcome, Failed), outcome
        return outcome

    def rest(self) -> list[GuestMessage]:
        """What a worker that has ended has said, to the end of its wire."""
        messages: list[GuestMessage] = []
        with contextlib.suppress(EOFError, ConnectionResetError):
            while True:
                messages.append(self.conversation.hear())
        return messages

    def printed(self, descriptor: int, until: bytes) -> bytes:
        """Read a pipe of the worker until a text has come, or its end."""
        data = b""
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while until not in data and selector.select(ANSWER_SECONDS):
                more = os.read(descriptor, 1 << 16)
                if not more:
                    break
                data += more
        return data

    def close(self) -> None:
        """Let go of the host's ends."""
        self.conversation.wire.close()
        for descriptor in (self.stdout, self.stderr, self.tickets):
            os.close(descriptor)


@dataclass
class Zygote:
    """A zygote, and what it has said that nobody has asked for yet."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    said: list[dict[str, object]] = field(default_factory=list)
    next_key: int = 1

    def tell(self, message: Mapping[str, object], fds: Sequence[int] = ()) -> None:
        """Send the zygote a message."""
        data = json.dumps(message).encode()
        self.control.settimeout(ANSWER_SECONDS)
        socket.send_fds(self.control, [_LENGTH.pack(len(data)) + data], list(fds))

    def hear(self, key: int, *did: str) -> dict[str, object]:
        """What the zygote says of a worker, waiting for it; other messages are kept."""
        while True:
            for message in self.said:
                if message["key"] == key and message["did"] in did:
                    self.said.remove(message)
                    return message
            size = _LENGTH.unpack(self._read(_LENGTH.size))[0]
            self.said.append(json.loads(self._read(size)))

    def start(self, memory_bytes: int | None = None) -> Worker:
        """Have a worker cloned."""
        key = self.next_key
        self.next_key += 1
        near, far = socket.socketpair()
        out, out_far = os.pipe()
        err, err_far = os.pipe()
        tickets_far, tickets = os.pipe()
        os.set_blocking(tickets_far, False)
        self.tell(
            {"do": "start", "key": key, "memory_bytes": memory_bytes}, [far.fileno(), out_far, err_far, tickets_far]
        )
        far.close()
        for descriptor in (out_far, err_far, tickets_far):
            os.close(descriptor)
        worker = Worker(key, 0, Conversation(near), out, err, tickets)
        said = self.hear(key, "start", "fail")
        assert said["did"] == "start", said
        pid = said["pid"]
        assert isinstance(pid, int)
        worker.pid = pid
        return worker

    def kill(self, worker: Worker) -> None:
        """Have a worker killed."""
        self.tell({"do": "kill", "key": worker.key})

    def exit_status(self, worker: Worker) -> int:
        """How a worker ended, waiting for it."""
        status = self.hear(worker.key, "exit")["status"]
        assert isinstance(status, int)
        worker.is_buried = True
        return status

    def close(self) -> None:
        """Close the control socket and wait for the zygote's end."""
        self.control.close()
        self.process.wait(ANSWER_SECONDS)

    def _read(self, size: int) -> bytes:
        self.control.settimeout(ANSWER_SECONDS)
        data = b""
        while len(data) < size:
            more = self.control.recv(size - len(data))
            if not more:
                raise EOFError("the zygote closed its control socket")
            data += more
        return data


def has_ended(pid: int) -> bool:
    """Whether a process ends, waiting for it as long as a test may."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            return bool(selector.select(ANSWER_SECONDS))
    finally:
        os.close(descriptor)


def guest_root(folder: Path) -> Path:
    """The folder that guests start from, made below `folder`."""
    return write_guest_root(folder)


@contextmanager
def zygote(root: Path, interpreter: Path | None = None) -> Iterator[Zygote]:
    """A running zygote; None is the bare interpreter, without packages."""
    near, far = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", PLACE_CONTROL, str(far.fileno()), *zygote_command(root, interpreter)],
        env=dict(guest_environment()),
        cwd="/",
        pass_fds=[far.fileno()],
        stdin=subprocess.DEVNULL,
    )
    far.close()
    running = Zygote(process, near)
    try:
        yield running
    finally:
        running.close()


@dataclass(frozen=True, slots=True)
class Options:
    """Of a deployment, what tests vary."""

    variables: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, str] = field(default_factory=dict)
    log_bytes: int = LOG_BYTES
    response_bytes: int = RESPONSE_BYTES
    concurrency: int = 1
    check: bool = False
    debug_port: int | None = None


DEFAULTS = Options()


def load_of(root: Path, sources: Mapping[str, str], options: Options = DEFAULTS) -> Load:
    """Write a deployment below `root`; what a worker is told of it.

    `sources` maps files as a project has them (`a/b.protected.py`) to their text; they lie where `gettone.project` puts
    them.
    """
    functions = []
    for place in place_functions("functions", {name: len(text) for name, text in sources.items()}):
        file = root / place.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(sources[place.found])
        if isinstance(place, FunctionPlace):
            name = place.path.removeprefix("/")
            functions.append(FunctionFile(place.path, name, place.file, place.source, place.language))
    for name, text in options.assets.items():
        file = root / "files" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return Load(
        root=str(root),
        functions=tuple(functions),
        assets=tuple(AssetFile(f"/{name}", f"files/{name}") for name in options.assets),
        variables=options.variables,
        context={"DOMAIN_NAME": "localhost:3000", "SERVICE_SID": "ZS" + "0" * 32, "ENVIRONMENT_SID": "ZE" + "0" * 32},
        twilio=None,
        log_bytes=options.log_bytes,
        response_bytes=options.response_bytes,
        concurrency=options.concurrency,
        check=options.check,
        debug_port=options.debug_port,
    )


@dataclass
class Serve:
    """Makes workers that serve what a test writes, and ends them."""

    zygote: Zygote
    folder: Path
    workers: list[Worker] = field(default_factory=list)

    def __call__(
        self, sources: str | Mapping[str, str], options: Options = DEFAULTS, memory_bytes: int | None = None
    ) -> Worker:
        """A worker that has loaded these functions; a text alone is that of `/f`."""
        worker = self.zygote.start(memory_bytes)
        self.workers.append(worker)
        worker.conversation.hello()
        written = {"f.py": sources} if isinstance(sources, str) else sources
        worker.loaded = worker.conversation.load(load_of(self.folder / f"task{worker.key}", written, options))
        return worker

    def end(self) -> None:
        """Kill the workers that this made."""
        for worker in self.workers:
            if not worker.is_buried:
                self.zygote.kill(worker)
                self.zygote.exit_status(worker)
            worker.close()
