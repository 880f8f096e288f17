"""The load generator against servers that behave in their own ways."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from benchmarks.generator import Generator
from benchmarks.load import Job, LoadFailed, decode_job, perform
from benchmarks.processes import free_port

BODIES = ("aa", "bb", "cc", "dd")
SECONDS = 0.2

# What a server does with one request; False when it closes the connection after it.
Behaviour = Callable[[socket.socket, bytes], bool]


@contextlib.contextmanager
def serving(behaviour: Behaviour) -> Iterator[int]:
    """Serve each connection in a thread; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stopped = threading.Event()
        threads: list[threading.Thread] = []

        def accept() -> None:
            while not stopped.is_set():
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=converse, args=(connection, behaviour)))
                threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        port: int = listener.getsockname()[1]
        try:
            yield port
        finally:
            stopped.set()
            socket.create_connection(("127.0.0.1", port)).close()
            for thread in [acceptor, *threads]:
                thread.join()


def converse(connection: socket.socket, behaviour: Behaviour) -> None:
    """Answer requests until the connection ends; every request has a body of two bytes."""
    with connection, contextlib.suppress(OSError):
        data = b""
        while received := connection.recv(4096):
            data += received
            head, found, body = data.partition(b"\r\n\r\n")
            if found and len(body) == 2:
                assert head.startswith(b"POST /token HTTP/1.1\r\n")
                data = b""
                if not behaviour(connection, body):
                    return


def answer(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    """One answer that holds the request's body."""
    return f"HTTP/1.1 {status}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def job(port: int) -> Job:
    """Four connections for a moment."""
    return Job(port, "/token", SECONDS, 5.0, BODIES)


def whole(connection: socket.socket, body: bytes) -> bool:
    """Answer in one piece."""
    connection.sendall(answer(body))
    return True


def split(connection: socket.socket, body: bytes) -> bool:
    """Answer byte by byte."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in answer(body):
        connection.send(bytes([byte]))
    return True


def chunked(connection: socket.socket, body: bytes) -> bool:
    """Answer in chunks."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n" + body + b"\r\n0\r\n\r\n")
    return True


def said_close(connection: socket.socket, body: bytes) -> bool:
    """Answer, and close as announced."""
    connection.sendall(answer(body, more="Connection: close\r\n"))
    return False


def unsaid_close(connection: socket.socket, body: bytes) -> bool:
    """Answer, and close unannounced."""
    connection.sendall(answer(body))
    return False


@pytest.mark.parametrize("behaviour", [whole, split, chunked, said_close, unsaid_close])
def test_answers_are_counted_however_they_come(behaviour: Behaviour) -> None:
    """Whole, byte by byte, in chunks, with and without a close: each is an answer and none an error."""
    with serving(behaviour) as port:
        load = Generator(job(port)).run()

    assert load.errors == {}
    assert load.answers >= len(BODIES)
    assert load.rate == load.answers / load.seconds
    assert 0 < load.p50_ms <= load.p99_ms


def test_every_connection_shows_its_last_answer() -> None:
    """The samples tell which connection they belong to: the body that it sent comes back."""
    with serving(whole) as port:
        load = Generator(job(port)).run()

    assert sorted(load.samples) == list(enumerate(BODIES))


@pytest.mark.parametrize("behaviour", [said_close, unsaid_close])
def test_closed_connection_is_opened_again(behaviour: Behaviour) -> None:
    """A server may close after each answer; that costs it time, and is no error."""
    with serving(behaviour) as port:
        load = Generator(job(port)).run()

    assert load.reconnects > 0


def test_other_statuses_are_errors_and_no_answers() -> None:
    """What is shed is not served."""

    def refuse(connection: socket.socket, body: bytes) -> bool:
        connection.sendall(answer(body, status="429 Too Many Requests"))
        return True

    with serving(refuse) as port:
        load = Generator(job(port)).run()

    assert load.answers == 0
    assert load.samples == []
    assert set(load.errors) == {"status 429"}


def test_connection_that_ends_without_an_answer_is_an_error() -> None:
    """A fresh connection that is closed instead of answered has failed; many failures end the job early."""

    def hang_up(_connection: socket.socket, _body: bytes) -> bool:
        return False

    with serving(hang_up) as port:
        load = Generator(Job(port, "/token", 60.0, 5.0, BODIES)).run()

    assert load.answers == 0
    assert sum(load.errors.values()) > 0
    assert load.seconds < 60.0


def test_what_is_under_way_at_the_end_is_waited_for() -> None:
    """The time is over at once, and each connection's one answer still counts."""
    with serving(split) as port:
        load = Generator(Job(port, "/token", 0.0, 5.0, BODIES)).run()

    assert load.answers == len(BODIES)


def test_answer_that_never_comes_is_an_error() -> None:
    """Waiting ends, and the load says so."""

    def keep_silent(_connection: socket.socket, _body: bytes) -> bool:
        return True

    with serving(keep_silent) as port:
        load = Generator(Job(port, "/token", 0.0, 0.2, BODIES)).run()

    assert load.errors == {"no answer in time": len(BODIES)}


def test_job_is_done_in_another_process() -> None:
    """A job goes to the generator's process, and what came of it comes back."""
    with serving(whole) as port:
        load = perform(job(port))

    assert sorted(load.samples) == list(enumerate(BODIES))
    assert load.errors == {}
    assert load.cpu_us > 0


def test_server_that_is_not_there_fails_the_job() -> None:
    """The failure names the refused connection."""
    with pytest.raises(LoadFailed, match="refused"):
        perform(job(free_port()))


def test_job_survives_json() -> None:
    """What is written for the generator's process is what it reads."""
    text = '{"port": 1, "path": "/", "seconds": 1.0, "drain_seconds": 2.0, "bodies": ["a"]}'

    assert decode_job(text) == Job(1, "/", 1.0, 2.0, ("a",))
