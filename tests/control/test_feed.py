"""The feed over a real socket: what gateways are told, what is taken from them, and who is let go."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from gettone.control.feed import FOLLOWERS_MAX, Feed
from gettone.control.follower import UNKEPT_LINES_MAX
from gettone.control.publish import Publisher
from gettone.model.errors import PlatformError
from gettone.model.logs import Level, LogEntry, LogFilter
from gettone.model.sids import FunctionSid
from gettone.routes.codec import decode_segment
from gettone.routes.sealing import open_segment, verify_manifest
from gettone.routes.segment import EnvironmentSegment
from gettone.wire.feed import (
    BlobPiece,
    Follow,
    Kept,
    Line,
    Lines,
    Loss,
    Published,
    SegmentHere,
    Served,
    ServingProblem,
    WantBlob,
    WantSegment,
)
from gettone.wire.frames import encode_frame
from tests.control.log_lines import kept, make_line
from tests.control.offices import ACCOUNT_SID
from tests.control.peers import Peer, peer
from tests.control.refusals import refusal
from tests.control.sites import deploy, make_site
from tests.control.stations import Station, open_station

pytestmark = pytest.mark.anyio

SOURCE = b"exports.handler = 'from the blobs'"
NOWHERE = "0" * 64


@pytest.fixture
async def station(anyio_backend: str, tmp_path: Path) -> AsyncIterator[Station]:
    """A feed at work."""
    async with open_station(tmp_path) as opened:
        yield opened


def as_line(entry: LogEntry) -> Line:
    """A line as a gateway sends it."""
    return Line(
        entry.sid,
        entry.account_sid,
        entry.service_sid,
        entry.environment_sid,
        entry.build_sid,
        entry.deployment_sid,
        entry.function_sid,
        entry.request_sid,
        entry.level.value,
        entry.message,
        entry.is_platform,
        entry.created_at,
    )


async def blob(gateway: Peer, digest: str) -> bytes | None:
    """A content, piece by piece."""
    gateway.say(WantBlob(digest))
    content = b""
    while True:
        piece = await gateway.hear(BlobPiece)
        assert piece.digest == digest
        if not piece.found:
            assert piece.last
            return None
        content += piece.piece
        if piece.last:
            return content


async def follow_to_newest(station: Station, gateway: Peer, have: int = 0) -> Published:
    """Say who is there, and hear what was committed last."""
    async with station.office.store.reading() as tx:
        latest = await tx.snapshots.latest()
    assert latest is not None
    published = await gateway.follow(have)
    while published.revision < latest.revision:
        published = await gateway.hear(Published)
    assert published.manifest == latest.manifest
    return published


async def put_blob(station: Station, content: bytes) -> str:
    """Keep a content."""
    digest = hashlib.sha256(content).hexdigest()
    async with station.office.store.writing() as tx:
        await tx.blobs.put(digest, content)
    return digest


async def test_gateway_can_serve_from_what_it_is_told(station: Station) -> None:
    """Manifest, segment, source: the whole way, with the keys that a gateway has."""
    site = await make_site(station.office, source=SOURCE)
    keys = station.office.vault.gateway_keys()
    async with peer(station.path) as gateway:
        published = await follow_to_newest(station, gateway)
        manifest = verify_manifest(keys.public_key, published.signature, published.manifest, None, 0)
        entry = next(entry for entry in manifest.segments if entry.owner == site.environment_sid)
        gateway.say(WantSegment(entry.digest))
        here = await gateway.hear(SegmentHere)
        segment = decode_segment(
            open_segment(keys.snapshot_key, manifest.cluster, entry.owner, entry.digest, here.sealed)
        )
        assert isinstance(segment, EnvironmentSegment)

        assert await blob(gateway, segment.functions[0].digest) == SOURCE


async def test_commit_reaches_a_gateway_at_once(station: Station) -> None:
    """Far below the tenth of a second from save to served."""
    site = await make_site(station.office)
    async with peer(station.path) as gateway:
        published = await follow_to_newest(station, gateway)
        seconds: list[float] = []
        for _ in range(5):
            await deploy(station.office, site.environment_sid, site.build_sid)
            began = time.perf_counter()
            newer = await gateway.hear(Published)
            seconds.append(time.perf_counter() - began)
            assert newer.revision == published.revision + 1
            published = newer

    assert min(seconds) < 0.05


async def test_publication_that_nobody_announced_reaches_a_gateway(station: Station) -> None:
    """Another process may have made it, or a request that was cancelled right after its commit."""
    site = await make_site(station.office)
    async with peer(station.path) as gateway:
        published = await follow_to_newest(station, gateway)
        cast(Publisher, station.office.publisher).listeners.clear()
        await deploy(station.office, site.environment_sid, site.build_sid)

        assert (await gateway.hear(Published)).revision == published.revision + 1


async def test_gateway_that_has_it_all_is_told_all_the_same(station: Station) -> None:
    """It verifies what it holds, and says that it serves it."""
    async with peer(station.path) as gateway:
        published = await gateway.follow(have=1)

        assert published.revision == 1


async def test_gateway_that_comes_back_gets_the_newest_alone(station: Station) -> None:
    """What was published meanwhile is passed over."""
    site = await make_site(station.office)
    async with peer(station.path) as gateway:
        before = await gateway.follow()
    for _ in range(5):
        await deploy(station.office, site.environment_sid, site.build_sid)
    async with peer(station.path) as first:
        newest = await follow_to_newest(station, first)
        async with peer(station.path) as gateway:
            assert await gateway.follow(before.revision) == newest


async def test_what_control_has_not_got_is_said(station: Station) -> None:
    """A gateway goes on to the next one."""
    async with peer(station.path) as gateway:
        await gateway.follow()
        gateway.say(WantSegment(NOWHERE))

        assert await gateway.hear(SegmentHere) == SegmentHere(NOWHERE, found=False, sealed=b"")
        assert await blob(gateway, NOWHERE) is None


async def test_empty_content_is_one(station: Station) -> None:
    """It has no piece, and is there."""
    digest = await put_blob(station, b"")
    async with peer(station.path) as gateway:
        await gateway.follow()

        assert await blob(gateway, digest) == b""


async def test_large_content_comes_whole_and_holds_up_nothing_urgent(station: Station) -> None:
    """In pieces, between which a publication, an answer and another content pass."""
    content = os.urandom(5 << 20)
    large, small = await put_blob(station, content), await put_blob(station, b"small")
    site = await make_site(station.office)
    async with peer(station.path) as gateway:
        await follow_to_newest(station, gateway)
        gateway.say(WantBlob(large), WantBlob(small))
        got: dict[str, bytes] = {large: b"", small: b""}
        order: list[str] = []
        await deploy(station.office, site.environment_sid, site.build_sid)
        while len(order) < 3:
            message = await gateway.hear(object)
            match message:
                case BlobPiece(digest, last, found, piece):
                    assert found
                    got[digest] += piece
                    if last:
                        order.append(digest)
                case Published():
                    order.append("published")
                case _:
                    raise AssertionError(message)

    assert got == {large: content, small: b"small"}
    assert order[-1] == large


async def test_gateway_that_does_not_read_holds_up_nobody(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are served meanwhile, no transaction stays open, and in the end it is let go."""
    monkeypatch.setattr("gettone.control.follower.WRITE_SECONDS", 0.3)
    digest = await put_blob(station, os.urandom(8 << 20))
    async with peer(station.path) as deaf, peer(station.path) as gateway:
        deaf.say(Follow(0), *[WantBlob(digest) for _ in range(20)])
        published = await gateway.follow()

        content = await blob(gateway, digest)

        assert content is not None
        assert hashlib.sha256(content).hexdigest() == digest
        gateway.say(Served(published.revision))
        assert await station.feed.wait_served(published.revision, 10)  # by all that are still there


