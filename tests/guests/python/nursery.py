"""Real zygotes and workers for tests: the host's end of a control socket, spoken with blocking calls."""

from __future__ import annotations

import json
import os
import selectors
import socket
import struct
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gettone.wire.messages import AssetFile, FunctionFile, Load
from gettone.workers.guestroot import write_guest_root, zygote_command
from gettone.workers.runtimes import guest_environment
from tests.guests.conversation import ANSWER_SECONDS, Conversation

_LENGTH = struct.Struct(">I")
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
        os.close(self.stdout)
        os.close(self.stderr)


@dataclass
class Zygote:
    """A zygote, and what it has said that nobody has asked for yet."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    said: list[dict[str, object]] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
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
        self.tell({"do": "start", "key": key, "memory_bytes": memory_bytes}, [far.fileno(), out_far, err_far])
        far.close()
        os.close(out_far)
        os.close(err_far)
        worker = Worker(key, 0, Conversation(near), out, err)
        self.workers.append(worker)
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
        return status

    def close(self) -> None:
        """Close the control socket and wait for the zygote's end."""
        for worker in self.workers:
            worker.close()
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


def guest_root(folder: Path) -> Path:
    """The folder that guests start from, made below `folder`."""
    return write_guest_root(folder)


@contextmanager
def zygote(root: Path, interpreter: Path | None = None) -> Iterator[Zygote]:
    """A running zygote; None is the bare interpreter, without packages."""
    near, far = socket.socketpair()
    # As the nursery does it: the control socket is descriptor 3, and nothing else is passed on.
    process = subprocess.Popen(
        ["/bin/sh", "-c", f'exec "$@" 3<&{far.fileno()}', "sh", *zygote_command(root, interpreter)],
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


def load_of(
    root: Path,
    sources: Mapping[str, str],
    *,
    assets: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    log_bytes: int = LOG_BYTES,
    response_bytes: int = RESPONSE_BYTES,
    concurrency: int = 1,
    check: bool = False,
    debug_port: int | None = None,
) -> Load:
    """Write a deployment below `root`; what a worker is told of it.

    `sources` maps files as a project has them (`a/b.protected.py`) to their text. A file whose name begins with an
    underscore is no function.
    """
    functions = []
    for name, text in sources.items():
        file = root / "handlers" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        stem, _, extension = name.rpartition(".")
        route = stem.removesuffix(".protected").removesuffix(".private")
        if not Path(name).name.startswith("_") and extension in ("py", "js"):
            language = "python" if extension == "py" else "javascript"
            functions.append(FunctionFile(f"/{route}", route, f"handlers/{name}", f"functions/{name}", language))
    files = []
    for name, text in (assets or {}).items():
        file = root / "files" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        files.append(AssetFile(f"/{name}", f"files/{name}"))
    context = {"DOMAIN_NAME": "localhost:3000", "SERVICE_SID": "ZS" + "0" * 32, "ENVIRONMENT_SID": "ZE" + "0" * 32}
    return Load(
        root=str(root),
        functions=tuple(functions),
        assets=tuple(files),
        variables=dict(variables or {}),
        context=context,
        twilio=None,
        log_bytes=log_bytes,
        response_bytes=response_bytes,
        concurrency=concurrency,
        check=check,
        debug_port=debug_port,
    )
