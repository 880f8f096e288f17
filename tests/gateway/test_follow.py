"""Following the feed: published is served, whatever becomes of control, the disk or a neighbour's publication."""

from __future__ import annotations

import asyncio
import io
import socket
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gettone.control.vault import Vault
from gettone.model.accounts import AccountStatus
from gettone.routes.segment import AccountSegment
from gettone.wire.feed import Published, SegmentHere, WantBlob, WantSegment, encode, read_gateway
from tests.feeds import Control, Site, account, digest_of, open_control, python
from tests.gateway.nodes import Node, open_node, until

pytestmark = pytest.mark.anyio

PID = b"import os\n\nWHO = os.urandom(8).hex()\n\ndef handler(context, event):\n    return WHO\n"
HELLO = Site("hello-1234", {"functions/hello.py": python("hello")})
OTHER = Site("other-5678", {"functions/pid.py": PID})


@pytest.fixture
def anyio_backend() -> str:
    """The loop that the gateway runs on, but for uvloop."""
    return "asyncio"


@asynccontextmanager
async def open_both(folder: Path) -> AsyncIterator[tuple[Control, Node]]:
    """A control side and a gateway that follows it."""
    async with open_control(folder) as control, open_node(folder / "gateway", control.socket) as node:
        yield control, node


async def stored(node: Node, revision: int) -> None:
    """Wait until a revision is on the gateway's disk."""
    folder = node.follower._folder / "snapshots"
    assert await until((folder / f"{revision:020d}").exists)


def says(site: Site, text: str) -> Site:
    """The same environment with another build: its function says this."""
    return Site(site.name, {"functions/hello.py": python(text)}, build=text)


async def test_published_is_served(tmp_path: Path) -> None:
    """A function answers under its environment's host names once control was told so; nothing of it before."""
    site = Site("hello-1234", HELLO.files, hosts=("api.example.com",))
    async with open_both(tmp_path) as (control, node):
        before = await node.ask(site.host, "/hello")
        await control.served(await control.publish(account(), site))
        answers = [await node.ask(host, "/hello") for host in (site.host, "API.example.com:8000")]

    assert before.status == 404
    assert [(answer.status, answer.text) for answer in answers] == [(200, "hello")] * 2


async def test_context_has_the_public_host_name(tmp_path: Path) -> None:
    """With the port that callers use."""
    source = b"def handler(context, event):\n    return [context.DOMAIN_NAME, context.SERVICE_SID, context.X]\n"
    site = Site("hello-1234", {"functions/hello.py": source}, {"X": "ü"})
    async with open_both(tmp_path) as (control, node):
        await control.served(await control.publish(account(), site))
        answer = await node.ask(site.host, "/hello")

    assert answer.body.decode() == f'["hello-1234.localhost:8000","{site.segment().service_sid}","ü"]'


async def test_unchanged_environments_keep_their_workers(tmp_path: Path) -> None:
    """Also where the segment changed in what no worker sees; and a new build gets new ones."""
    async with open_both(tmp_path) as (control, node):
        await control.served(await control.publish(account(), HELLO, OTHER))
        first = (await node.ask(OTHER.host, "/pid")).text
        await control.served(await control.publish(says(HELLO, "new")))
        neighbour_changed = (await node.ask(OTHER.host, "/pid")).text
        again = Site(OTHER.name, OTHER.files, hosts=("own.example.com",), build="2")
        await control.served(await control.publish(again))
        deployed_again = (await node.ask("own.example.com", "/pid")).text
        await control.served(await control.publish(Site(OTHER.name, {"functions/pid.py": PID + b"\n"})))
        rebuilt = (await node.ask(OTHER.host, "/pid")).text

    assert first == neighbour_changed == deployed_again != rebuilt


async def test_swap_under_load_loses_no_request(tmp_path: Path) -> None:
    """Twenty deployments while eight callers ask without a pause: every answer is a version's, in order."""
    async with open_both(tmp_path) as (control, node):
        await control.served(await control.publish(account(), says(HELLO, "0")))
        over = asyncio.Event()

        async def call() -> list[int]:
            seen = []
            while not over.is_set():
                answer = await node.ask(HELLO.host, "/hello")
                assert answer.status == 200, answer
                seen.append(int(answer.text))
            return seen

        async with asyncio.TaskGroup() as group:
            callers = [group.create_task(call()) for _ in range(8)]
            for version in range(1, 21):
                await control.served(await control.publish(says(HELLO, str(version))))
            over.set()

    for seen in (caller.result() for caller in callers):
        assert seen == sorted(seen)
        assert seen[-1] >= 19


