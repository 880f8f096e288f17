"""Log lines on their way to control: in order, once each, and every lost one counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from gettone.gateway.records import Answered
from gettone.gateway.shipping import BATCH_LINES, LINE_BYTES, LINE_BYTES_MAX, Shipping
from gettone.model.deployments import Deployment
from gettone.model.functions import Function, Language, Visibility
from gettone.model.logs import LogEntry, LogFilter
from gettone.model.pages import PageRequest
from gettone.model.sids import ACCOUNT, ENVIRONMENT, FUNCTION, SERVICE
from gettone.routes.compile import compile_environment
from gettone.wire.feed import Lines
from gettone.workers.logs import LogRecord
from tests.feeds import Control, Site, account, open_control
from tests.gateway.nodes import open_node, until
from tests.routes.samples import BUILD_SID, DEPLOYMENT_SID

pytestmark = pytest.mark.anyio

FUNCTION_ = Function(
    "/a", "a", "functions/a.py", "handlers/a.py", Language.PYTHON, Visibility.PUBLIC, b"", FUNCTION.derive("a")
)
REQUEST = "RQ" + "0" * 32


@pytest.fixture
def anyio_backend() -> str:
    """The loop that the gateway runs on, but for uvloop."""
    return "asyncio"


def deployment(name: str = "a") -> Deployment:
    """What is served for one environment."""
    return Deployment(
        SERVICE.derive(name),
        ENVIRONMENT.derive(name),
        f"{name}.localhost",
        (FUNCTION_,),
        (),
        account_sid=ACCOUNT.derive("test"),
        build_sid=BUILD_SID,
        deployment_sid=DEPLOYMENT_SID,
    )


def made(**bounds: int) -> Shipping:
    """A shipping where worker `k` serves an environment `k`, for whatever `k` is but `nobody`."""
    shipping = Shipping(**bounds)  # type: ignore[arg-type]
    shipping.find_environment = lambda key: None if key == "nobody" else compile_environment(deployment(key))
    return shipping


def record(text: str, key: str = "a") -> LogRecord:
    """A line of a function."""
    return LogRecord("info", text, "/a", REQUEST, key=key)


def texts(sent: list[Lines]) -> list[list[str]]:
    """What was said, batch by batch."""
    return [[line.message for line in batch.lines] for batch in sent]


async def test_lines_leave_together_after_a_moment() -> None:
    """With all their SIDs; the next batch waits until the first one is kept."""
    sent: list[Lines] = []
    shipping = made()
    shipping.connect(sent.append)
    for text in ("one", "two"):
        shipping.log(record(text))

    assert sent == []
    assert await until(lambda: bool(sent))
    later = [str(number) for number in range(BATCH_LINES)]
    for text in later:
        shipping.log(record(text))
    assert texts(sent) == [["one", "two"]]
    shipping.kept(2)
    assert texts(sent) == [["one", "two"], later]
    line = sent[0].lines[0]
    assert (line.function_sid, line.request_sid, line.build_sid) == (FUNCTION_.sid, REQUEST, BUILD_SID)
    assert (line.level, line.is_platform, line.environment_sid) == ("info", False, ENVIRONMENT.derive("a"))
    assert len({each.sid for batch in sent for each in batch.lines}) == 2 + BATCH_LINES
    shipping.close()


async def test_full_batch_leaves_at_once() -> None:
    """And the rest when it is kept."""
    sent: list[Lines] = []
    shipping = made()
    shipping.connect(sent.append)
    for number in range(2 * BATCH_LINES + 1):
        shipping.log(record(str(number)))

    assert len(sent[0].lines) == BATCH_LINES
    shipping.kept(BATCH_LINES)
    shipping.kept(BATCH_LINES)
    assert texts(sent)[1][0] == str(BATCH_LINES)
    assert shipping.waiting_lines == 1
    shipping.close()


async def test_unacknowledged_lines_are_sent_again_over_the_next_connection() -> None:
    """The same lines under the same SIDs, those that were kept meanwhile left out, in their order."""
    first: list[Lines] = []
    second: list[Lines] = []
    shipping = made()
    for text in "abcd":
        shipping.log(record(text))
    shipping.connect(first.append)
    shipping.kept(1)
    shipping.disconnect()
    shipping.log(record("e"))
    shipping.connect(second.append)

    assert texts(second) == [["b", "c", "d", "e"]]
    assert second[0].lines[:3] == first[0].lines[1:]
    shipping.kept(4)
    assert shipping.waiting_lines == 0


async def test_lines_beyond_the_bound_are_counted_by_environment() -> None:
    """Exactly: what is told as lost, and what came, is what was said."""
    sent: list[Lines] = []
    shipping = made(lines_max=10)
    for number in range(25):
        shipping.log(record(str(number), "a" if number % 2 else "b"))
    shipping.connect(sent.append)
    shipping.disconnect()
    shipping.connect(sent.append)
    shipping.kept(10)

    assert texts(sent)[1] == [str(number) for number in range(10)]
    lost = {loss.environment_sid: loss.count for loss in sent[1].dropped}
    assert lost == {ENVIRONMENT.derive("a"): 7, ENVIRONMENT.derive("b"): 8}
    assert sent[0].dropped == sent[1].dropped
    assert shipping.dropped_total == 15
    shipping.log(record("after"))
    assert await until(lambda: len(sent) == 3)
    assert (texts(sent)[2], sent[2].dropped) == (["after"], ())
    shipping.close()


async def test_memory_is_bounded_by_bytes_too() -> None:
    """One long line is cut, many are dropped."""
    sent: list[Lines] = []
    shipping = made(bytes_max=3 * (LINE_BYTES + LINE_BYTES_MAX))
    for _ in range(5):
        shipping.log(record("é" * LINE_BYTES_MAX))
    shipping.connect(sent.append)

    assert shipping.dropped_total == 2
    assert len(sent[0].lines[0].message.encode()) <= LINE_BYTES_MAX
    shipping.close()


async def test_halves_of_surrogate_pairs_spoil_no_batch() -> None:
    """They become question marks."""
    sent: list[Lines] = []
    shipping = made()
    shipping.log(record("a\ud800b"))
    shipping.connect(sent.append)

    assert texts(sent) == [["a?b"]]


async def test_answers_that_went_wrong_can_be_found_by_their_request() -> None:
    """A line of the platform's: error for 5xx, warning for a refusal, none for the rest."""
    sent: list[Lines] = []
    shipping = made()
    for status in (200, 404, 429, 502):
        shipping.answered(Answered(REQUEST, "POST", "/a", status, 0.0123, deployment(), FUNCTION_))
    shipping.answered(Answered(REQUEST, "POST", "/a", 500, 0.1))
    shipping.connect(sent.append)

    assert [(line.level, line.message, line.is_platform) for line in sent[0].lines] == [
        ("warning", "POST /a was answered with 429 after 12 ms", True),
        ("error", "POST /a was answered with 502 after 12 ms", True),
    ]


