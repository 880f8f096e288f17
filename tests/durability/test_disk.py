"""A disk without room: reads and tokens go on; what would be written is refused, and none of it is there."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.rest import Refused, Rest
from tests.durability.changes import Attempt, Client, fits
from tests.durability.facts import Place, answer_of
from tests.durability.installation import Installation

pytestmark = pytest.mark.needs("unshare", "nsenter", "mount")

DISK_BYTES = 32 << 20
LARGEST_BYTES, SMALLEST_BYTES = 1 << 20, 1 << 10
CHANGES = 12
TOKENS = 20


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Installation]:
    """An installation on a small disk."""
    with Installation(tmp_path / "d", disk_bytes=DISK_BYTES) as started:
        yield started


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


def ask_for_token(running: Installation) -> int:
    """The status of a token request."""
    server = running.server
    headers = {"Content-Type": "application/json", "Host": f"{server.quickstart}.localhost"}
    return server.ask("/create-room-token", "POST", '{"identity": "alice"}', headers).status


def change(client: Client, count: int) -> list[Attempt]:
    """Ask for so many changes."""
    return [client.attempt(client.choose()) for _ in range(count)]


def test_full_disk_costs_writes_alone(running: Installation) -> None:
    """503 with a sentence for each, nothing half-written; reads and tokens go on; with room, writes do again."""
    place = running.make_place()
    filler = running.data / "filler"
    with contextlib.closing(Client(running.rest(), place, running.look(place), random.Random(7))) as client:
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
        assert all(ask_for_token(running) == 200 for _ in range(TOKENS))
        assert all(running.server.api(path).status == 200 for path in ("/v1/Services", "/readyz"))

        filler.unlink()
        done = change(client, CHANGES)
        running.await_ready()
        seen = running.look(place)

        assert [each.change.name for each in done if each.error is not None] == []
        assert fits(seen.facts, client.facts)
        assert seen.faults == ()
        assert running.ask(place) == answer_of(seen.facts)
