"""Figures on the start page: today, over time, by function; what went live, and how things stand."""

from __future__ import annotations

import html
import os
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from gettone.console.app import make_console
from gettone.console.figures import DAY, HOUR, MONTH, WEEK, Span
from gettone.control.health import Health
from gettone.model.request_counts import LATENCY_BUCKETS, MinuteCount, Tally
from gettone.model.sids import EnvironmentSid, FunctionSid, ServiceSid
from gettone.model.users import Role
from gettone.wire.feed import ServingProblem
from tests.console.rooms import Rooms, let_in, open_rooms, owner
from tests.console.serving import HOSTS, Gateways, make_browser
from tests.control.offices import ACCOUNT_SID, STARTED_AT

pytestmark = pytest.mark.anyio

GONE = FunctionSid("ZH" + "9" * 32)


def latency(quick: int, slow: int = 0) -> tuple[int, ...]:
    """So many answers within a millisecond or so, and so many within a second."""
    counts = [0] * LATENCY_BUCKETS
    counts[5], counts[20] = quick, slow
    return tuple(counts)


async def count(rooms: Rooms, minutes_ago: int, tally: Tally, function_sid: FunctionSid | None = None) -> None:
    """Let the service's function, or another, have answered."""
    environment = (await rooms.sheet()).environment
    assert environment is not None
    minute = MinuteCount(
        "g1",
        ACCOUNT_SID,
        ServiceSid(rooms.service.sid),
        EnvironmentSid(environment.sid),
        function_sid or FunctionSid(rooms.file_sid),
        STARTED_AT - timedelta(minutes=minutes_ago),
        tally,
    )
    await rooms.served.office.logs.add_counts([minute])


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    """A service that answered within this hour, and another function of it before that."""
    async with open_rooms() as rooms:
        await count(rooms, 3, Tally(client_errors=2, refused=1, latency=latency(97, 3)))
        await count(rooms, 1, Tally(server_errors=1, latency=latency(11)))
        await count(rooms, 50, Tally(latency=latency(7)), GONE)
        await count(rooms, 300, Tally(latency=latency(1000)))
        yield rooms


async def page(rooms: Rooms, **query: str) -> str:
    """The start page."""
    answer = await rooms.served.browser.get("/", params=query)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def column(text: str, caption: str, place: int) -> list[float]:
    """The values of a column of a plot's table, as the plot is drawn from them; what is empty is left out."""
    found = re.search(rf"<caption[^>]*>{caption}.*?</table>", text, re.DOTALL)
    assert found is not None
    rows = [re.findall(r'data-value="([^"]*)"', row) for row in re.findall(r"<tr>.*?</tr>", found[0])]
    return [float(row[place]) for row in rows if len(row) > place and row[place]]


async def test_today_is_told_in_four_figures(rooms: Rooms) -> None:
    """All answers, the share of what was not given and why, how fast, and how often functions failed."""
    text = await page(rooms)

    assert "<b>1,118</b><span>requests answered today" in text
    assert "<b>0.4 %</b><span>not answered as asked, today: 2 refused by functions, 1 by limits" in text
    assert "median answer today, p99" in text
    assert "<b>1</b><span>failures of functions today" in text


async def test_plots_are_drawn_from_tables(rooms: Rooms) -> None:
    """Each minute of the hour has a row; where nothing was answered, there is no time of an answer."""
    text = await page(rooms)
    times, requests, errors = (column(text, "Requests and errors, each minute", place) for place in (0, 1, 2))
    quick, slow = (column(text, "Time to answer: p50 and p99, each minute", place) for place in (1, 2))

    assert len(times) == 60
    assert {later - earlier for earlier, later in pairwise(times)} == {60}
    assert times[-1] == STARTED_AT.timestamp()
    assert (sum(requests), max(requests), sum(errors)) == (118, 100, 4)
    assert len(quick) == len(slow) == 3
    assert max(quick) < 2 < 100 < max(slow)