async def test_line_of_nobody_is_not_sent() -> None:
    """A worker that was given no deployment, or one that is forgotten."""
    sent: list[Lines] = []
    shipping = made()
    shipping.log(record("a", "nobody"))
    shipping.log(LogRecord("info", "b"))
    shipping.connect(sent.append)

    assert sent == []


CHATTY = b"""def handler(context, event):
    for number in range(int(event.count)):
        print(event.name, number)
    if event.get("fail"):
        raise ValueError("as asked")
"""


async def kept_lines(control: Control, site: Site) -> list[LogEntry]:
    """All lines of an environment that control has, oldest first."""
    page = await control.logs.page(
        site.account_sid, LogFilter(environment_sid=site.segment().environment_sid), PageRequest(size=1000)
    )
    return sorted(page.items, key=lambda entry: (entry.created_at, entry.sid))


async def test_what_functions_print_is_kept_once_though_control_dies(tmp_path: Path) -> None:
    """Printed before, while and after it is away: each line once, in its order, with its request."""
    site = Site("chatty-1", {"functions/a.py": CHATTY})
    async with open_control(tmp_path) as control, open_node(tmp_path / "gateway", control.socket) as node:
        await control.served(await control.publish(account(), site))
        for name in ("before", "while", "after"):
            if name == "while":
                await control.feed.close()
            answer = await node.ask(site.host, f"/a?count=40&name={name}{'&fail=1' if name == 'after' else ''}")
            if name == "while":
                again = Control(control.store, control.logs, control.socket)
                await again.open()
        assert await until(lambda: node.shipping.waiting_lines == 0)
        lines = await kept_lines(control, site)
        await again.close()

    said = [entry.message for entry in lines if not entry.is_platform and " " in entry.message][:120]
    assert [line for line in said if line[0] in "bwa" and line.split()[-1].isdigit()] == [
        f"{name} {number}" for name in ("before", "while", "after") for number in range(40)
    ]
    (request,) = (value for name, value in answer.headers if name == "x-request-id")
    failed = [entry for entry in lines if entry.request_sid == request and entry.level == "error"]
    assert answer.status == 500
    assert any("as asked" in entry.message for entry in failed)
    assert any("answered with 500" in entry.message for entry in failed)