async def test_what_is_served_is_the_least_of_all_gateways(station: Station) -> None:
    """A load balancer may send a request to any of them."""
    assert station.feed.served_revision() == 0
    async with peer(station.path) as one, peer(station.path) as other:
        revision = (await one.follow()).revision
        await other.follow()
        one.say(Served(revision))
        assert not await station.feed.wait_served(revision, 0.05)

        waiting = asyncio.create_task(station.feed.wait_served(revision, 10))
        other.say(Served(revision))

        assert await waiting
        assert station.feed.served_revision() == revision
        assert station.feed.nodes() == 2


async def test_gateway_that_is_gone_is_waited_for_no_more(station: Station) -> None:
    """One that dies while others have it does not fail a deployment."""
    async with peer(station.path) as one:
        revision = (await one.follow()).revision
        one.say(Served(revision))
        async with peer(station.path) as other:
            await other.follow()
            waiting = asyncio.create_task(station.feed.wait_served(revision, 10))
            await asyncio.sleep(0)

        assert await waiting


async def test_revision_of_the_future_counts_as_none(station: Station) -> None:
    """A gateway that kept its folder while an old backup was restored serves something else."""
    async with peer(station.path) as gateway:
        revision = (await gateway.follow(have=500)).revision
        gateway.say(Served(500))

        assert not await station.feed.wait_served(revision, 0.1)


