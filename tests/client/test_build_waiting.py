"""Waiting for a build: what is told meanwhile, and how it ends."""

from __future__ import annotations

import json
from itertools import count

import pytest

from gettone.client.address import gettone_at
from gettone.client.build_waiting import BUILD_SECONDS, POLL_SECONDS_MAX, await_build
from gettone.client.connection import Connection, Credentials
from gettone.model.errors import PlatformError
from tests.client.scripted import Reply, scripted

BUILD = "ZB" + "1" * 32


def build(status: str, log: str = "") -> Reply:
    """A build's status, with what only its detail has."""
    document = {
        "sid": BUILD,
        "status": status,
        "runtime": "node24",
        "python_runtime": "python3.11",
        "requirements": [],
        "log": log,
    }
    return Reply(body=json.dumps(document).encode())


def await_replies(*replies: Reply, clock: float = 0.0) -> tuple[list[str], list[float]]:
    """Wait for a build that is told of like this; what was told, and the pauses. `clock` goes on by so many seconds."""
    told: list[str] = []
    pauses: list[float] = []
    moments = count(0.0, clock)
    with (
        scripted(*replies) as server,
        Connection(gettone_at(server.url), Credentials("AC1", "x"), pause=pauses.append) as connection,
    ):
        await_build(connection, "shop", BUILD, told.append, clock=lambda: next(moments))
    return told, pauses


def test_each_line_is_told_once() -> None:
    """As it comes; status and log are asked by turns."""
    told, pauses = await_replies(
        *(build("building"), build("building", "npm\n")),
        *(build("building"), build("building", "npm\npip\n")),
        build("completed"),
    )

    assert told == ["  npm", "  pip"]
    assert pauses == sorted(pauses)


def test_pauses_grow_to_their_bound() -> None:
    """Nobody asks ten times a second for minutes."""
    _, pauses = await_replies(*[build("building")] * 20, build("completed"))

    assert max(pauses) == POLL_SECONDS_MAX


def test_failed_build_ends_with_the_end_of_its_log() -> None:
    """The reason stands there."""
    log = "".join(f"line {number}\n" for number in range(50)) + "No matching version found for left-pad@99\n"

    with pytest.raises(PlatformError) as caught:
        await_replies(build("failed"), build("failed", log))

    assert caught.value.code == "invalid"
    assert "left-pad@99" in caught.value.message
    assert "line 10\n" not in caught.value.message


def test_build_that_never_ends_is_given_up() -> None:
    """The same command finds it again."""
    with pytest.raises(PlatformError, match="type the same again later"):
        await_replies(build("building"), clock=BUILD_SECONDS)
