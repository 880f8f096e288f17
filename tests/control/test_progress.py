"""How far a deploy is: what those who watch see of it, for how long it is kept, and who may ask."""

from __future__ import annotations

import asyncio
import os

import pytest

from gettone.control import progress as module
from gettone.control.progress import Board, Progress, Refused, StepName, StepState, View
from gettone.model.errors import PlatformError
from gettone.model.sids import ENVIRONMENT, SERVICE
from tests.control.offices import ACCOUNT_SID, OTHER_SID, Clock, holder

pytestmark = pytest.mark.anyio

REFUSED = Refused(StepName.BUILDING, "invalid", "no")


class Ticks:
    """Monotonic time that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def board(clock: Clock, ticks: Ticks) -> Board:
    """A board with nothing on it."""
    return Board(clock, os.urandom, ticks)


def begun(board: Board, started: float = 100.0) -> Progress:
    """A deploy that was just asked for."""
    return board.open(ACCOUNT_SID, SERVICE.derive("a"), ENVIRONMENT.derive("a"), started)


def states(view: View) -> list[StepState]:
    """How far each step is."""
    return [step.state for step in view.steps]


async def test_steps_take_their_time() -> None:
    """A step ends when the next one begins; what has nothing to do is skipped; a refusal fails the step it came in."""
    ticks = Ticks()
    progress = begun(board(Clock(), ticks))
    progress.begin(StepName.CHECKING)
    ticks.now += 0.5
    progress.begin(StepName.BUILDING)
    progress.say("halfway")
    running = progress.view
    ticks.now += 2
    progress.skip(StepName.DEPENDENCIES)
    progress.finish(REFUSED)

    assert states(running) == [StepState.DONE, StepState.RUNNING, *[StepState.WAITING] * 3]
    assert (running.step.name, running.step.says, running.steps[0].seconds) == (StepName.BUILDING, "halfway", 0.5)
    assert states(progress.view) == [StepState.DONE, StepState.FAILED, StepState.SKIPPED, *[StepState.WAITING] * 2]
    assert progress.view.steps[1].seconds == 2
    assert progress.elapsed == 2.5
    assert progress.view.outcome == REFUSED


async def test_whoever_watches_sees_each_change_and_the_end() -> None:
    """Also who comes when it is over; and two at once do not take from each other."""
    progress = begun(board(Clock(), Ticks()))
    seen: list[View] = []

    async def watch() -> list[View]:
        return [view async for view in progress.watch()]

    async def follow() -> None:
        async for view in progress.watch():
            seen.append(view)
            if view.step.state is StepState.WAITING:
                progress.begin(StepName.CHECKING)
            elif view.outcome is None:
                progress.finish(REFUSED)

    other = asyncio.create_task(watch())
    async with asyncio.timeout(10):
        await follow()
        others = await other

    assert [view.outcome for view in seen][-1] == REFUSED
    assert others[-1].outcome == REFUSED
    assert [view async for view in progress.watch()] == [progress.view]
    assert await progress.finished() is progress.view


async def test_slow_watcher_sees_the_last() -> None:
    """What it missed is not kept for it."""
    progress = begun(board(Clock(), Ticks()))
    watching = progress.watch()
    first = await anext(watching)
    for name in StepName:
        progress.begin(name)
    progress.finish(REFUSED)

    rest = [view async for view in watching]

    assert first.outcome is None
    assert [view.outcome for view in rest] == [REFUSED]


async def test_deploy_begins_again_with_its_first_step() -> None:
    """Where what it was built on has changed: nothing of what it said before stands."""
    progress = begun(board(Clock(), Ticks()))
    progress.begin(StepName.CHECKING)
    progress.begin(StepName.BUILDING)
    progress.restart()

    assert states(progress.view) == [StepState.WAITING] * 5


async def test_others_do_not_find_it() -> None:
    """Another account is told the same as for one that never was."""
    kept = board(Clock(), Ticks())
    progress = begun(kept)

    assert kept.find(holder(), progress.id) is progress
    with pytest.raises(PlatformError) as theirs:
        kept.find(holder(OTHER_SID), progress.id)
    with pytest.raises(PlatformError) as nobodys:
        kept.find(holder(), "nothing")
    assert (theirs.value.code, theirs.value.message) == (nobodys.value.code, nobodys.value.message)
    assert theirs.value.code == "not_found"


async def test_deploys_are_forgotten_after_some_minutes() -> None:
    """Those that are under way never."""
    clock = Clock()
    kept = board(clock, Ticks())
    over, running = begun(kept), begun(kept)
    over.finish(REFUSED)
    clock.move(minutes=9)
    assert kept.find(holder(), over.id) is over
    clock.move(minutes=2)

    with pytest.raises(PlatformError, match="the history tells of it"):
        kept.find(holder(), over.id)
    assert kept.find(holder(), running.id) is running


async def test_board_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is over the oldest goes first; too many that are under way are refused."""
    monkeypatch.setattr(module, "KEPT_MAX", 3)
    monkeypatch.setattr(module, "RUNNING_MAX", 3)
    kept = board(Clock(), Ticks())
    made = [begun(kept) for _ in range(3)]
    with pytest.raises(PlatformError) as full:
        begun(kept)
    for each in made:
        each.finish(REFUSED)
    more = [begun(kept) for _ in range(2)]

    assert full.value.code == "unavailable"
    assert kept.find(holder(), more[1].id) is more[1]
    with pytest.raises(PlatformError):
        kept.find(holder(), made[0].id)
