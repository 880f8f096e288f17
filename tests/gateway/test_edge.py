"""The edge: every bound of a connection, spoken to in raw bytes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import pytest
import uvicorn

from gettone.gateway.asgi import Receive, Scope, Send
from gettone.gateway.asked import Asked, Reply
from gettone.gateway.protocol import BeginWhole, Edge, EdgeLimits

pytestmark = pytest.mark.anyio

LIMITS = EdgeLimits(
    header_bytes_max=2000,
    headers_max=10,
    target_bytes_max=500,
    body_bytes_max=1000,
    header_seconds=0.6,
    body_seconds=0.6,
    write_seconds=0.6,
    idle_seconds=0.6,
    connections_max=20,
)
PATIENT = EdgeLimits(write_seconds=60)
Serve = Callable[..., AbstractAsyncContextManager[tuple[int, Edge]]]
HEAD = b"POST /x HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture
def anyio_backend() -> str:
    """The loop that the gateway runs on, but for uvloop."""
    return "asyncio"


async def length_of_body(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that tells how much it was sent; `/large` answers with more than any buffer holds."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    answer = b"x" * 30_000_000 if scope["path"] == "/large" else str(len(body)).encode()
    headers = [(b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def length_at_once(asked: Asked, body: bytes, reply: Reply) -> bool:
    """The same for requests that have come whole."""
    answer = b"x" * 30_000_000 if asked.path == "/large" else str(len(body)).encode()
    reply(200, [(b"content-length", str(len(answer)).encode())], answer)
    return True


def length_later(asked: Asked, body: bytes, reply: Reply) -> bool:
    """The same, once other things have been done."""
    asyncio.get_running_loop().call_later(0.001, length_at_once, asked, body, reply)
    return True


def never(asked: Asked, body: bytes, reply: Reply) -> bool:
    """Leave every request to the application."""
    return False


@asynccontextmanager
async def serving(begin_whole: BeginWhole, limits: EdgeLimits = LIMITS) -> AsyncIterator[tuple[int, Edge]]:
    """A listener on loopback with these limits: its port and its edge."""
    edge = Edge(limits, begin_whole)
    listening = socket.create_server(("127.0.0.1", 0))
    options: Any = {"http": edge.protocol}
    config = uvicorn.Config(length_of_body, ws="none", lifespan="off", log_config=None, **options)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listening]))
    try:
        yield listening.getsockname()[1], edge
    finally:
        server.should_exit = True
        await task
        listening.close()


@pytest.fixture(params=[never, length_at_once, length_later], ids=["in a task", "at once", "later"])
def serve(request: pytest.FixtureRequest) -> Serve:
    """A listener, for each way to answer a request."""
    return partial(serving, request.param)


async def say(port: int, *pieces: bytes) -> bytes:
    """Send bytes, and read until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(20):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return await reader.read()
    finally:
        writer.close()


async def until(holds: Callable[[], bool]) -> bool:
    """Wait, turn by turn of the loop, until something holds (at most 20 s)."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 20
    while not holds() and loop.time() < deadline:
        turn = loop.create_future()
        loop.call_later(0.005, turn.set_result, None)
        await turn
    return holds()


def status(answer: bytes) -> int:
    """The status of the first answer in these bytes."""
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"".join(b"H%d: v\r\n" % number for number in range(10)) + b"\r\n",
        HEAD + b"A: " + b"v" * 2000 + b"\r\n\r\n",
        HEAD + b"A: " + b"v" * 100_000,
        HEAD + b"a" * 100_000,
    ],
    ids=["too many", "too long together", "a value without an end", "a name without an end"],
)
async def test_headers_over_their_bound_are_431(serve: Serve, head: bytes) -> None:
    """The cloud's words, and the connection ends."""
    async with serve() as (port, _):
        answer = await say(port, head)

    assert status(answer) == 431
    assert answer.endswith(b"Request headers or cookies too long")
    assert b"access-control-allow-origin: *" in answer


async def test_long_target_is_414(serve: Serve) -> None:
    """A path or query beyond its bound is refused."""
    async with serve() as (port, _):
        answer = await say(port, b"GET /" + b"a" * 501 + b" HTTP/1.1\r\nHost: a\r\n\r\n")

    assert status(answer) == 414


