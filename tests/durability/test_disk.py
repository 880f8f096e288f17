"""A disk without room: reads and tokens go on; what would be written is refused, and none of it is there."""

from __future__ import annotations

import contextlib
import os
import random
from pathlib import Path

import pytest

from benchmarks.rest import Refused, Rest
from tests.durability.changes import Attempt, Client, fits
from tests.durability.facts import Place, answer_of
from tests.durability.installation import READ_ONLY, SMALL_DISK, Installation
from tests.durability.tokens import ask_for_tokens

pytestmark = pytest.mark.needs("unshare", "nsenter", "mount")

LARGEST_BYTES, SMALLEST_BYTES = 1 << 20, 1 << 10
CHANGES = 12


def fill(path: Path) -> None:
    """Write a file until nothing more goes onto its disk."""
    with contextlib.suppress(OSError), path.open("ab", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def make_asset(rest: Rest, place: Place) -> str:
    """The path of something to upload to."""
    assets = f"/v1/Services/{place.service_sid}/Assets"
    return f"{assets}/{rest.post(assets, {'FriendlyName': 'filler'})['sid']}"


def upload_until_nothing_fits(rest: Rest, asset: str) -> None:
    """The database's files have some room in them: take it, in ever smaller pieces."""
    size = LARGEST_BYTES
    while size >= SMALLEST_BYTES:
        try:
            rest.upload(f"{asset}/Versions", "/filler.bin", os.urandom(size), "filler.bin", "text/plain")
        except Refused as refused:
            if refused.status != 503:
                raise
            size //= 2


def check_reads(running: Installation) -> None:
    """Tokens are issued, and what is kept can be read."""
    assert ask_for_tokens(running.server) == {200}
    assert [running.server.api(path).status for path in ("/v1/Services", "/readyz")] == [200, 200]


def change(client: Client, count: int) -> list[Attempt]:
    """Ask for so many changes."""
    return [client.attempt(client.choose()) for _ in range(count)]


def test_full_disk_costs_writes_alone(tmp_path: Path) -> None:
    """503 with a sentence for each, nothing half-written; reads and tokens go on; with room, writes do again."""
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(Installation(tmp_path / "d", mounts=SMALL_DISK))
        place = running.make_place()
        filler = running.data / "filler"
        client = Client(running.rest(), place, running.look(place), random.Random(7))
        stack.callback(client.close)
        change(client, CHANGES)
        with running.rest() as rest:
            asset = make_asset(rest, place)
            fill(filler)
            upload_until_nothing_fits(rest, asset)
        refused = change(client, CHANGES)
        seen = running.look(place)

        assert [each.change.name for each in refused if each.error is None] == []
        assert all("full" in str(each.error) for each in refused)
        assert fits(seen.facts, client.facts)
        assert seen.faults == ()
        assert running.ask(place) == answer_of(seen.facts)
        check_reads(running)

        filler.unlink()
        done = change(client, CHANGES)
        running.await_ready()
        seen = running.look(place)

        assert [each.change.name for each in done if each.error is not None] == []
        assert fits(seen.facts, client.facts)
        assert seen.faults == ()
        assert running.ask(place) == answer_of(seen.facts)


def test_read_only_database_costs_writes_alone(tmp_path: Path) -> None:
    """Started over a file that it may not write, it serves and reads; each write is a 503 that says why."""
    with contextlib.ExitStack() as stack:
        with Installation(tmp_path / "d") as running:
            place = running.make_place()
            client = Client(running.rest(), place, running.look(place), random.Random(7))
            stack.callback(client.close)
            change(client, CHANGES)
            before = running.look(place)
        running = stack.enter_context(Installation(tmp_path / "d", mounts=READ_ONLY))
        client.learn(before, running.rest())
        refused = change(client, CHANGES)

        assert [each.change.name for each in refused if each.error is None] == []
        assert all("read-only" in str(each.error) for each in refused)
        assert running.look(place).facts == before.facts
        assert running.ask(place) == answer_of(before.facts)
        check_reads(running)