async def test_request_keeps_the_table_that_it_started_with(tmp_path: Path) -> None:
    """Its body comes after the swap: the version before answers. Then nothing of that version is left."""
    async with open_both(tmp_path) as (control, node):
        await control.served(await control.publish(account(), says(HELLO, "old")))
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        writer.write(f"POST /hello HTTP/1.1\r\nHost: {HELLO.host}\r\nContent-Length: 3\r\n\r\n".encode())
        assert await until(lambda: len(node.plane.edge.connections) == 1)
        assert await until(lambda: any(each.cycle is not None for each in node.plane.edge.connections))
        await control.served(await control.publish(says(HELLO, "new")))
        fresh = await node.ask(HELLO.host, "/hello")
        writer.write(b"abc")
        late = await reader.readuntil(b"old")
        writer.close()
        (tasks,) = {spec.root.parent for spec in node.plane.current.serving.specs.values()}

        assert (fresh.text, late.split(b" ", 2)[1]) == ("new", b"200")
        assert await until(lambda: len(list(tasks.iterdir())) == 1)


async def test_packages_of_node_find_each_other(tmp_path: Path) -> None:
    """By name, from within a package too; each archive is unpacked once for all environments that name it."""
    bundle = packed(
        {
            "left/index.js": b"module.exports = require('right') + '!';",
            "right/index.js": b"module.exports = 'packed';",
        }
    )
    source = b"exports.handler = (context, event, callback) => callback(null, require('left'));"
    sites = [Site(f"node-{number}", {"functions/a.js": source}, node_bundle=digest_of(bundle)) for number in range(3)]
    async with open_both(tmp_path) as (control, node):
        await control.keep(bundle)
        await control.served(await control.publish(account(), *sites))
        answers = [await node.ask(site.host, "/a") for site in sites]
        unpacked = [each.name for each in (tmp_path / "gateway" / "bundles").iterdir() if each.is_dir()]

    assert [answer.text for answer in answers] == ["packed!"] * 3
    assert unpacked == [f"{digest_of(bundle)}.node_modules"]


async def test_archive_that_cannot_be_unpacked_is_a_problem_of_its_own(tmp_path: Path) -> None:
    """Its environment is not served, and says why; the others are."""
    site = Site("packages-1", {"functions/a.py": python("a")}, python_bundle=digest_of(b"no archive"))
    async with open_both(tmp_path) as (control, node):
        await control.keep(b"no archive")
        await control.served(await control.publish(account(), site, HELLO))
        (problem,) = control.feed.problems()
        answers = [await node.ask(site.host, "/a"), await node.ask(HELLO.host, "/hello")]

    assert "cannot be unpacked" in problem.message
    assert [answer.status for answer in answers] == [404, 200]