@pytest.mark.parametrize(
    "pieces",
    [
        (HEAD + b"Content-Length: 1001\r\n\r\n", b"x" * 1001),
        (HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n",),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n"),
    ],
    ids=["declared", "declared absurdly", "chunked"],
)
async def test_body_over_its_bound_is_413(serve: Serve, pieces: tuple[bytes, ...]) -> None:
    """Whether it was declared or came in chunks: the sender reads why before the connection closes."""
    async with serve() as (port, _):
        answer = await say(port, *pieces)

    assert status(answer) in (413, 400)
    assert status(answer) == 413 or b"9999" in pieces[0]


async def test_body_at_its_bound_is_served(serve: Serve) -> None:
    """The bound itself is allowed."""
    async with serve() as (port, _):
        answer = await say(port, HEAD + b"Connection: close\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000)

    assert status(answer) == 200
    assert answer.endswith(b"\r\n\r\n1000")


@pytest.mark.parametrize(
    "piece", [b"POST /x HT", HEAD + b"Content-Length: 10\r\n\r\nabc"], ids=["in the head", "in the body"]
)
async def test_slow_request_is_408(serve: Serve, piece: bytes) -> None:
    """Who does not finish a request in time is told, and let go."""
    async with serve() as (port, _):
        answer = await say(port, piece)

    assert status(answer) == 408


async def test_idle_connection_is_closed_without_a_word(serve: Serve) -> None:
    """Nothing asked, nothing answered."""
    async with serve() as (port, _):
        assert await say(port) == b""


async def test_reader_that_never_reads_is_let_go(serve: Serve) -> None:
    """An answer that nobody takes does not stay in memory."""
    async with serve() as (port, edge):
        with socket.create_connection(("127.0.0.1", port)) as deaf:
            deaf.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            assert await until(lambda: len(edge.connections) == 1)
            assert await until(lambda: not edge.connections)


async def test_connections_over_their_number_are_503(serve: Serve) -> None:
    """The first twenty are kept, the next one is told to come again."""
    async with serve(EdgeLimits(connections_max=2)) as (port, edge):
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        assert await until(lambda: len(edge.connections) == 2)
        answer = await say(port)
        for reader, writer in kept:
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert b"200" in await reader.readline()
            writer.close()

    assert status(answer) == 503


async def test_pipelined_requests_are_answered_in_order(serve: Serve) -> None:
    """Three requests in one packet, three answers in their order."""
    async with serve() as (port, _):
        *first, last = (HEAD + b"Content-Length: %d\r\n\r\n" % size + b"x" * size for size in (1, 22, 333))
        answer = await say(port, b"".join(first) + last.replace(b"Host: a", b"Host: a\r\nConnection: close"))

    bodies = [part.partition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert bodies == [b"1", b"22", b"333"]


async def test_a_thousand_pipelined_requests_are_answered(serve: Serve) -> None:
    """However many are answered one after the other, each begins anew."""
    async with serve() as (port, _):
        last = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        answer = await say(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 1000 + last)

    assert answer.count(b"HTTP/1.1 200 ") == 1001


async def test_answers_that_nobody_takes_do_not_pile_up(serve: Serve) -> None:
    """The second answer waits until the first is taken, however many requests were sent."""
    async with serve(PATIENT) as (port, edge):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n" * 5)
        assert await until(lambda: any(each.transport.get_write_buffer_size() for each in edge.connections))
        (connection,) = edge.connections

        assert connection.transport.get_write_buffer_size() < 31_000_000

        for _ in range(5):
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head
            await reader.readexactly(30_000_000)
            assert connection.transport.get_write_buffer_size() < 31_000_000
        writer.close()


async def test_request_whose_caller_is_gone_is_answered_to_nobody() -> None:
    """The answer comes too late: nothing is written, and the connection is forgotten."""
    kept: list[Reply] = []

    def keep(asked: Asked, body: bytes, reply: Reply) -> bool:
        kept.append(reply)
        return True

    async with serving(keep) as (port, edge):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert await until(lambda: edge.under_way == 1)
        writer.close()
        assert await until(lambda: not edge.connections)
        kept[0](200, [(b"content-length", b"0")], b"")

    assert edge.under_way == 0


async def test_request_that_cannot_be_begun_is_500(caplog: pytest.LogCaptureFixture) -> None:
    """A fault of ours costs one request, not its connection, and is logged."""

    def fail(asked: Asked, body: bytes, reply: Reply) -> bool:
        raise RuntimeError("a fault of ours")

    async with serving(fail) as (port, _):
        closing = HEAD.replace(b"Host", b"Connection: close\r\nHost")
        answer = await say(port, HEAD + b"\r\n" + closing + b"\r\n")

    assert answer.count(b"HTTP/1.1 500 ") == 2
    assert b"a fault of ours" not in answer
    assert "a fault of ours" in caplog.text


async def test_body_in_pieces_is_left_to_the_application() -> None:
    """Only what came in one read is offered whole."""
    offered: list[bytes] = []

    def offer(asked: Asked, body: bytes, reply: Reply) -> bool:
        offered.append(body)
        return length_at_once(asked, body, reply)

    async with serving(offer) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"Content-Length: 2\r\n\r\nok")
        assert (await reader.readuntil(b"\r\n\r\n2")).startswith(b"HTTP/1.1 200 ")
        writer.write(HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert b"100 Continue" in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"ok")
        assert (await reader.readuntil(b"\r\n\r\n2")).startswith(b"HTTP/1.1 200 ")
        writer.close()

    assert offered == [b"ok"]


async def test_pipelined_head_without_an_end_is_refused(serve: Serve) -> None:
    """What piles up behind a request that is served is bounded, too."""
    async with serve() as (port, _):
        answer = await say(port, HEAD + b"Content-Length: 0\r\n\r\nGET / HTTP/1.1\r\nA: ", b"v" * 1_000_000)

    assert b"HTTP/1.1 431 " in answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
    ids=[
        "length and chunks",
        "two lengths",
        "negative length",
        "bad chunk",
        "space before colon",
        "no host",
        "two hosts",
        "connect",
        "TLS",
    ],
)
async def test_ambiguous_framing_is_refused_and_the_connection_ends(serve: Serve, request_bytes: bytes) -> None:
    """What two readers could read in two ways is read by none."""
    async with serve() as (port, _):
        answer = await say(port, request_bytes)

    assert status(answer) in (400, 413)


