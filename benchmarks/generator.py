"""A load on one HTTP server: keep-alive connections, one request under way on each, the next sent when it is answered.

It shares the machine with the server that it loads, so the inner loop does as little as it can: two system calls an
answer, and a look at whether the bytes have the layout of the answer before.

Must not know tokens, servers or peers: bodies go out as given, some come back as they came.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict

from benchmarks.answers import END_OF_HEAD, Answer, AnswerReader, Layout, MalformedAnswer
from benchmarks.load import Job, Load, decode_job
from benchmarks.measure import percentile
from benchmarks.polls import make_poll

CONNECT_SECONDS = 5.0
RECEIVE_BYTES = 4096
POLL_SECONDS = 0.1
# A poll per answer would cost more than the answer, and take it from the server on the other core. When few answers
# came, the next ones get this time to gather. It is part of the latencies, and little beside what 32 answers take.
FEW_ANSWERS = 8
GATHER_SECONDS = 0.0002
# A server that is gone fails at once, again and again: after this many failures there is nothing left to measure.
MAX_FAILURES = 200


class Connection:
    """One keep-alive connection and the request that goes over it. ``served`` counts answers on the present socket."""

    __slots__ = ("number", "reader", "recv", "request", "send", "served", "socket", "started")

    socket: socket.socket
    reader: AnswerReader
    recv: Callable[[int], bytes]
    send: Callable[[bytes], int]
    served: int

    def __init__(self, number: int, request: bytes) -> None:
        self.number = number
        self.request = request
        self.started = 0.0


class Generator:
    """Performs one job.

    State: ``_table`` maps a descriptor to its connection; ``_layout`` is what this server's answers look like;
    ``_draining`` means that nothing new is sent and connections leave the table as they are answered.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._poll = make_poll()
        self._table: dict[int, Connection] = {}
        self._layout: Layout | None = None
        self._draining = False
        self._latencies: list[float] = []
        self._errors: Counter[str] = Counter()
        self._reconnects = 0
        self._samples: list[tuple[int, str]] = []

    def run(self) -> Load:
        """Send, receive and count until the time is over and what was under way has ended."""
        connections = [Connection(number, self._request(body)) for number, body in enumerate(self._job.bodies)]
        for connection in connections:
            self._open(connection)
        cpu_before = time.process_time()
        started = time.perf_counter()
        for connection in connections:
            self._send(connection)
        finish = started + self._job.seconds
        while time.perf_counter() < finish and self._errors.total() < MAX_FAILURES:
            if self._answer_all_ready() < FEW_ANSWERS:
                time.sleep(GATHER_SECONDS)
        self._drain()
        ended = max((connection.started for connection in connections), default=started)
        return self._result(ended - started, time.process_time() - cpu_before)

    def _answer_all_ready(self) -> int:
        """Receive from all connections that can be read, and send the next request on each; returns how many they were.

        The inner loop.
        """
        table, layout, clock, add = self._table, self._layout, time.perf_counter, self._latencies.append
        events = self._poll.poll(POLL_SECONDS)
        if layout is None:
            for descriptor, _ in events:
                self._receive(table[descriptor])
            return len(events)
        total, head, line_from, line_to, line = (
            layout.total,
            layout.head,
            layout.line_from,
            layout.line_to,
            layout.line,
        )
        for descriptor, _ in events:
            connection = table[descriptor]
            try:
                data = connection.recv(RECEIVE_BYTES)
            except OSError:
                data = b""
            # Layout.fits, inline: a call would cost as much as all its tests.
            if (
                len(data) == total
                and data.startswith(b"HTTP/1.1 200")
                and data.find(END_OF_HEAD) == head
                and data[line_from:line_to] == line
                and connection.reader.is_empty
            ):
                connection.served += 1
                try:  # noqa: SIM105 - a context manager for each answer costs as much as sending it
                    connection.send(connection.request)
                except OSError:
                    pass  # the connection ended, as the next poll will tell
                now = clock()
                add(now - connection.started)
                connection.started = now
            else:
                self._take(connection, data)
        return len(events)

    def _receive(self, connection: Connection) -> None:
        try:
            data = connection.recv(RECEIVE_BYTES)
        except OSError:
            data = b""
        self._take(connection, data)

    def _take(self, connection: Connection, data: bytes) -> None:
        """Take what a connection received, the long way; no bytes means that it ended."""
        reader = connection.reader
        if not data and reader.is_empty and connection.served:
            # The server ended an idle connection as the next request was on its way: HTTP says to send it again.
            self._reconnects += 1
            self._reopen(connection)
            return
        try:
            answer = reader.feed(data) if data else reader.close()
        except MalformedAnswer as error:
            self._fail(connection, str(error))
            return
        if answer is not None:
            self._finish(connection, answer)

    def _finish(self, connection: Connection, answer: Answer) -> None:
        """Count an answer, and send the next request unless the time is over."""
        now = time.perf_counter()
        if answer.status != 200:
            self._errors[f"status {answer.status}"] += 1
        else:
            self._latencies.append(now - connection.started)
            connection.served += 1
            self._layout = connection.reader.layout
        if self._draining:
            connection.started = now
            if answer.status == 200:
                self._samples.append((connection.number, answer.body.decode("utf-8", "replace")))
            self._close(connection)
        elif answer.closes:
            self._reconnects += 1
            self._reopen(connection)
        else:
            self._send(connection)

    def _fail(self, connection: Connection, reason: str) -> None:
        self._errors[reason] += 1
        if self._draining:
            self._close(connection)
        else:
            self._reopen(connection)

    def _drain(self) -> None:
        """Let what is under way end, so that the next server has the machine for itself."""
        self._draining = True
        give_up = time.perf_counter() + self._job.drain_seconds
        while self._table and time.perf_counter() < give_up:
            for descriptor, _ in self._poll.poll(POLL_SECONDS):
                self._receive(self._table[descriptor])
        for connection in list(self._table.values()):
            self._errors["no answer in time"] += 1
            self._close(connection)

    def _open(self, connection: Connection) -> None:
        opened = socket.create_connection(("127.0.0.1", self._job.port), timeout=CONNECT_SECONDS)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setblocking(False)
        connection.socket = opened
        connection.recv, connection.send = opened.recv, opened.send
        connection.reader = AnswerReader()
        connection.served = 0
        self._table[opened.fileno()] = connection
        self._poll.register(opened.fileno())

    def _close(self, connection: Connection) -> None:
        descriptor = connection.socket.fileno()
        self._poll.unregister(descriptor)
        del self._table[descriptor]
        connection.socket.close()

    def _reopen(self, connection: Connection) -> None:
        self._close(connection)
        try:
            self._open(connection)
            self._send(connection)
        except OSError as error:
            self._errors[f"connect: {error.strerror}"] += 1

    def _send(self, connection: Connection) -> None:
        connection.started = time.perf_counter()
        # Small, and alone on its connection: the socket's buffer always takes it whole. Should the connection have
        # ended, the next poll tells.
        with contextlib.suppress(OSError):
            connection.send(connection.request)

    def _request(self, body: str) -> bytes:
        content = body.encode()
        head = (
            f"POST {self._job.path} HTTP/1.1\r\nHost: 127.0.0.1:{self._job.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content

    def _result(self, seconds: float, cpu_seconds: float) -> Load:
        ordered = sorted(self._latencies)
        return Load(
            answers=len(ordered),
            seconds=seconds,
            p50_ms=percentile(ordered, 0.50) * 1000,
            p99_ms=percentile(ordered, 0.99) * 1000,
            cpu_us=cpu_seconds / len(ordered) * 1e6 if ordered else 0.0,
            reconnects=self._reconnects,
            errors=dict(self._errors),
            samples=self._samples,
        )


def main() -> None:
    """Do the job on standard input, and write what came of it."""
    json.dump(asdict(Generator(decode_job(sys.stdin.read())).run()), sys.stdout)


if __name__ == "__main__":
    main()