async def test_problems_of_gateways_are_told_once(station: Station) -> None:
    """Until a gateway says otherwise."""
    problem = ServingProblem("ZE" + "1" * 32, "unexpected token", "/hello", "functions/hello.js", 3, 7)
    async with peer(station.path) as one, peer(station.path) as other:
        for gateway in (one, other):
            revision = (await gateway.follow()).revision
            gateway.say(Served(revision, (problem,)))
        assert await station.feed.wait_served(revision, 10)
        assert station.feed.problems() == (problem,)

        for gateway in (one, other):
            gateway.say(Served(revision), WantSegment(NOWHERE))
            await gateway.hear(SegmentHere)  # so what came before was heard
        assert station.feed.problems() == ()


async def test_line_is_kept_before_it_is_acknowledged(station: Station) -> None:
    """With every field; live tails have it at once."""
    tail = station.tails.listen(ACCOUNT_SID, LogFilter())
    entry = make_line("with a NUL: \0", level=Level.ERROR, function_sid=FunctionSid("ZH" + "1" * 32))
    expected = replace(entry, message="with a NUL: \N{REPLACEMENT CHARACTER}")
    async with peer(station.path) as gateway:
        await gateway.follow()
        gateway.say(Lines((as_line(entry),)))

        assert await gateway.hear(Kept) == Kept(1)
        assert await kept(station.gate) == [expected]
        assert await anext(tail) == expected
    tail.close()


async def test_lines_are_acknowledged_in_order_and_not_while_the_store_is_away(station: Station) -> None:
    """A gateway keeps what is not acknowledged."""
    station.gate.shut = True
    async with peer(station.path) as gateway:
        published = await gateway.follow()
        gateway.say(Lines((as_line(make_line()), as_line(make_line()))), Lines(()), Lines((as_line(make_line()),)))
        gateway.say(Served(published.revision))
        assert await station.feed.wait_served(published.revision, 10)  # so the lines were taken, too
        assert await kept(station.gate) == []

        station.gate.shut = False
        count = 0
        while count < 3:
            count += (await gateway.hear(Kept)).count

        assert count == 3
        assert len(await kept(station.gate)) == 3


async def test_losses_are_acknowledged_and_told(station: Station) -> None:
    """A batch may hold nothing else."""
    line = make_line()
    async with peer(station.path) as gateway:
        await gateway.follow()
        gateway.say(Lines((), (Loss(line.account_sid, line.service_sid, line.environment_sid, 17),)))

        assert await gateway.hear(Kept) == Kept(0)
    await station.gate.until_kept(1)
    assert (await kept(station.gate))[0].message.startswith("17 log lines were dropped")


async def test_gateway_that_sends_again_has_its_lines_kept_once(station: Station) -> None:
    """The connection broke before the answer came."""
    station.gate.shut = True
    entry = make_line()
    for _ in range(2):
        async with peer(station.path) as gateway:
            published = await gateway.follow()
            gateway.say(Lines((as_line(entry),)), Served(published.revision))
            assert await station.feed.wait_served(published.revision, 10)
    station.gate.shut = False
    await station.gate.until_kept(1)
    async with peer(station.path) as gateway:
        await gateway.follow()
        gateway.say(Lines((as_line(entry),)))

        assert await gateway.hear(Kept) == Kept(1)
        assert await kept(station.gate) == [entry]


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        encode_frame(b'{"type":"served","revision":1}'),
        encode_frame(b'{"type":"follow","have":0,"version":2}'),
        encode_frame(b'{"type":"follow","have":0}') * 2,
        encode_frame(b'{"type":"follow","have":0}') + encode_frame(b'{"type":"want_blob","digest":"x"}'),
    ],
    ids=["HTTP", "served first", "another version", "follow twice", "no digest"],
)
async def test_gateway_that_says_what_it_must_not_is_let_go(station: Station, said: bytes) -> None:
    """Its neighbours stay."""
    async with peer(station.path) as neighbour, peer(station.path) as gateway:
        await neighbour.follow()
        gateway.writer.write(said)

        assert await gateway.is_let_go()
        neighbour.say(WantSegment(NOWHERE))
        assert not (await neighbour.hear(SegmentHere)).found