@pytest.mark.parametrize("second", [b"GET / HTTP/1.1\r\nA: " + b"v" * 3000 + b"\r\n\r\n", b"garbage\r\n\r\n"])
async def test_refusal_waits_for_the_answer_before_it(serve: Serve, second: bytes) -> None:
    """The first of two pipelined requests is answered, then the second is refused."""
    async with serve() as (port, _):
        answer = await say(port, HEAD + b"Content-Length: 2\r\n\r\nok" + second)

    first, refused = answer.split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200")
    assert first.endswith(b"\r\n\r\n2")
    assert refused[:3] in (b"431", b"400")


async def test_trailers_are_not_headers_and_are_bounded(serve: Serve) -> None:
    """What follows a chunked body is read and forgotten; without an end it is refused."""
    chunked = HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nok\r\n0\r\n"
    async with serve() as (port, _):
        short = await say(port, chunked + b"Authorization: smuggled\r\n\r\n")
        endless = await say(port, chunked + b"A: ", b"v" * 1_000_000)

    assert short.endswith(b"\r\n\r\n2")
    assert status(endless) == 413


async def test_answer_to_head_has_the_length_and_no_body(serve: Serve) -> None:
    """RFC 9110 section 9.3.2."""
    async with serve() as (port, _):
        answer = await say(port, b"HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert b"content-length: 1\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


async def test_expect_continue_is_answered(serve: Serve) -> None:
    """curl waits for it before it sends a large body."""
    async with serve() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")

        assert b"100 Continue" in await reader.readline()

        writer.write(b"ok")
        await reader.readline()
        assert b"200" in await reader.readline()
        writer.close()
