"""Live lines reach whoever listens, at once and once, and who was away gets what came meanwhile."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from gettone.api import tail
from gettone.control.tails import LINES_MAX
from gettone.model.logs import Level, LogEntry
from gettone.model.sids import AccountSid, EnvironmentSid, LogSid, ServiceSid
from tests.api.server import Served, serve_api
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN, OTHER_SID, STARTED_AT

ARRIVAL_SECONDS = 0.2
AUTH = (ACCOUNT_SID, AUTH_TOKEN)
PATH = "/api/v1/logs/tail"

Event = dict[str, Any]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """One server for the whole module."""
    with serve_api() as running:
        yield running


@pytest.fixture
def place(served: Served) -> Iterator[tuple[ServiceSid, EnvironmentSid]]:
    """A service and its environment."""
    form = {"UniqueName": "tailed", "FriendlyName": "x"}
    with httpx2.Client(base_url=served.url, auth=AUTH) as client:
        service = client.post("/v1/Services", data=form).json()["sid"]
        made = client.post(f"/v1/Services/{service}/Environments", data={"UniqueName": "dev", "DomainSuffix": "dev"})
        yield ServiceSid(service), EnvironmentSid(made.json()["sid"])
        client.delete(f"/v1/Services/{service}")


def line(place: tuple[ServiceSid, EnvironmentSid], message: str, number: int = 0) -> LogEntry:
    """A line of the environment's."""
    service, environment = place
    return LogEntry(
        sid=LogSid(f"NO{abs(hash((environment, message, number))):032x}"),
        account_sid=ACCOUNT_SID,
        service_sid=service,
        environment_sid=environment,
        build_sid=None,
        deployment_sid=None,
        function_sid=None,
        request_sid=None,
        level=Level.INFO,
        message=message,
        is_platform=False,
        created_at=STARTED_AT + timedelta(seconds=number),
    )


def write(served: Served, *entries: LogEntry) -> None:
    """Hand lines to the writer, and wait until they are kept."""

    async def take() -> None:
        await served.api.writer.take(entries)

    asyncio.run_coroutine_threadsafe(take(), served.loop).result(10)


class Listener:
    """Reads events from an answer, one after the other."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._lines = answer.iter_lines()

    def next(self) -> Event:
        """The next event, or the next comment; comes with its fields."""
        event: Event = {}
        for text in self._lines:
            if not text:
                return event
            name, _, value = text.partition(":")
            event[name or "comment"] = value.strip()
        return event


@contextmanager
def listening(served: Served, last: str | None = None, **query: str) -> Iterator[Listener]:
    """Listen; what is written from now on is heard."""
    headers = {} if last is None else {"Last-Event-ID": last}
    with (
        httpx2.Client(base_url=served.url, auth=AUTH, timeout=10) as client,
        client.stream("GET", PATH, params=query, headers=headers) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        listener = Listener(answer)
        assert listener.next() == {"comment": "listening", "retry": str(tail.RETRY_MS)}
        yield listener


def test_line_arrives_at_once(served: Served, place: tuple[ServiceSid, EnvironmentSid]) -> None:
    """Within 200 ms of being handed over, with all that is known of it; its id is its SID."""
    sent = line(place, "hello")
    with listening(served, environment_sid=place[1]) as listener:
        started = time.monotonic()
        write(served, sent)
        event = listener.next()
        seconds = time.monotonic() - started

    shown = json.loads(event["data"])
    assert event.keys() == {"id", "data"}
    assert event["id"] == shown["sid"] == sent.sid
    assert (shown["message"], shown["level"], shown["is_platform"]) == ("hello", "info", False)
    assert shown["created_at"] == "2026-11-24T09:30:00.000000Z"
    assert seconds < ARRIVAL_SECONDS


def test_only_what_is_wanted_arrives(served: Served, place: tuple[ServiceSid, EnvironmentSid]) -> None:
    """By level and text; never another account's."""
    foreign = replace(line(place, "wanted of another account"), account_sid=AccountSid(OTHER_SID))
    quiet, loud = line(place, "wanted"), replace(line(place, "wanted", 1), level=Level.ERROR)
    with listening(served, service="tailed", level="error", text="wanted") as listener:
        write(served, foreign, quiet, replace(line(place, "other"), level=Level.ERROR), loud)

        assert listener.next()["id"] == loud.sid