async def test_line_that_names_no_sid_is_refused(station: Station) -> None:
    """What is kept under a name must be found by it."""
    line = as_line(make_line())
    wrong = Line(**{name: getattr(line, name) for name in line.__struct_fields__} | {"account_sid": "AC1"})
    async with peer(station.path) as gateway:
        await gateway.follow()
        gateway.say(Lines((wrong,)))

        assert await gateway.is_let_go()


async def test_gateway_that_sends_lines_without_end_is_let_go(station: Station) -> None:
    """It was not answered, for the store is away, and does not wait."""
    station.gate.shut = True
    async with peer(station.path) as gateway:
        await gateway.follow()
        with contextlib.suppress(ConnectionError):
            for _ in range(UNKEPT_LINES_MAX // 5000 + 2):
                gateway.say(Lines(tuple(as_line(make_line()) for _ in range(5000))))
                await gateway.writer.drain()

        assert await gateway.is_let_go()


async def test_silent_connection_is_let_go(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it says who it is; afterwards it may be silent."""
    monkeypatch.setattr("gettone.control.follower.FOLLOW_SECONDS", 0.05)
    async with peer(station.path) as silent:
        assert await silent.is_let_go()


async def test_too_many_connections_are_refused(station: Station) -> None:
    """Those that are there stay."""
    async with contextlib.AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(peer(station.path)) for _ in range(FOLLOWERS_MAX)]
        await peers[-1].follow()
        extra = await stack.enter_async_context(peer(station.path))

        assert await extra.is_let_go()
        await peers[0].follow()


async def test_socket_is_its_owners_alone(station: Station) -> None:
    """Whoever may open it could read every function's source, and write log lines."""
    assert station.path.stat().st_mode & 0o777 == 0o600


async def test_socket_of_a_dead_process_is_replaced(anyio_backend: str, tmp_path: Path) -> None:
    """`kill -9` leaves it; the next start must not ask for help."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(os.fspath(tmp_path / "feed.sock"))
        left.listen()
    async with open_station(tmp_path) as station, peer(station.path) as gateway:
        assert (await gateway.follow()).revision == 1
    assert not (tmp_path / "feed.sock").exists()


async def test_socket_of_a_living_process_is_left_alone(station: Station) -> None:
    """Two control processes on one data folder: the second says so."""
    refused = await refusal(Feed(station.office.store, station.writer, station.gate).serve(station.path))

    assert refused.code == "conflict"
    async with peer(station.path) as gateway:
        await gateway.follow()


async def test_place_that_cannot_be_a_socket_is_told(station: Station, tmp_path: Path) -> None:
    """A file that lies there, a folder that is not there, a path that is too long for the kernel."""
    (tmp_path / "file").write_text("mine")
    feed = Feed(station.office.store, station.writer, station.gate)

    assert (await refusal(feed.serve(tmp_path / "file"))).code == "conflict"
    assert (await refusal(feed.serve(tmp_path / "gone" / "feed.sock"))).code == "unavailable"
    assert "shorter" in (await refusal(feed.serve(tmp_path / ("x" * 120)))).message
    assert (tmp_path / "file").read_text() == "mine"


async def test_close_ends_every_connection(anyio_backend: str, tmp_path: Path) -> None:
    """Also those that are being served; nothing is left behind."""
    async with open_station(tmp_path) as station:
        digest = await put_blob(station, os.urandom(4 << 20))
        async with peer(station.path) as gateway, peer(station.path) as silent:
            await gateway.follow()
            gateway.say(WantBlob(digest))
            await gateway.hear(BlobPiece)
            await station.feed.close()

            assert await gateway.is_let_go()
            assert await silent.is_let_go()


async def test_restart_hands_out_what_was_published_before(anyio_backend: str, tmp_path: Path) -> None:
    """A gateway that connects again finds the same revision."""
    async with open_station(tmp_path) as station:
        await make_site(station.office)
        async with peer(station.path) as gateway:
            before = await follow_to_newest(station, gateway)
    async with open_station(tmp_path) as station, peer(station.path) as gateway:
        assert await gateway.follow(before.revision) == before


async def test_feed_waits_for_a_store_that_is_away(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells what it knows, and what is newer once it can be read."""
    site = await make_site(station.office)
    async with peer(station.path) as gateway:
        published = await follow_to_newest(station, gateway)
        reading, asked = station.office.store.reading, 0

        def away() -> object:
            nonlocal asked
            asked += 1
            if asked <= 2:
                raise PlatformError("unavailable", "the database does not answer")
            return reading()

        monkeypatch.setattr(station.office.store, "reading", away)
        await deploy(station.office, site.environment_sid, site.build_sid)

        assert (await gateway.hear(Published)).revision == published.revision + 1
        assert asked == 3
