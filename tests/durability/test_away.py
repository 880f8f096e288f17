"""PostgreSQL away: tokens go on, changes are refused at once, and all is well again without anybody's help."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.changes import Attempt, Client, fits
from tests.durability.facts import answer_of
from tests.durability.installation import Installation
from tests.durability.tokens import ask_for_tokens
from tests.postgres import Server, private_server
from tests.start_server import start_server

pytestmark = pytest.mark.needs("postgres", "initdb")

CHANGES = 8
# A second is what it may take; a busy machine has its own idea of seconds.
AT_ONCE_SECONDS = 5.0


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    """A server that nobody else needs."""
    with private_server({"synchronous_commit": "on"}) as server:
        yield server


def refuse(client: Client) -> tuple[Attempt, float]:
    """A change that is refused, and how long that takes."""
    began = time.monotonic()
    attempt = client.attempt(client.choose())
    return attempt, time.monotonic() - began


def test_stopped_database_costs_changes_alone(tmp_path: Path, database: Server) -> None:
    """503 at once, and /readyz says so, while tokens are issued; once it is back, so is everything."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(database.database())
        stack.callback(database.start)
        running = stack.enter_context(Installation(tmp_path / "d", database, url))
        place = running.make_place()
        client = Client(running.rest(), place, running.look(place), random.Random(11))
        stack.callback(client.close)
        for _ in range(CHANGES):
            client.attempt(client.choose())
        running.await_ready()
        database.stop()
        refusals = [refuse(client) for _ in range(3)]

        assert all("database" in str(attempt.error) for attempt, _ in refusals)
        assert max(seconds for _, seconds in refusals) < AT_ONCE_SECONDS
        assert running.server.api("/readyz").status == 503
        assert running.server.api("/healthz").status == 200
        assert running.server.ask("/readyz").status == 200
        assert running.ask(place) == answer_of(client.facts)
        assert ask_for_tokens(running.server) == {200}

        database.start()
        running.await_ready()
        attempts = [client.attempt(client.choose()) for _ in range(CHANGES)]
        seen = running.look(place)

        assert [each.error for each in attempts] == [None] * CHANGES
        assert fits(seen.facts, client.facts)
        assert seen.faults == ()


def test_start_without_its_database_serves_and_waits(tmp_path: Path, database: Server) -> None:
    """From the disk at once; the API comes when the database does."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(database.database())
        stack.callback(database.start)
        with start_server(tmp_path, "--database-url", url) as first:
            quickstart = first.quickstart
        database.stop()
        second = stack.enter_context(start_server(tmp_path, "--database-url", url, ready=False))
        second.wait_for("It is tried again")
        second.port = int(second.wait_for(r"served from the last snapshot at https?://[^ ]+:(\d+)").group(1))
        second.quickstart = quickstart

        assert ask_for_tokens(second) == {200}
        database.start()
        second.wait_for("Gettone is up")
