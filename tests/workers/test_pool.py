"""The pool's promises to who calls it. Guests are spoken to in `tests/guests`, orders of events are in `test_plan`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from gettone.sandbox.errors import LaunchError
from gettone.wire.messages import Load
from gettone.workers.logs import LogRecord
from gettone.workers.outcome import Crashed, Outcome
from gettone.workers.pool import Pool
from gettone.workers.runtimes import Packages, Started
from gettone.workers.spec import WorkerLimits, WorkerSpec

pytestmark = pytest.mark.anyio

LOAD = Load("/", (), (), {}, {}, None, log_bytes=1000, response_bytes=1000)
SPEC = WorkerSpec("digest-python", "python", LOAD, WorkerLimits(), Path("/nowhere"))
REQUEST = "RQ" + "0" * 32


@pytest.fixture
def anyio_backend() -> str:
    """The loop that the gateway runs on, but for uvloop."""
    return "asyncio"


class Barren:
    """Where no guest comes from."""

    async def start(self, packages: Packages) -> Started:
        """Fail."""
        raise LaunchError("there is none")

    async def close(self) -> None:
        """End nothing."""


class Kept:
    """What was logged."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def log(self, record: LogRecord) -> None:
        """Keep it."""
        self.texts.append(record.text)


@pytest.fixture
def pool() -> Callable[[], Pool]:
    """A pool that can have no worker."""
    return lambda: Pool({"python": Barren()}, Kept(), {})


async def test_call_that_no_worker_can_be_had_for_has_an_outcome(pool: Callable[[], Pool]) -> None:
    """Whoever waits is told why."""
    opened = pool()

    outcome = await opened.invoke(SPEC, "/f", REQUEST, b"{}")
    await opened.close()

    assert outcome == Crashed("no worker could be started: there is none")


async def test_outcome_that_is_not_taken_costs_no_other_call_its_own(pool: Callable[[], Pool]) -> None:
    """A caller that fails as it is told is reported to the loop; the next one is told all the same."""
    told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context["exception"]))
    fault = RuntimeError("cannot take it")

    def fail(outcome: Outcome) -> None:
        raise fault

    opened = pool()
    opened.start(SPEC, "/f", REQUEST, b"{}", fail)
    opened.start(SPEC, "/f", REQUEST, b"{}", told.set_result)

    assert isinstance(await told, Crashed)
    assert reported == [fault]

    await opened.close()


async def test_closing_ends_every_call_once(pool: Callable[[], Pool]) -> None:
    """A call that waits for its worker is told that the gateway stops."""
    told: list[Outcome] = []
    opened = pool()
    opened.start(SPEC, "/f", REQUEST, b"{}", told.append)

    await opened.close()

    assert told == [Crashed("the gateway is stopping")]