def test_who_comes_back_gets_what_it_missed_once(served: Served, place: tuple[ServiceSid, EnvironmentSid]) -> None:
    """Oldest first, then what comes live."""
    entries = [line(place, f"line {number}", number) for number in range(6)]
    write(served, *entries[:5])
    with listening(served, entries[1].sid, service=place[0], environment_sid=place[1]) as listener:
        write(served, entries[5])
        heard = [listener.next()["id"] for _ in range(4)]

    assert heard == [entry.sid for entry in entries[2:]]


@pytest.mark.parametrize("query", ["environment_sid", "service", "both"])
def test_gap_of_unknown_size_is_told(served: Served, place: tuple[ServiceSid, EnvironmentSid], query: str) -> None:
    """Where nobody knows what came meanwhile, the client is told to look for itself."""
    named = {"service": place[0], "environment_sid": place[1]}
    asked = named if query == "both" else {query: named[query]}
    with listening(served, "NO" + "f" * 32, **asked) as listener:
        event = listener.next()

    assert (event["event"], json.loads(event["data"])) == ("dropped", {"count": None})


def test_slow_listener_is_told_how_much_it_lost(served: Served, place: tuple[ServiceSid, EnvironmentSid]) -> None:
    """The count is exact, and stands where the lines are missing."""
    flood = [line(place, "x", number) for number in range(LINES_MAX + 7)]
    with listening(served, environment_sid=place[1]) as listener:

        async def offer_all() -> None:
            # In one turn of the loop, so that nothing is read in between.
            served.api.tails.hand_on(flood)

        asyncio.run_coroutine_threadsafe(offer_all(), served.loop).result(10)
        events = [listener.next() for _ in range(LINES_MAX + 1)]

    assert [event.get("event") for event in events] == [None] * LINES_MAX + ["dropped"]
    assert json.loads(events[-1]["data"]) == {"count": 7}


def test_silence_has_a_heartbeat(
    served: Served, place: tuple[ServiceSid, EnvironmentSid], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that proxies keep the connection."""
    monkeypatch.setattr(tail, "HEARTBEAT_SECONDS", 0.05)
    with listening(served, environment_sid=place[1]) as listener:
        assert [listener.next(), listener.next()] == [{"comment": "ping"}] * 2


def test_end_of_the_server_ends_the_stream(served: Served, place: tuple[ServiceSid, EnvironmentSid]) -> None:
    """Nobody has to wait for whoever listens."""
    with listening(served, environment_sid=place[1]) as listener:
        served.loop.call_soon_threadsafe(served.api.tails.close)

        assert listener.next() == {}


def test_who_goes_away_is_forgotten(
    served: Served, place: tuple[ServiceSid, EnvironmentSid], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed connection holds nothing."""
    monkeypatch.setattr(tail, "HEARTBEAT_SECONDS", 0.05)
    with listening(served, environment_sid=place[1]):
        assert served.api.tails.count == 1
    end = time.monotonic() + 5
    while served.api.tails.count and time.monotonic() < end:
        time.sleep(0.01)  # there is no event for it: the server notices when it next writes

    assert served.api.tails.count == 0


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"environment_sid": "ZE" + "0" * 32}, 404),
        ({"service": "nothing"}, 404),
        ({"environment_sid": "dev"}, 400),
        ({"level": "loud"}, 400),
        ({"text": "x" * 1001}, 400),
    ],
)
def test_wrong_question_is_refused_before_the_stream(served: Served, query: dict[str, str], status: int) -> None:
    """A status, not an empty stream."""
    assert httpx2.get(served.url + PATH, params=query, auth=AUTH, timeout=10).status_code == status
