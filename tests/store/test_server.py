"""The tests' own PostgreSQL lives as long as the process that asked for it."""

from __future__ import annotations

import threading

import psycopg
import pytest

from tests.postgres import Server, private_server

pytestmark = pytest.mark.needs("postgres", "initdb")


def test_server_outlives_the_thread_that_asked_for_it() -> None:
    """A thread of a test comes and goes; others go on using the server."""
    with private_server({}) as server:

        def restart(it: Server) -> None:
            it.stop()
            it.start()

        passing = threading.Thread(target=restart, args=(server,))
        passing.start()
        passing.join()
        with psycopg.connect(server.url("postgres")) as connection:
            found = connection.execute("SELECT 1").fetchone()

    assert found == (1,)
