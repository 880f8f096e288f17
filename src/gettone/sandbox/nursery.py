"""A program: the one process that starts, kills and buries every guest of a gateway.

It runs alone under a bare interpreter (`python -I -S nursery.py`), so it imports the standard library only, and of
Gettone what needs no more: egress.py, which makes the connections of confined processes, and watching.py.
It is single-threaded and does not end before its children do: a parent-death signal follows the thread that forked.
It is a subreaper: what outlives its parent falls to it and is killed. So killing a worker kills all that it started.
Messages: docs/wire.md, "Control". It must not know what a guest is.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import fcntl
import json
import os
import resource
import selectors
import shutil
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import NoReturn

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from gettone.sandbox.addresses import read_target
from gettone.sandbox.egress import Egress, name_servers
from gettone.sandbox.enrolment import enrol
from gettone.sandbox.watching import LOOK_SECONDS, Watch

PLACES = (3, 1, 2, 4)  # of wire, stdout, stderr and tickets in a guest
ENROLMENT_PLACE = 5  # of the socket by which a zygote's workers enrol
FILES_PLACE = 10  # of the first file that was asked for
TIDY_SECONDS = 5.0
PR_SET_PDEATHSIG = 1  # prctl(2)
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
MESSAGE_BYTES_MAX = 1 << 20
END_SECONDS = 5.0


def _prctl() -> Callable[[int, int], None]:
    """The kernel's prctl(2), or nothing where there is none (macOS)."""
    if not sys.platform.startswith("linux"):
        return lambda option, value: None
    call = ctypes.CDLL(None, use_errno=True).prctl
    return lambda option, value: call(option, value, 0, 0, 0)


