"""The zygote: forks a worker when the host asks, tells of its end, kills on demand (docs/wire.md, "Control").

Single-threaded, since a fork takes one thread along. Must not load a function's code, nor know what workers do.
State: `_keys` maps the pid of each living worker to the host's key for it; `_fds` holds descriptors whose message has
not arrived whole.
"""

from __future__ import annotations

import array
import contextlib
import faulthandler
import gc
import json
import os
import select
import signal
import socket
import struct
import sys
from functools import partial
from typing import NoReturn

from . import birth, confining, environment, rehearsal
from .confining import Confinement
from .logs import Logs, Output

STDERR_FD = 2
CONTROL_FD = 3
WORKER_FDS = 4
READ_BYTES = 1 << 16
_LENGTH = struct.Struct(">I")


class Zygote:
    """Obeys one control socket."""

    def __init__(self, control: socket.socket, output: Output, confinement: Confinement | None) -> None:
        self._control = control
        self._confinement = confinement
        self._output = output
        self._pid = os.getpid()
        self._keys: dict[int, int] = {}
        self._fds: list[int] = []
        self._unread = b""
        self._children_file = f"/proc/self/task/{self._pid}/children"

    def run(self) -> None:
        """Serve until the host closes the control socket."""
        birth.adopt_orphans()
        woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        # The host decides when to stop; a Ctrl-C in the terminal reaches the whole process group.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(woken, select.POLLIN)
        try:
            while True:
                ready = [fd for fd, _ in poll.poll()]
                if woken in ready:
                    with contextlib.suppress(BlockingIOError):
                        os.read(woken, READ_BYTES)
                    self._bury()
                if self._control.fileno() in ready and not self._obey():
                    return
        finally:
            for pid in self._keys:
                _kill(pid)
            self._sweep()

    def _obey(self) -> bool:
        """Do what the host has said. False when it has gone."""
        try:
            data, ancillary, _, _ = self._control.recvmsg(
                READ_BYTES, socket.CMSG_SPACE(64 * array.array("i").itemsize), _CLOSE_ON_EXEC
            )
        except ConnectionError:
            return False
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds = array.array("i")
                fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
                self._fds += fds
        if not data:
            return False
        self._unread += data
        while len(self._unread) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._unread)[0]
            if len(self._unread) < end:
                break
            message = json.loads(self._unread[_LENGTH.size : end])
            self._unread = self._unread[end:]
            self._perform(message)
        return True

    def _perform(self, message: dict[str, object]) -> None:
        key = message["key"]
        if not isinstance(key, int):
            raise TypeError(f"a key that is no number: {key!r}")
        if message["do"] == "start":
            memory_bytes = message.get("memory_bytes")
            worker, packages = message.get("worker"), message.get("packages")
            confined = (str(worker), packages) if isinstance(packages, dict) else None
            self._start(key, memory_bytes if isinstance(memory_bytes, int) else None, confined)
        elif message["do"] == "kill":
            for pid, known in self._keys.items():
                if known == key:
                    _kill(pid)

    def _start(self, key: int, memory_bytes: int | None, confined: tuple[str, dict[str, str]] | None) -> None:
        # The kernel never joins two messages' descriptors in one read: what is here is this message's.
        fds, self._fds = self._fds, []
        try:
            if len(fds) != WORKER_FDS:
                self._tell({"did": "fail", "key": key, "message": f"{len(fds)} descriptors came, not {WORKER_FDS}"})
                return
            if self._confinement is None or confined is None:
                pid, confine = os.fork(), None
            else:
                pid, heard = confining.clone()
                confine = partial(confining.confine, self._confinement, *confined, heard)
            if pid == 0:
                birth.become_worker((fds[0], fds[1], fds[2], fds[3]), self._pid, memory_bytes, self._output, confine)
            self._keys[pid] = key
            self._tell({"did": "start", "key": key, "pid": pid})
        except OSError as error:
            self._tell({"did": "fail", "key": key, "message": f"a worker could not be cloned: {error}"})
        finally:
            for fd in fds:
                os.close(fd)

    def _bury(self) -> None:
        """Take note of whoever ended, end whoever they left behind, tell the host."""
        ended = False
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                break
            if found is None:
                break
            ended = True
            pid = found.si_pid
            if pid in self._keys:
                # Before its number is free for another: its group may outlive it.
                _kill(pid)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            key = self._keys.pop(pid, None)
            if key is not None:
                self._tell({"did": "exit", "key": key, "status": status})
        if ended:
            self._sweep()

    def _sweep(self) -> None:
        """Kill what workers started outside their group: having lost its parent it is this process's child now."""
        try:
            with open(self._children_file, encoding="ascii") as children:
                pids = [int(pid) for pid in children.read().split()]
        except OSError:  # not every system lists them: process groups have to do
            return
        for pid in pids:
            if pid not in self._keys:
                _kill(pid)

    def _tell(self, message: dict[str, object]) -> None:
        data = json.dumps(message).encode()
        with contextlib.suppress(OSError):  # the host is gone: the next read says so
            self._control.sendall(_LENGTH.pack(len(data)) + data)


_CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def _kill(pid: int) -> None:
    """Kill a worker and its process group. Right after the fork there may be no group yet."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def main() -> NoReturn:
    """Be the zygote on descriptor 3. The first argument says how its clones are confined, as JSON."""
    confinement = confining.read_confinement(json.loads(sys.argv[1])) if len(sys.argv) > 1 else None
    if confinement is not None:
        confining.settle(confinement)
        os.set_inheritable(confining.ENROLMENT_FD, False)
    os.set_inheritable(CONTROL_FD, False)
    control = socket.socket(fileno=CONTROL_FD)
    control.setblocking(True)
    # What native code does to a worker is told on its stderr.
    faulthandler.enable(STDERR_FD, all_threads=False)
    # What every worker needs is made here once, in memory that all of them share.
    environment.clear()
    output = Output(Logs())
    rehearsal.rehearse(output.logs)
    output.capture()
    # What is here now stays as it is: the collector must not touch it, or every worker would get a copy.
    gc.collect()
    gc.disable()
    gc.freeze()
    Zygote(control, output, confinement).run()
    sys.stderr.flush()
    os._exit(0)