@pytest.mark.parametrize("nonsense", [b"HTTP/1.1 200 OK\r\n\r\n", b"\xff" * 100, bytes(8)])
async def test_feed_that_speaks_nonsense_is_left(tmp_path: Path, nonsense: bytes) -> None:
    """And tried again, until control is back."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(nonsense)
        calls.append(1)
        if len(calls) == 3:
            thrice.set()
        await reader.read()
        writer.close()

    calls: list[int] = []
    thrice = asyncio.Event()
    server = await asyncio.start_unix_server(serve, tmp_path / "feed.sock")
    async with open_node(tmp_path / "gateway", tmp_path / "feed.sock") as node:
        await asyncio.wait_for(thrice.wait(), 20)
        server.close()
        assert (await node.ask("localhost", "/readyz")).status == 503
        (tmp_path / "feed.sock").unlink()
        async with open_control(tmp_path) as control:
            await control.served(await control.publish(account(), HELLO))


async def test_deleted_environment_is_not_served(tmp_path: Path) -> None:
    """404 under its name, and its files and workers go."""
    async with open_both(tmp_path) as (control, node):
        await control.served(await control.publish(account(), HELLO, OTHER))
        assert (await node.ask(HELLO.host, "/hello")).status == 200
        await control.served(await control.publish(gone=[HELLO.owner]))
        answer = await node.ask(HELLO.host, "/hello")

        assert answer.status == 404
        assert await until(lambda: "hello-1234" not in repr(node.plane.current.serving.table.hosts))
        assert await until(lambda: len(node.plane.current.serving.environments) == 1)
        assert (await node.ask(OTHER.host, "/pid")).status == 200


@pytest.mark.parametrize("status", [AccountStatus.SUSPENDED, AccountStatus.CLOSED])
async def test_environments_of_an_account_that_may_not_act_are_not_served(
    tmp_path: Path, status: AccountStatus
) -> None:
    """404; and served again once it may."""
    async with open_both(tmp_path) as (control, node):
        await control.served(await control.publish(account(), HELLO))
        await control.served(await control.publish(account(status=status)))
        suspended = await node.ask(HELLO.host, "/hello")
        await control.served(await control.publish(account()))
        active = await node.ask(HELLO.host, "/hello")

    assert (suspended.status, active.status) == (404, 200)


async def test_segment_that_cannot_be_loaded_keeps_its_last_good_version(tmp_path: Path) -> None:
    """Its content is nowhere: that is told, holds up nobody else, and is tried again with the next publication."""
    lost = says(HELLO, "lost")
    async with open_both(tmp_path) as (control, node):
        await control.served(await control.publish(account(), HELLO, OTHER))
        revision = await control.publish(lost, OTHER, says(OTHER, "new"), without=lost.files.values())
        await control.served(revision)
        (problem,) = control.feed.problems()
        kept, fresh = await node.ask(HELLO.host, "/hello"), await node.ask(OTHER.host, "/hello")
        await control.keep(*lost.files.values())
        await control.served(await control.publish(says(OTHER, "newer")))
        mended = await node.ask(HELLO.host, "/hello")
        problems = control.feed.problems()

    assert problem.environment_sid == HELLO.owner
    assert "has not got content" in problem.message
    assert (kept.text, fresh.text, mended.text, problems) == ("hello", "new", "lost", ())


async def test_restart_without_control_serves_from_the_disk(tmp_path: Path) -> None:
    """At once, with variables, packages and assets; also what stood in for a version that could not be loaded."""
    content = b"<p>hello</p>"
    bundle = packed({"greeting.py": b"WORD = 'packed'\n"})
    packaged = Site(
        "packages-1",
        {"functions/a.py": b"import greeting\n\ndef handler(c, e):\n    return greeting.WORD + c.X\n"},
        {"X": "!"},
        python_bundle=digest_of(bundle),
    )
    page = Site("page-1", {"assets/index.html": content, "assets/note.private.txt": b"psst"})
    lost = says(HELLO, "lost")
    async with open_both(tmp_path) as (control, node):
        await control.keep(bundle)
        await control.served(await control.publish(account(), HELLO, packaged, page))
        assert (await node.ask(packaged.host, "/a")).text == "packed!"
        revision = await control.publish(lost, without=lost.files.values())
        await control.served(revision)
        await stored(node, revision)

    async with open_node(tmp_path / "gateway", tmp_path / "nobody.sock") as node:
        answers = [
            await node.ask(HELLO.host, "/hello"),
            await node.ask(packaged.host, "/a"),
            await node.ask(page.host, "/index.html"),
            await node.ask(page.host, "/"),
            await node.ask(page.host, "/note.txt"),
        ]
        ready = await node.ask("localhost", "/readyz")

    assert [answer.body for answer in answers[:4]] == [b"hello", b"packed!", content, content]
    assert answers[4].status == 404
    assert (ready.status, ready.json()["stale"], ready.json()["revision"]) == (200, True, revision)


async def test_control_that_dies_midway_is_asked_again(tmp_path: Path) -> None:
    """It ends in the middle of an answer; what is served goes on, and the next connection brings the rest."""
    async with open_both(tmp_path) as (control, node):
        await control.served(await control.publish(account(), HELLO))
        big = Site(HELLO.name, {**HELLO.files, "assets/big.txt": b"x" * 5_000_000}, build="big")
        await control.feed.close()
        revision = await control.publish(big)
        async with broken_feed(control, big):
            assert await until(lambda: not node.follower.standing.is_ready)
            assert (await node.ask(HELLO.host, "/hello")).text == "hello"
        again = Control(control.store, control.logs, control.socket)
        await again.open()
        await again.served(revision)
        answer = await node.ask(HELLO.host, "/big.txt")
        await again.close()

    assert (answer.status, len(answer.body)) == (200, 5_000_000)


@asynccontextmanager
async def broken_feed(control: Control, site: Site) -> AsyncIterator[None]:
    """A feed that hands out everything, but breaks off in the middle of the first blob, once."""
    async with control.store.reading() as tx:
        latest = await tx.snapshots.latest()
    assert latest is not None
    begun = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        messages = read_gateway()
        writer.write(encode(Published(latest.revision, latest.signature, latest.manifest)))
        while data := await reader.read(1 << 16):
            for message in messages.feed(data):
                if isinstance(message, WantBlob):
                    begun.set()
                    writer.transport.abort()
                    return
                if isinstance(message, WantSegment):
                    async with control.store.reading() as tx:
                        segment = await tx.snapshots.find_segment(message.digest)
                    assert segment is not None
                    writer.write(encode(SegmentHere(segment.digest, True, segment.content)))

    server = await asyncio.start_unix_server(serve, control.socket)
    await asyncio.wait_for(begun.wait(), 20)
    try:
        yield
    finally:
        server.close()


async def test_manifest_of_another_master_key_is_refused(tmp_path: Path) -> None:
    """Who took the socket's place publishes nothing; readiness says that something is wrong."""
    async with open_both(tmp_path) as (control, node):
        await control.served(await control.publish(account(), HELLO))
        await control.feed.close()
        (tmp_path / "other").mkdir()
        async with open_control(tmp_path / "other") as stranger:
            stranger.vault = Vault(b"another key, which nobody knows.")
            await stranger.publish(account(), says(HELLO, "forged"))
            await stranger.publish(says(HELLO, "forged again"))
            await stranger.feed.close()
            await served_by(stranger, control.socket)
            assert await until(lambda: node.follower.standing.newest == 2)
            answer, ready = await node.ask(HELLO.host, "/hello"), await node.ask("localhost", "/readyz")

    assert (answer.text, ready.status) == ("hello", 503)


