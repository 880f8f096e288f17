"""Connections of confined processes, made for them from outside: they live in a network without a way out.

Theory of operation. A worker's network namespace is empty. Its seccomp filter hands every connect(2) to this supervisor
(seccomp_unotify(2)), which runs in the host's network and beyond the worker's reach. It reads the address, once, out
of the worker's memory; where the policy allows it, it connects a socket of its own to what it has read, and puts
that in place of the worker's. So what was checked is what is connected, and what is not handled fails: there is no
network to fall through to.

What a worker could do with a socket of the host's network, the deny filter takes away: bind, listen, fast open and
connect to AF_UNSPEC. Datagrams can be sent anywhere from any socket; so no worker is given one: DNS is relayed.

Standard library only: the nursery runs it, on its one thread. Nothing here waits.
State: `_listeners` (seccomp listeners, by descriptor), `_connecting` (sockets on their way), `_relays` (questions to
name servers), `_opened` and `_closed` (addresses beside the public ones, and public ones that are not to be called).
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import errno
import fcntl
import ipaddress
import os
import select
import selectors
import socket
import struct
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial

from gettone.sandbox.addresses import IPAddress, Target, is_open, plain

# asm-generic/unistd.h: the same numbers on every architecture.
_SYS_PIDFD_OPEN, _SYS_PIDFD_GETFD = 434, 438
# linux/seccomp.h
_NOTIF_RECV, _NOTIF_SEND, _NOTIF_ID_VALID, _NOTIF_ADDFD = 0xC0502100, 0xC0182101, 0x40082102, 0x40182103
_ADDFD_SETFD = 1
_NOTIF = struct.Struct("=QIIiIQ6Q")
_ANSWER = struct.Struct("=QqiI")
_ADDFD = struct.Struct("=QIIII")
# asm-generic/socket.h, linux/socket.h
_SO_PASSCRED, _SCM_CREDENTIALS = 16, 2
_CREDENTIALS = struct.Struct("=iII")
_ENROLMENT_BYTES = socket.CMSG_SPACE(4) + socket.CMSG_SPACE(_CREDENTIALS.size)
_SOCKADDR_BYTES_MAX = 128
_INT_MAX, _ADDRESS_MAX = 0xFFFFFFFF, (1 << 63) - 1
_COPIED = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name))
        for name in ("TCP_NODELAY", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")
        if hasattr(socket, name)  # not on every system that `dev` runs on
    ),
)
DNS_PORT = 53
RELAYS_MAX = 512
RELAYS_OF_WORKER_MAX = 32  # so that nobody asks so much that others cannot
RELAY_SECONDS = 15.0
DATAGRAM_BYTES = 4096
TOLD_MAX = 20  # refusals of one worker that are told

Refused = Callable[[str, str], None]
Enrolled = Callable[[str, int], None]
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(slots=True, eq=False)
class _Listener:
    fd: int
    worker: str
    told: int = 0


@dataclass(slots=True, eq=False)
class _Connecting:
    listener: _Listener
    id: int
    socket: socket.socket
    fd: int
    flags: int


@dataclass(slots=True, eq=False)
class _Relay:
    worker: str
    near: socket.socket
    out: socket.socket
    end_at: float = field(default_factory=lambda: time.monotonic() + RELAY_SECONDS)


class Egress:
    """The supervisor. `refused` is told a worker's name and the target that it was refused, `enrolled` a new
    worker's name and its process.
    """

    def __init__(
        self, selector: selectors.BaseSelector, refused: Refused, name_servers: Iterable[str], enrolled: Enrolled
    ) -> None:
        self._selector = selector
        self._refused = refused
        self._told_of = enrolled
        self._name_servers = frozenset(name_servers)
        self._opened: frozenset[Target] = frozenset()
        self._closed: frozenset[str] = frozenset()
        self._listeners: dict[int, _Listener] = {}
        self._connecting: set[_Connecting] = set()
        self._relays: set[_Relay] = set()
        near, self.enrolment = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        near.setblocking(False)
        # The kernel tells whose word it is, by the number that this process knows the sender by (unix(7)).
        near.setsockopt(socket.SOL_SOCKET, _SO_PASSCRED, 1)
        self._enrolled = near
        selector.register(near, selectors.EVENT_READ, self._enrol)

    def open_for_all(self, opened: Collection[Target], closed: Collection[str]) -> None:
        """What every worker may call beside public addresses, and public addresses that none may."""
        self._opened, self._closed = frozenset(opened), frozenset(closed)

    def tidy(self) -> None:
        """Let go of questions that nobody answered."""
        now = time.monotonic()
        for relay in [each for each in self._relays if each.end_at < now]:
            self._end_relay(relay)

    def _enrol(self) -> None:
        """A worker sends its listener, under its name, before any code of a user's runs in it."""
        with contextlib.suppress(BlockingIOError):
            name, ancillary, _, _ = self._enrolled.recvmsg(256, _ENROLMENT_BYTES, socket.MSG_CMSG_CLOEXEC)
            worker, fds, pid = name.decode("ascii", "replace"), array.array("i"), 0
            for _, kind, data in ancillary:
                if kind == socket.SCM_RIGHTS:
                    fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
                elif kind == _SCM_CREDENTIALS:
                    pid = _CREDENTIALS.unpack(data)[0]
            for fd in fds:
                listener = _Listener(fd, worker)
                self._listeners[fd] = listener
                self._selector.register(fd, selectors.EVENT_READ, partial(self._notified, listener))
            if pid:
                self._told_of(worker, pid)

    def _drop(self, listener: _Listener) -> None:
        if self._listeners.pop(listener.fd, None) is None:
            return
        for connecting in [each for each in self._connecting if each.listener is listener]:
            self._let_go(connecting)
        self._selector.unregister(listener.fd)
        os.close(listener.fd)

    def _notified(self, listener: _Listener) -> None:
        notif = bytearray(_NOTIF.size)
        try:
            fcntl.ioctl(listener.fd, _NOTIF_RECV, notif)
        except OSError as error:
            if error.errno != errno.EINTR:
                # ENOENT: the caller was killed meanwhile, or there is no process left that could call.
                self._drop_if_over(listener)
            return
        id, thread, _, _, _, _, fd, address, length, *_ = _NOTIF.unpack(notif)
        # Registers as they were; the call itself takes numbers of 32 bits (connect(2)).
        fd, length = fd & _INT_MAX, length & _INT_MAX
        try:
            self._decide(listener, id, thread, fd, address, length)
        except OSError as error:
            self._answer(listener, id, error.errno or errno.EACCES)
        except Exception:  # noqa: BLE001 - the edge: all of it is a stranger's word, and everybody's workers hang on us
            self._answer(listener, id, errno.EACCES)

    def _drop_if_over(self, listener: _Listener) -> None:
        poll = select.poll()
        poll.register(listener.fd, 0)
        if any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0)):
            self._drop(listener)

    def _decide(self, listener: _Listener, id: int, thread: int, fd: int, address: int, length: int) -> None:
        if not 2 <= length <= _SOCKADDR_BYTES_MAX:
            self._answer(listener, id, errno.EINVAL)
            return
        if address > _ADDRESS_MAX:
            self._answer(listener, id, errno.EFAULT)
            return
        with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
            memory.seek(address)
            raw = memory.read(length)
        # The thread's number may have become another's while it was read.
        fcntl.ioctl(listener.fd, _NOTIF_ID_VALID, struct.pack("=Q", id))
        family = int.from_bytes(raw[:2], "little" if struct.pack("=H", 1)[0] else "big")
        if family == socket.AF_UNIX:
            # SAFETY: nobody listens there, since bind is refused. The call is not let go on: the kernel would read the
            # address anew, and might find another one on a socket of the host's network that we gave.
            self._answer(listener, id, errno.ECONNREFUSED)
            return
        target = _read_address(family, raw)
        if target is None:
            self._answer(listener, id, errno.EAFNOSUPPORT)
            return
        theirs = _socket_of(thread, fd)
        try:
            if theirs.family != family:
                self._answer(listener, id, errno.EAFNOSUPPORT)
            elif theirs.type == socket.SOCK_DGRAM:
                self._relay(listener, id, fd, theirs, *target)
            elif theirs.type == socket.SOCK_STREAM and theirs.proto in (0, socket.IPPROTO_TCP):
                self._connect(listener, id, fd, theirs, *target)
            else:
                self._answer(listener, id, errno.EACCES)
        finally:
            theirs.close()

    def _connect(
        self, listener: _Listener, id: int, fd: int, theirs: socket.socket, address: IPAddress, port: int
    ) -> None:
        if not self._may(address, port):
            if listener.told < TOLD_MAX:
                listener.told += 1
                self._refused(listener.worker, str(Target(str(plain(address)), port)))
            self._answer(listener, id, errno.ECONNREFUSED)
            return
        flags = fcntl.fcntl(theirs, fcntl.F_GETFL)
        ours = socket.socket(theirs.family, socket.SOCK_STREAM)
        ours.setblocking(False)
        for level, option in _COPIED:
            with contextlib.suppress(OSError):
                ours.setsockopt(level, option, theirs.getsockopt(level, option))
        close_on_exec = fcntl.fcntl(theirs, fcntl.F_GETFD) & fcntl.FD_CLOEXEC
        connecting = _Connecting(listener, id, ours, fd, os.O_CLOEXEC if close_on_exec else 0)
        code = ours.connect_ex((str(address), port))
        if code == errno.EINPROGRESS and not flags & os.O_NONBLOCK:
            self._connecting.add(connecting)
            self._selector.register(ours, selectors.EVENT_WRITE, lambda: self._connected(connecting))
            return
        self._hand_over(connecting, code, bool(flags & os.O_NONBLOCK))

    def _connected(self, connecting: _Connecting) -> None:
        code = connecting.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._selector.unregister(connecting.socket)
        self._connecting.discard(connecting)
        self._hand_over(connecting, code, False)

    def _hand_over(self, connecting: _Connecting, code: int, is_nonblocking: bool) -> None:
        """Put the socket in place of the worker's, and tell it how its connect went."""
        listener = connecting.listener
        try:
            if code in (0, errno.EINPROGRESS):
                connecting.socket.setblocking(not is_nonblocking)
                placed = _ADDFD.pack(
                    connecting.id, _ADDFD_SETFD, connecting.socket.fileno(), connecting.fd, connecting.flags
                )
                fcntl.ioctl(listener.fd, _NOTIF_ADDFD, placed)
            self._answer(listener, connecting.id, code)
        except OSError:
            self._answer(listener, connecting.id, errno.ECONNABORTED)
        finally:
            connecting.socket.close()

    def _let_go(self, connecting: _Connecting) -> None:
        self._connecting.discard(connecting)
        self._selector.unregister(connecting.socket)
        connecting.socket.close()

    def _may(self, address: IPAddress, port: int) -> bool:
        if not is_open(address, port, self._opened, self._closed):
            return False
        return Target(str(plain(address)), port) in self._opened or not _is_of_this_host(plain(address))

    def _relay(
        self, listener: _Listener, id: int, fd: int, theirs: socket.socket, address: IPAddress, port: int
    ) -> None:
        """Give a question to a name server its way. Other datagrams have none."""
        own = sum(each.worker == listener.worker for each in self._relays)
        is_full = own >= RELAYS_OF_WORKER_MAX or len(self._relays) >= RELAYS_MAX
        if port != DNS_PORT or str(plain(address)) not in self._name_servers or is_full:
            self._answer(listener, id, errno.ENETUNREACH)
            return
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        out = socket.socket(theirs.family, socket.SOCK_DGRAM)
        with far:
            near.setblocking(False)
            out.setblocking(False)
            out.connect((str(address), port))
            far.setblocking(not fcntl.fcntl(theirs, fcntl.F_GETFL) & os.O_NONBLOCK)
            fcntl.ioctl(listener.fd, _NOTIF_ADDFD, _ADDFD.pack(id, _ADDFD_SETFD, far.fileno(), fd, os.O_CLOEXEC))
        relay = _Relay(listener.worker, near, out)
        self._relays.add(relay)
        self._selector.register(near, selectors.EVENT_READ, lambda: self._pass_on(relay, near, out))
        self._selector.register(out, selectors.EVENT_READ, lambda: self._pass_on(relay, out, near))
        self._answer(listener, id, 0)

    def _pass_on(self, relay: _Relay, source: socket.socket, sink: socket.socket) -> None:
        try:
            data = source.recv(DATAGRAM_BYTES)
            if data:
                sink.send(data)
                relay.end_at = time.monotonic() + RELAY_SECONDS
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._end_relay(relay)

    def _end_relay(self, relay: _Relay) -> None:
        if relay in self._relays:
            self._relays.discard(relay)
            for each in (relay.near, relay.out):
                self._selector.unregister(each)
                each.close()

    def _answer(self, listener: _Listener, id: int, code: int) -> None:
        # The caller may be gone: there is nobody to tell then.
        with contextlib.suppress(OSError):
            fcntl.ioctl(listener.fd, _NOTIF_SEND, bytearray(_ANSWER.pack(id, 0, -code, 0)))


