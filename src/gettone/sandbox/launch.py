"""The host's end of a control socket: start a process, learn of its end, kill it. Knows no guests and no frames.

State of a `Control`: `_pending` (starts without an answer), `_running` (by key). Both change on the event loop only.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gettone.sandbox.errors import LaunchError

START_SECONDS = 20.0


_LENGTH = struct.Struct(">I")


@dataclass(slots=True, eq=False)
class Process:
    """A process of ours, known by its key."""

    key: int
    pid: int
    control: Control
    exited: asyncio.Future[int] = field(repr=False)

    def kill(self) -> None:
        """Kill it and its process group. Its end comes through `exited`."""
        self.control.kill(self.key)


class Control:
    """Asks a nursery or a zygote for processes."""

    def __init__(self, near: socket.socket) -> None:
        near.setblocking(False)
        self._socket = near
        self._loop = asyncio.get_running_loop()
        self._unread = b""
        self._next_key = 1
        self._pending: dict[int, asyncio.Future[int]] = {}
        self._running: dict[int, Process] = {}
        self._early_exits: dict[int, int] = {}
        self.on_lost: Callable[[], None] = lambda: None
        # Called with the name of a worker and a target that it was refused.
        self.on_refused: Callable[[str, str], None] = lambda worker, target: None
        self._loop.add_reader(near, self._readable)

    async def start(self, fds: Sequence[int], **message: object) -> Process:
        """Start a process with `fds` as its wire, stdout and stderr. Raises LaunchError."""
        key = self._next_key
        self._next_key += 1
        answer: asyncio.Future[int] = self._loop.create_future()
        self._pending[key] = answer
        try:
            data = _encode({"do": "start", "key": key, **message})
            socket.send_fds(self._socket, [data], list(fds))
            async with asyncio.timeout(START_SECONDS):
                pid = await answer
        except (OSError, TimeoutError) as error:
            raise LaunchError(f"the process that starts guests does not answer: {error}") from error
        finally:
            self._pending.pop(key, None)
        process = Process(key, pid, self, self._loop.create_future())
        if key in self._early_exits:
            process.exited.set_result(self._early_exits.pop(key))
        else:
            self._running[key] = process
        return process

    def open_targets(
        self,
        opened: Sequence[str],
        closed: Sequence[str],
        resident_bytes: int | None,
    ) -> None:
        """Say which addresses may be called beside public ones, and which public ones not.

        `resident_bytes` is what each worker may hold in memory, with all that it started.
        """
        message = {"opened": list(opened), "closed": list(closed), "resident_bytes": resident_bytes}
        self._say({"do": "open", **message})

    def kill(self, key: int) -> None:
        """Ask for the end of a process and its group."""
        self._say({"do": "kill", "key": key})

    @property
    def is_closed(self) -> bool:
        """Whether the other end is gone."""
        return self._socket.fileno() == -1

    def close(self) -> None:
        """Close the control socket: the other end kills all that it started, and ends."""
        if self._socket.fileno() == -1:
            return
        self._loop.remove_reader(self._socket)
        self._socket.close()
        for future in self._pending.values():
            if not future.done():
                future.set_exception(LaunchError("the process that starts guests has ended"))
        running, self._running = self._running, {}
        for process in running.values():
            if not process.exited.done():
                process.exited.set_result(-9)

    def _say(self, message: Mapping[str, object]) -> None:
        try:
            self._socket.send(_encode(message))
        except OSError:
            # Gone, or its buffer is full of kills: its end is seen by the reader, and ends the children too.
            return

    def _readable(self) -> None:
        try:
            data = self._socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            self.on_lost()
            return
        self._unread += data
        while len(self._unread) >= 4:
            end = 4 + _LENGTH.unpack_from(self._unread)[0]
            if len(self._unread) < end:
                break
            message, self._unread = self._unread[4:end], self._unread[end:]
            self._heard(json.loads(message))

    def _heard(self, message: dict[str, int | str]) -> None:
        if message["did"] == "refuse":
            self.on_refused(str(message["worker"]), str(message["target"]))
            return
        key = int(message["key"])
        match message["did"]:
            case "start":
                if (answer := self._pending.get(key)) and not answer.done():
                    answer.set_result(int(message["pid"]))
                else:
                    self.kill(key)  # nobody waits for it any more
            case "fail":
                if (answer := self._pending.get(key)) and not answer.done():
                    answer.set_exception(LaunchError(str(message["message"])))
            case "exit":
                status = int(message["status"])
                process = self._running.pop(key, None)
                if process is not None and not process.exited.done():
                    process.exited.set_result(status)
                elif key in self._pending:
                    self._early_exits[key] = status


class Nursery:
    """The nursery process of this gateway. State: `_process` and `_control`, replaced together when it has died.

    `folder` is removed when the gateway ends, however it ends. `opened` and `closed` say which addresses confined
    processes may call, and which public ones not. `on_refused` is told what they were refused.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._bounds: tuple[Sequence[str], Sequence[str], int | None] | None = None
        self.on_refused: Callable[[str, str], None] = lambda worker, target: None
        self._process, self._control = self._open()

    def open_targets(self, opened: Sequence[str], closed: Sequence[str], resident_bytes: int | None = None) -> None:
        """Say which addresses every confined process may call beside public ones, and which public ones not.

        Who holds more than `resident_bytes` of memory, with all that it started, is ended.
        """
        self._bounds = opened, closed, resident_bytes
        self._control.open_targets(*self._bounds)

    async def start(self, fds: Sequence[int], **message: object) -> Process:
        """Start a process (docs/wire.md, "Control"). Raises LaunchError."""
        if self._control.is_closed:
            await asyncio.to_thread(self._process.wait)
            self._process, self._control = self._open()
        return await self._control.start(fds, **message)

    async def close(self) -> None:
        """End the nursery, and with it every guest."""
        self._control.close()
        await asyncio.to_thread(self._process.wait)

    def _refused(self, worker: str, target: str) -> None:
        self.on_refused(worker, target)

    def _open(self) -> tuple[subprocess.Popen[bytes], Control]:
        near, far = socket.socketpair()
        program = Path(__file__).with_name("nursery.py")
        folder = () if self._folder is None else (str(self._folder),)
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(program), str(far.fileno()), *folder],
                pass_fds=(far.fileno(),),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={},
                cwd="/",
            )
        except OSError as error:
            near.close()
            raise LaunchError(f"the process that starts guests cannot be started: {error}") from error
        finally:
            far.close()
        control = Control(near)
        control.on_refused = self._refused
        if self._bounds is not None:
            control.open_targets(*self._bounds)
        return process, control


def _encode(message: Mapping[str, object]) -> bytes:
    data = json.dumps(message).encode()
    return _LENGTH.pack(len(data)) + data