async def served_by(control: Control, path: Path) -> None:
    """Have a control side listen at a path, until it is closed."""
    control.feed = type(control.feed)(control.store, control.writer, control.logs)
    await control.feed.serve(path)


async def test_older_revision_is_refused_also_after_a_restart(tmp_path: Path) -> None:
    """A feed that was rolled back, as by somebody who replays yesterday's manifest."""
    async with open_both(tmp_path) as (control, node):
        await control.publish(account(), HELLO)
        revision = await control.publish(says(HELLO, "new"))
        await control.served(revision)
        await stored(node, revision)
        async with control.store.reading() as tx:
            snapshots = await tx.snapshots.list(2)
    old = snapshots[-1]
    assert old.revision < revision

    published = Published(old.revision, old.signature, old.manifest)
    socket_path = tmp_path / "feed.sock"
    async with replaying(socket_path, published), open_node(tmp_path / "gateway", socket_path) as node:
        assert await until(lambda: node.follower.standing.newest == old.revision)
        answer = await node.ask(HELLO.host, "/hello")

    assert answer.text == "new"


@asynccontextmanager
async def replaying(path: Path, published: Published) -> AsyncIterator[None]:
    """A feed that says one thing to everybody."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(encode(published))
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    try:
        yield
    finally:
        server.close()


async def test_damaged_disk_serves_what_is_whole(tmp_path: Path) -> None:
    """The newest segment does not open any more: the version before it stands in, until control is there."""
    async with open_both(tmp_path) as (control, node):
        await control.publish(account(), HELLO)
        old = await control.publish(OTHER)
        await control.served(old)
        await stored(node, old)
        revision = await control.publish(says(HELLO, "new"))
        await control.served(revision)
        await stored(node, revision)
        async with control.store.reading() as tx:
            digest = (await tx.snapshots.current_segments())[HELLO.owner]
    place = tmp_path / "gateway" / "snapshots" / "segments" / digest[:2] / digest
    place.write_bytes(bytes(place.stat().st_size))

    async with open_node(tmp_path / "gateway", tmp_path / "feed.sock") as node:
        alone = await node.ask(HELLO.host, "/hello")
        async with open_control(tmp_path) as control:
            await control.served(revision)
            mended = await node.ask(HELLO.host, "/hello")

    assert (alone.text, mended.text) == ("hello", "new")


async def test_damaged_asset_is_not_sent_and_comes_anew(tmp_path: Path) -> None:
    """It is proven before it is sent for the first time after a start."""
    content = b"<p>this page</p>"
    page = Site("page-1", {"assets/index.html": content})
    async with open_control(tmp_path) as control:
        async with open_node(tmp_path / "gateway", control.socket) as node:
            revision = await control.publish(account(), page)
            await control.served(revision)
            await stored(node, revision)
        digest = digest_of(content)
        (tmp_path / "gateway" / "blobs" / digest[:2] / digest).write_bytes(b"<p>that page</p>")

        async with open_node(tmp_path / "gateway", control.socket) as node:
            await control.served(revision)
            first = await node.ask(page.host, "/index.html")
            assert await until((tmp_path / "gateway" / "blobs" / digest[:2] / digest).exists)
            again = await node.ask(page.host, "/index.html")

    assert first.status == 503
    assert again.body == content


async def test_gateway_without_a_disk_serves_on(tmp_path: Path) -> None:
    """Its folder is taken away: what is served goes on, and a new publication is told as a problem."""
    async with open_both(tmp_path) as (control, node):
        revision = await control.publish(account(), HELLO)
        await control.served(revision)
        await stored(node, revision)
        (tmp_path / "gateway").rename(tmp_path / "away")
        (tmp_path / "gateway").write_bytes(b"")
        await control.served(await control.publish(says(HELLO, "new")))
        (problem,) = control.feed.problems()
        answer = await node.ask(HELLO.host, "/hello")

    assert "this node cannot keep it" in problem.message
    assert answer.text == "hello"


async def test_code_that_fails_to_start_is_served_all_the_same(tmp_path: Path) -> None:
    """What is wrong with it is its author's affair: a neighbour is published with it, and it answers 500."""
    broken = Site(HELLO.name, {"functions/hello.py": b"this is no Python\n"}, build="broken")
    async with open_both(tmp_path) as (control, node):
        await control.served(await control.publish(account(), HELLO))
        assert (await node.ask(HELLO.host, "/hello")).status == 200
        await control.served(await control.publish(broken, OTHER))
        answers = [await node.ask(HELLO.host, "/hello"), await node.ask(OTHER.host, "/pid")]

    assert [answer.status for answer in answers] == [500, 200]