def _read_address(family: int, raw: bytes) -> tuple[IPAddress, int] | None:
    """The address and port of a sockaddr_in or sockaddr_in6 (ip(7), ipv6(7))."""
    port = int.from_bytes(raw[2:4], "big")
    if family == socket.AF_INET and len(raw) >= 8:
        return ipaddress.IPv4Address(raw[4:8]), port
    if family == socket.AF_INET6 and len(raw) >= 24:
        return ipaddress.IPv6Address(raw[8:24]), port
    return None


def _is_of_this_host(address: IPAddress) -> bool:
    """Whether one could listen there: every address of this host is closed, public ones too."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _socket_of(thread: int, fd: int) -> socket.socket:
    """The socket that a thread has under this number. Raises OSError."""
    with open(f"/proc/{thread}/status", encoding="ascii", errors="replace") as status:
        process = next(int(line.split()[1]) for line in status if line.startswith("Tgid:"))
    handle = _call(_SYS_PIDFD_OPEN, process, 0)
    try:
        theirs = _call(_SYS_PIDFD_GETFD, handle, fd, 0)
    finally:
        os.close(handle)
    try:
        return socket.socket(fileno=theirs)
    except OSError:
        os.close(theirs)
        raise


def _call(number: int, *arguments: int) -> int:
    result: int = _libc.syscall(*(ctypes.c_long(each) for each in (number, *arguments)))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def name_servers(file: str = "/etc/resolv.conf") -> list[str]:
    """The name servers of this host (resolv.conf(5))."""
    found = []
    with contextlib.suppress(OSError), open(file, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            words = line.split()
            if len(words) >= 2 and words[0] == "nameserver":
                with contextlib.suppress(ValueError):
                    found.append(str(plain(ipaddress.ip_address(words[1]))))
    return found or ["127.0.0.1", "::1"]
