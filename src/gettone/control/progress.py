"""How far a deploy is, step by step, for whoever watches: kept in memory for some minutes after it has ended.

A `View` is what can be seen at one moment, and never changes; `Progress` hands out the newest, and those that follow.
State of a `Board`: `_by_id`, those that are under way and those that ended lately. Must not know how a deploy is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gettone.model.errors import Code, PlatformError
from gettone.model.principals import Principal
from gettone.model.sids import AccountSid, BuildSid, DeploymentSid, EnvironmentSid, Randomness, ServiceSid

KEPT = timedelta(minutes=10)
KEPT_MAX = 500
RUNNING_MAX = 100


class StepName(StrEnum):
    """What a deploy is made of, in this order."""

    CHECKING = "checking"
    BUILDING = "building"
    DEPENDENCIES = "dependencies"
    WARMING = "warming"
    LIVE = "live"


class StepState(StrEnum):
    """How far a step is. One that has nothing to do is skipped."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """A step. `seconds` is how long it took, None before its end; `says` is the newest that was said meanwhile."""

    name: StepName
    state: StepState = StepState.WAITING
    seconds: float | None = None
    says: str | None = None


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """What is wrong with code, and where: `file` as a project has it, `sid` the function's. Both count from 1."""

    message: str
    name: str = "Error"
    file: str | None = None
    sid: str | None = None
    line: int | None = None
    column: int | None = None
    text: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """It is served, by `nodes` gateways, `seconds` after it was asked for; `problems` are what those say of it.

    `build_sid` is None where nothing is served any more. Where `is_served` is false no gateway has said so yet: it is
    published all the same.
    """

    revision: int
    deployment_sid: DeploymentSid
    build_sid: BuildSid | None
    seconds: float
    nodes: int = 0
    problems: tuple[SourceProblem, ...] = ()
    is_served: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not served, and what was served goes on. `log` is the end of the build's, where that failed."""

    step: StepName
    code: Code
    message: str
    problems: tuple[SourceProblem, ...] = ()
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A deploy as it stands. `outcome` is None while it is under way."""

    id: str
    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    started_at: datetime
    steps: tuple[Step, ...] = tuple(Step(name) for name in StepName)
    outcome: Live | Refused | None = None

    @property
    def step(self) -> Step:
        """The step that is under way, or was reached last."""
        reached = [each for each in self.steps if each.state is not StepState.WAITING]
        return reached[-1] if reached else self.steps[0]


class Progress:
    """A deploy that somebody watches. Whoever makes it says `begin`, `skip`, `say`, and in the end `finish`.

    `seconds` tells monotonic time; `started` is when it was asked for, by the same.
    """

    def __init__(self, view: View, account_sid: AccountSid, started: float, seconds: Callable[[], float]) -> None:
        self.account_sid = account_sid
        self.view = view
        self._started = started
        self._seconds = seconds
        self._begun = started
        self._changed = asyncio.Event()

    @property
    def id(self) -> str:
        """What it is found by."""
        return self.view.id

    @property
    def elapsed(self) -> float:
        """Seconds since it was asked for."""
        return self._seconds() - self._started

    async def watch(self) -> AsyncIterator[View]:
        """How it stands, and then each change, to its end. Who is slow misses some changes, never the last."""
        while True:
            view, changed = self.view, self._changed
            yield view
            if view.outcome is not None:
                return
            if self.view is view:
                await changed.wait()

    async def finished(self) -> View:
        """How it stands when it has ended."""
        while self.view.outcome is None:
            await self._changed.wait()
        return self.view

    def begin(self, name: StepName) -> None:
        """A step begins; the one before it is done."""
        self._end(StepState.DONE)
        self._begun = self._seconds()
        self._set(name, StepState.RUNNING, None)

    def skip(self, *names: StepName) -> None:
        """These steps have nothing to do."""
        for name in names:
            self._set(name, StepState.SKIPPED, None)

    def say(self, text: str) -> None:
        """Tell something of the step that is under way."""
        self._show(
            replace(
                self.view,
                steps=tuple(
                    replace(each, says=text) if each.state is StepState.RUNNING else each for each in self.view.steps
                ),
            )
        )

    def restart(self) -> None:
        """Begin again with the first step: what it was built on has changed meanwhile."""
        self._show(replace(self.view, steps=tuple(Step(name) for name in StepName)))

    def finish(self, outcome: Live | Refused) -> None:
        """It is over."""
        self._end(StepState.DONE if isinstance(outcome, Live) else StepState.FAILED)
        self._show(replace(self.view, outcome=outcome))

    def _end(self, state: StepState) -> None:
        for each in self.view.steps:
            if each.state is StepState.RUNNING:
                self._set(each.name, state, self._seconds() - self._begun)

    def _set(self, name: StepName, state: StepState, seconds: float | None) -> None:
        steps = tuple(
            replace(each, state=state, seconds=seconds) if each.name is name else each for each in self.view.steps
        )
        self._show(replace(self.view, steps=steps))

    def _show(self, view: View) -> None:
        self.view = view
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


@dataclass(slots=True)
class Board:
    """All that are watched."""

    clock: Callable[[], datetime]
    randomness: Randomness
    seconds: Callable[[], float]
    _by_id: dict[str, Progress] = field(default_factory=dict)

    def open(
        self, account_sid: AccountSid, service_sid: ServiceSid, environment_sid: EnvironmentSid, started: float
    ) -> Progress:
        """A new one. Raises PlatformError `unavailable` when too many are under way."""
        self._tidy()
        if sum(each.view.outcome is None for each in self._by_id.values()) >= RUNNING_MAX:
            raise PlatformError(
                "unavailable", "too many deploys are under way: wait until one has ended, and try again"
            )
        view = View(self.randomness(16).hex(), service_sid, environment_sid, self.clock())
        progress = Progress(view, account_sid, started, self.seconds)
        self._by_id[view.id] = progress
        return progress

    def find(self, principal: Principal, id: str) -> Progress:
        """The one with this id. Raises PlatformError `not_found`, for another account's as well."""
        self._tidy()
        progress = self._by_id.get(id)
        if progress is None or progress.account_sid != principal.account_sid:
            raise PlatformError(
                "not_found", "this deploy is over, and its steps are forgotten: the history tells of it"
            )
        return progress

    def _tidy(self) -> None:
        """Forget what ended long ago, and the oldest of what ended where there are too many."""
        over = [each for each in self._by_id.values() if each.view.outcome is not None]
        oldest = self.clock() - KEPT
        spare = max(0, len(self._by_id) - KEPT_MAX)
        for at, each in enumerate(over):
            if at < spare or each.view.started_at < oldest:
                del self._by_id[each.id]