class Nursery:
    """State: `keys` maps the pid of each child that was asked for to the host's key for it.

    `folder` is removed at the end: the host may not live to do it. `egress` connects for those that are confined.
    """

    def __init__(self, control: socket.socket, folder: str | None) -> None:
        self.control = control
        self.folder = folder
        self.keys: dict[int, int] = {}
        self.prctl = _prctl()
        self.children_file = f"/proc/self/task/{os.getpid()}/children"
        self.selector = selectors.DefaultSelector()
        self.egress: Egress | None = None
        self.watch = Watch()
        self.look_at = 0.0
        self.is_over = False

    def run(self) -> None:
        """Serve until the host closes the control socket."""
        # No death signal for this process itself: when the host is shot the socket closes, and there is work to do.
        self.prctl(PR_SET_CHILD_SUBREAPER, 1)
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        os.set_blocking(wake_read, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        # The host decides when to stop; a Ctrl-C in the terminal reaches the whole process group.
        signal.signal(signal.SIGINT, signal.SIG_IGN)

        def woken() -> None:
            with contextlib.suppress(BlockingIOError):
                os.read(wake_read, 4096)
            self.bury()

        def told() -> None:
            self.is_over = not self.obey()

        self.selector.register(wake_read, selectors.EVENT_READ, woken)
        self.selector.register(self.control, selectors.EVENT_READ, told)
        try:
            while not self.is_over:
                for key, _ in self.selector.select(self.seconds_to_wait()):
                    # What was ready may have been let go of by what came before it.
                    if key.fileobj in self.selector.get_map() and not self.is_over:
                        key.data()
                if self.egress is not None:
                    self.egress.tidy()
                if self.watch.is_busy and time.monotonic() >= self.look_at:
                    self.watch.look()
                    self.look_at = time.monotonic() + LOOK_SECONDS
        finally:
            self.end_all()
            if self.folder is not None:
                shutil.rmtree(self.folder, ignore_errors=True)

    def seconds_to_wait(self) -> float:
        """How long nothing has to be done, if nobody says anything."""
        return max(0.0, self.look_at - time.monotonic()) if self.watch.is_busy else TIDY_SECONDS

    def end_all(self) -> None:
        """Kill every child, and who falls to this process as they die, until nobody is left."""
        for pid in self.keys:
            kill_group(pid)
        self.keys.clear()
        give_up = time.monotonic() + END_SECONDS
        while time.monotonic() < give_up:
            self.sweep()
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return

    def obey(self) -> bool:
        """Do what the host's next message says. False when there is none to come."""
        said = receive(self.control)
        if said is None:
            return False
        message, fds = said
        try:
            if message["do"] == "start":
                self.start(message, fds)
            elif message["do"] == "kill":
                for pid in [pid for pid, key in self.keys.items() if key == message["key"]]:
                    kill_group(pid)
            elif message["do"] == "open":
                self.open_targets(message)
        finally:
            for fd in fds:
                os.close(fd)
        return True

    def open_targets(self, message: dict[str, object]) -> None:
        """Take note of what confined processes may call, and of how much memory each may hold."""
        opened = [read_target(text) for text in texts(message.get("opened"))]
        self.egress_to().open_for_all(opened, texts(message.get("closed")))
        resident = message.get("resident_bytes")
        self.watch.bytes_max = resident if isinstance(resident, int) else None

    def egress_to(self) -> Egress:
        """Who connects for confined processes, from the first of them on."""
        if self.egress is None:
            self.egress = Egress(self.selector, self.tell_refused, name_servers(), self.watch.add)
        return self.egress

    def tell_refused(self, worker: str, target: str) -> None:
        """Tell the host that a worker was refused a connection."""
        self.tell({"did": "refuse", "key": 0, "worker": worker, "target": target})

    def start(self, message: dict[str, object], fds: list[int]) -> None:
        """Fork and become what the message says; tell the host how that went."""
        key = message["key"]
        assert isinstance(key, int)
        if len(fds) != len(PLACES):
            self.tell({"did": "fail", "key": key, "message": f"{len(fds)} descriptors came, not {len(PLACES)}"})
            return
        if message.get("filter") or message.get("enrols"):
            self.egress_to()
        failure_read, failure_write = os.pipe()  # closed by a successful exec
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            os.close(failure_read)
            self.become(message, fds, failure_write, parent)
        os.close(failure_write)
        with open(failure_read, "rb") as pipe:
            failure = pipe.read(4096).decode("utf-8", "replace")
        if failure:
            os.waitpid(pid, 0)
            self.tell({"did": "fail", "key": key, "message": failure})
            return
        self.keys[pid] = key
        self.tell({"did": "start", "key": key, "pid": pid})

    def become(self, message: dict[str, object], fds: list[int], failure: int, parent: int) -> NoReturn:
        """Turn this fresh child into the program that was asked for."""
        try:
            os.setsid()
            user = message.get("user")
            if isinstance(user, int):
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)  # for good: root's call changes the saved one too
            # After the user: a change of credentials forgets it.
            self.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # the nursery died before the signal was asked for
                os._exit(1)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            memory_bytes = message.get("memory_bytes")
            if isinstance(memory_bytes, int):
                resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            # Above every descriptor that is about to be given its place, so that none is overwritten early.
            kept = [_dup_above(fd) for fd in fds]
            failure = _dup_above(failure)
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            for place, fd in zip(PLACES, kept, strict=True):
                os.dup2(fd, place, inheritable=True)
            os.set_inheritable(failure, False)
            self.confine(message)
            given = [*PLACES, failure]
            if message.get("enrols") and self.egress is not None:
                os.dup2(self.egress.enrolment.fileno(), ENROLMENT_PLACE, inheritable=True)
                given.append(ENROLMENT_PLACE)
            for fd in _open_fds():
                if fd > 2 and fd not in given:
                    with contextlib.suppress(OSError):
                        os.close(fd)
            for place, file in enumerate(texts(message.get("files")), FILES_PLACE):
                fd = os.open(file, os.O_RDONLY)
                os.dup2(fd, place, inheritable=True)
                if fd != place:
                    os.close(fd)
            argv, env, cwd = message["argv"], message["env"], message.get("cwd", "/")
            assert isinstance(argv, list)
            assert isinstance(env, dict)
            assert isinstance(cwd, str)
            os.chdir(cwd)
            os.execve(argv[0], argv, env)
        except BaseException as error:  # noqa: BLE001 - the edge of a process: nothing may return into the nursery's loop
            with contextlib.suppress(OSError):
                os.write(failure, f"{type(error).__name__}: {error}".encode()[:4000])
        os._exit(127)

    def confine(self, message: dict[str, object]) -> None:
        """Hand this child's connections to the supervisor, where that was asked for. It stays so over exec."""
        file, worker = message.get("filter"), message.get("worker")
        if isinstance(file, str) and isinstance(worker, str) and self.egress is not None:
            with open(file, "rb") as program:
                enrol(self.egress.enrolment, worker, program.read())

    def bury(self) -> None:
        """Reap whoever ended, tell the host, and end whoever they left behind."""
        ended = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            ended = True
            key = self.keys.pop(pid, None)
            if key is not None:
                self.tell({"did": "exit", "key": key, "status": os.waitstatus_to_exitcode(status)})
        if ended:
            self.sweep()

    def sweep(self) -> None:
        """Kill the orphans that fell to this process. Their end is buried as any other's."""
        try:
            with open(self.children_file, encoding="ascii") as children:
                pids = [int(pid) for pid in children.read().split()]
        except OSError:  # no such file on this system: process groups have to do
            return
        for pid in pids:
            if pid not in self.keys:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def tell(self, message: dict[str, object]) -> None:
        """Send the host a message."""
        data = json.dumps(message).encode()
        with contextlib.suppress(OSError):  # the host is gone: the next read says so
            self.control.sendall(struct.pack(">I", len(data)) + data)


def texts(value: object) -> list[str]:
    """The texts of a list in a message."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def receive(control: socket.socket) -> tuple[dict[str, object], list[int]] | None:
    """Read one message and the descriptors that came with its first byte. None when the host is gone."""
    fds = array.array("i")
    try:
        head, ancillary, _, _ = control.recvmsg(4, socket.CMSG_SPACE(8 * fds.itemsize))
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
        while 0 < len(head) < 4:
            more = control.recv(4 - len(head))
            if not more:
                return None
            head += more
        if not head:
            return None
        size = struct.unpack(">I", head)[0]
        if size > MESSAGE_BYTES_MAX:
            return None
        data = b""
        while len(data) < size:
            more = control.recv(size - len(data))
            if not more:
                return None
            data += more
    except ConnectionError:
        return None
    return json.loads(data), list(fds)


def kill_group(pid: int) -> None:
    """Kill a child and its process group. It leads one of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _dup_above(fd: int) -> int:
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 16)


def _open_fds() -> list[int]:
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    return [int(name) for name in os.listdir(folder)]


if __name__ == "__main__":
    Nursery(socket.socket(fileno=int(sys.argv[1])), sys.argv[2] if len(sys.argv) > 2 else None).run()