@pytest.mark.parametrize(("span", "total"), [("hour", 118), ("day", 1118), ("week", 1118), ("month", 1118), ("x", 118)])
async def test_span_is_chosen_by_a_link(rooms: Rooms, span: str, total: int) -> None:
    """What is no span is the hour; the chosen one says so."""
    text = await page(rooms, span=span)
    chosen = re.findall(r'<a href="[^"]*" aria-current="true">(Last [^<]+)</a>', text)

    assert sum(column(text, "Requests and errors", 1)) == total
    assert len(chosen) == 1


async def test_function_is_chosen_by_a_link(rooms: Rooms) -> None:
    """Its own figures stand in the plots; one that was deleted is told by its SID."""
    text = await page(rooms)
    links = dict(re.findall(r'<th scope="row"><a href="(/\?function=[^"]+)">([^<]+)</a>', text))
    first, second = links
    chosen = html.unescape((await rooms.served.browser.get(second)).text)

    assert links[first] == "Create Room Token"
    assert links[second] == "deleted, ZH99…9999"
    assert sum(column(chosen, "Requests and errors", 1)) == 7
    assert "All functions" in chosen


async def test_function_that_is_not_there_is_passed_over(rooms: Rooms) -> None:
    """An old address shows all."""
    assert sum(column(await page(rooms, function="ZE1.ZH1"), "Requests and errors", 1)) == 118


async def test_last_deployment_is_told_with_its_author(rooms: Rooms) -> None:
    """Which service, which environment, and who it was; the first steps are over."""
    assert "From here to a token" in await page(rooms)
    await rooms.save('def handler(context, event):\n    return "hello"\n')
    text = await page(rooms)

    assert "Last deployed" in text
    assert f'href="/services/{rooms.service.sid}?environment=' in text
    assert "owner@example.com" in text
    assert "From here to a token" not in text
    assert 'href="/functions/new"' in text


async def test_viewer_sees_figures_and_no_deed(rooms: Rooms) -> None:
    """Nothing to make, nothing to show."""
    await let_in(rooms.served, Role.VIEWER)
    text = await page(rooms)

    assert "<b>1,118</b>" in text
    assert "/functions/new" not in text
    assert "/keys/new" not in text


@pytest.mark.parametrize(
    ("gateways", "said"),
    [
        (Gateways(are_there=False), "No gateway follows just now"),
        (Gateways(served=1), "The gateway answers with revision 1;"),
        (Gateways(served=1, told=(ServingProblem("", "'(' was never closed", file="functions/a.py", line=3),)), "a.py"),
    ],
    ids=["away", "behind", "problem"],
)
async def test_health_is_told_in_words(rooms: Rooms, gateways: Gateways, said: str) -> None:
    """Whether what was published is served; and what could not be, with its line."""
    environment = (await rooms.sheet()).environment
    assert environment is not None
    told = tuple(
        ServingProblem(environment.sid, each.message, file=each.file, line=each.line) for each in gateways.told
    )
    await rooms.served.desk.api_keys.create(owner(), account_sid=ACCOUNT_SID, friendly_name="published")
    health = Health(rooms.served.office, replace(gateways, told=told))
    app = make_console(replace(rooms.served.desk, health=health), randomness=os.urandom, hosts=HOSTS)
    async with make_browser(app) as browser:
        browser.cookies = rooms.served.browser.cookies
        text = html.unescape((await browser.get("/")).text)

    assert said in text


@pytest.mark.parametrize("span", [HOUR, DAY, WEEK, MONTH], ids=lambda span: span.name)
@pytest.mark.parametrize("now", [STARTED_AT, datetime(2026, 3, 29, 1, 59, 59, 999999, tzinfo=UTC)])
def test_span_holds_now_and_begins_where_clocks_are_whole(span: Span, now: datetime) -> None:
    """Its last step is the one that goes on."""
    since = span.since(now)
    steps = (now - since) // timedelta(seconds=span.step_seconds)

    assert since.timestamp() % span.step_seconds == 0
    assert steps == span.seconds // span.step_seconds - 1