async def test_key_of_another_cluster_opens_nothing(tmp_path: Path) -> None:
    """A gateway with another snapshot key serves nothing of what it finds."""
    async with open_both(tmp_path) as (control, node):
        revision = await control.publish(account(), HELLO)
        await control.served(revision)
        await stored(node, revision)

    stranger = Vault(b"another key, which nobody knows.").gateway_keys()
    async with open_node(tmp_path / "gateway", tmp_path / "nobody.sock", stranger) as node:
        assert (await node.ask(HELLO.host, "/hello")).status == 404
        assert (await node.ask("localhost", "/readyz")).status == 503


async def test_socket_that_nobody_listens_at_is_tried_until_somebody_does(tmp_path: Path) -> None:
    """As after `kill -9` of control, which leaves its socket's file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(tmp_path / "feed.sock"))
    async with open_node(tmp_path / "gateway", tmp_path / "feed.sock") as node, open_control(tmp_path) as control:
        await control.served(await control.publish(account(), HELLO))
        answer = await node.ask(HELLO.host, "/hello")

    assert answer.text == "hello"


async def test_auth_tokens_follow_the_account(tmp_path: Path) -> None:
    """A change of the account reaches environments that did not change, and their workers stay."""
    async with open_both(tmp_path) as (control, node):
        await control.served(await control.publish(account(), OTHER))
        first = (await node.ask(OTHER.host, "/pid")).text
        await control.served(await control.publish(account(auth_tokens=("rotated",))))
        second = (await node.ask(OTHER.host, "/pid")).text
        (environment,) = node.plane.current.serving.environments.values()

    assert isinstance(account(), AccountSegment)
    assert (environment.deployment.auth_tokens, first) == (("rotated",), second)


def packed(files: dict[str, bytes]) -> bytes:
    """An archive of packages."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()
