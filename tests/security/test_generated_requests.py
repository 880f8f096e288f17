"""Generated requests against a whole installation: nothing that is sent makes it fail, hang, end or grow.

Twenty thousand, and the corpus; `--long` sends a million.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.processes import memory_bytes, tree
from tests.security.raw_requests import RawRequest, corpus, raw_requests, variants
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN, StartServer, start_server

AT_ONCE = 10
VARIANTS = 5
ANSWER_SECONDS = 20.0
GREW_BYTES_MAX = 48 << 20
FAILED = {500, 502, 504}
# What a function raises is its own answer: the example's wants an identity.
OWN = re.compile(rb'"name": "(?!InternalServerError)\w+", "code": [^,]+, "request": "RQ')
FINAL = re.compile(rb"HTTP/1\.[01] ([2-5]\d\d) ")

FUNCTIONS = [b"/create-room-token", b"/create-room-token?identity=a", b"/", b"/index.html", b"/nothing"]
API = [
    b"/v1/Services",
    b"/v1/Services/quickstart",
    b"/v1/Services/quickstart/Environments",
    b"/v1/Services/quickstart/Functions",
    b"/v1/Services/quickstart/Builds",
    b"/v1/Services/ZS" + b"0" * 32 + b"/Assets",
    b"/v1/Keys",
    b"/2010-04-01/Accounts.json",
    b"/2010-04-01/Accounts/%s/Keys.json" % ACCOUNT_SID.encode(),
    b"/2010-04-01/Accounts/%s/Applications.json" % ACCOUNT_SID.encode(),
    b"/api/v1/audit",
    b"/api/v1/members",
    b"/openapi.json",
    b"/healthz",
    b"/metrics",
    b"/sign-in",
    b"/sign-up",
    b"/functions",
    b"/static/look.css",
]
CREDENTIALS = [
    base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()),
    base64.b64encode(f"{ACCOUNT_SID}:wrong".encode()),
    base64.b64encode(b"\xff\xfe:\x00"),
]


@dataclass
class Target:
    """An installation under fire. `seen` counts final statuses; `faults` tells what must not be."""

    server: StartServer
    seen: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def fire(self, requests: Sequence[tuple[int, RawRequest]]) -> None:
        """Send each on a connection of its own, all at once, and look at what comes back."""
        asyncio.run(self._fire(requests))

    async def _fire(self, requests: Sequence[tuple[int, RawRequest]]) -> None:
        await asyncio.gather(*(self._send(port, request) for port, request in requests))

    async def _send(self, port: int, request: RawRequest) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answer = b""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                for piece in request.pieces:
                    writer.write(piece)
                    # What the other side has of it is one read or two, as it comes.
                    await asyncio.sleep(0)
                if not request.is_whole:
                    writer.write_eof()
                answer = await reader.read()
        except TimeoutError:
            self.faults.append(f"no end within {ANSWER_SECONDS:g} s: {request.sent[:300]!r}")
        except OSError:
            # Not HTTP, and refused before all of it was read: the kernel resets what is still on its way.
            return
        finally:
            writer.close()
        statuses = [int(each) for each in FINAL.findall(answer)]
        self.seen.update(statuses)
        own = port == self.server.port and statuses == [500] and (OWN.search(answer) or request.sent[:4] == b"HEAD")
        if not own and not FAILED.isdisjoint(statuses):
            self.faults.append(f"{statuses}: {request.sent[:300]!r} {answer[-300:]!r}")
        if request.is_whole and not statuses:
            self.faults.append(f"no answer: {request.sent[:300]!r}")

    def memory_bytes(self) -> int:
        """What all processes of the installation hold together."""
        return sum(memory_bytes(pid) for pid in tree(self.server.process.pid))


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A `gettone start` of its own."""
    with start_server(tmp_path_factory.mktemp("data")) as server:
        yield Target(server)


def batches(server: StartServer) -> st.SearchStrategy[list[tuple[int, RawRequest]]]:
    """Requests for the gateway and, fewer, for console and API."""
    local = b"localhost:%d" % server.port
    hosts = [
        f"{server.quickstart}.localhost".encode(),
        local,
        b"evil.example",
        b"127.0.0.1",
        b"",
        b"serverless.twilio.com",
    ]
    functions = raw_requests(FUNCTIONS, hosts, ()).map(lambda request: (server.port, request))
    console = b"localhost:%d" % server.console_port
    api_hosts = [console, b"serverless.twilio.com", b"api.twilio.com", b"evil.example"]
    api = raw_requests(API, api_hosts, CREDENTIALS).map(lambda request: (server.console_port, request))
    one = st.integers(0, 3).flatmap(lambda chance: functions if chance else api)
    return st.lists(one, min_size=AT_ONCE, max_size=AT_ONCE)


def bombard(target: Target, count: int) -> None:
    """Send so many generated requests, and look at memory once a quarter has been sent, and at the end."""
    held: list[int] = []

    def send(examples: int) -> None:
        @settings(
            max_examples=examples // (AT_ONCE * VARIANTS),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            # What was sent tells enough; sending it again in hundreds of smaller forms takes minutes.
            phases=[Phase.generate],
        )
        @given(batches(target.server), st.integers(0, 1 << 32))
        def fire(batch: list[tuple[int, RawRequest]], seed: int) -> None:
            target.fire([(port, each) for port, request in batch for each in variants(request, seed)])
            assert target.faults == []

        fire()
        held.append(target.memory_bytes())

    send(count // 4)
    send(count - count // 4)
    programs = target.server.programs()

    assert held[1] - held[0] < GREW_BYTES_MAX
    assert target.server.process.poll() is None
    assert programs == target.server.programs()


def test_nothing_that_is_sent_makes_it_fail(target: Target) -> None:
    """No 500, no crash, no hang, no growth, over twenty thousand requests."""
    before = target.server.programs()
    bombard(target, 20_000)

    assert target.server.programs() == before
    assert sum(target.seen.values()) > 10_000


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_million_make_it_neither_fail_nor_grow(target: Target) -> None:
    """The same at full size."""
    before = target.server.programs()
    bombard(target, 1_000_000)

    assert target.server.programs() == before


@pytest.mark.parametrize("part", ["gateway", "console"])
def test_framing_that_two_read_in_two_ways_is_survived(target: Target, part: str) -> None:
    """Each message of the corpus is refused or read in the one way that RFC 9112 leaves."""
    server = target.server
    port, path, host = (
        (server.port, b"/create-room-token?identity=a", f"{server.quickstart}.localhost".encode())
        if part == "gateway"
        else (server.console_port, b"/v1/Services", b"localhost:%d" % server.console_port)
    )
    target.fire([(port, request) for request in corpus(path, host)])

    assert target.faults == []
