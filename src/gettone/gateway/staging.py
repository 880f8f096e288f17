"""From a verified manifest to the table that is served: loads run side by side, what is ready is swapped in.

Theory of operation: `Course` says which owners have to be loaded; each is loaded in a task of its own. What is ready is
put into the table at once when nothing else is under way, else after a moment, together with what has become ready
meanwhile. A segment that cannot be loaded keeps its owner's last good version and holds up nobody else's; it is tried
again with the next announcement. Must not know sockets, signatures or when anything is written to a disk.

State: `_board` and `_course`; `_papers`, announced states that are not yet served, by revision; `_faults`, why an owner
is not loaded, and `_remarks`, what does not compile in what is; `_leaving`, environments that the board lost and the
table may still name. All is changed on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace

from gettone.gateway.board import Board, Loaded, LoadedAccount, LoadedEnvironment
from gettone.gateway.course import Course, End
from gettone.gateway.current import Current, Specs
from gettone.gateway.link import Link, LinkLost
from gettone.gateway.loading import Loader
from gettone.gateway.resuming import Resumed
from gettone.gateway.snapshots import Kept
from gettone.model.errors import PlatformError
from gettone.routes.segment import AccountSegment, SegmentEntry
from gettone.routes.table import Environment
from gettone.sandbox.errors import LaunchError
from gettone.wire.feed import ServingProblem
from gettone.wire.messages import Problem

TOGETHER_SECONDS = (
    0.010,
    0.25,
)  # with few loads under way, and with many: each swap costs as much as the table is long
MANY_LOADS = 32
LOADS_MAX = 16
WARM_TOGETHER_MAX = 8  # more at once is a node that fills itself: their workers come with their first calls
WARM_SECONDS = 2.0  # a slow start must not keep a publication back: its calls wait for the worker instead
REMARKS_MAX = 10  # of one environment
REMARK_CHARACTERS_MAX = 1000

logger = logging.getLogger("gettone.gateway")


class Stage:
    """Prepares and serves. `on_served` is called after every swap, and when a manifest brought nothing new."""

    def __init__(self, current: Current, loader: Loader) -> None:
        self._current = current
        self._loader = loader
        self._board = Board()
        self._course = Course()
        self._papers: dict[int, Kept] = {}
        self._faults: dict[str, ServingProblem] = {}
        self._remarks: dict[str, tuple[ServingProblem, ...]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(LOADS_MAX)
        self._leaving: list[Environment] = []
        self._has_changed = False
        self._swapping: asyncio.TimerHandle | None = None
        self._link: Link | None = None
        self.revision = 0
        self.on_served: Callable[[], None] = lambda: None

    @property
    def told(self) -> int:
        """The revision that control may be told is served."""
        return self._course.told

    @property
    def loaded(self) -> list[Loaded]:
        """What is served, by owner."""
        return self._board.loaded

    @property
    def problems(self) -> tuple[ServingProblem, ...]:
        """Why what is served is not all that was published, and what does not compile in it."""
        remarks = (remark for each in self._remarks.values() for remark in each)
        return (*self._faults.values(), *remarks)

    @property
    def state(self) -> Kept | None:
        """What is served, as it can be kept: older versions stand beside the newest ones that could not be loaded."""
        papers = self._papers.get(self.revision)
        failed = self._course.failed
        if papers is None:
            return None
        instead = tuple(each.entry for each in self._board.loaded if each.entry.owner in failed) if failed else ()
        return replace(papers, instead=instead)

    async def resume(self, state: Kept, found: Iterable[Resumed]) -> None:
        """Serve what was read from this disk."""
        environments = {each.entry.owner: each.environment for each in found if each.environment is not None}
        prepared = await self._current.prepare_all(environments.values())
        specs = dict(zip(environments, prepared, strict=True))
        for each in found:
            if isinstance(each.segment, AccountSegment):
                self._board.put(LoadedAccount(each.entry, each.segment))
                continue
            made = specs[each.entry.owner]
            if isinstance(made, OSError):
                logger.error("%s cannot be served: %s", each.entry.owner, made)
            elif each.environment is not None:
                self._board.put(LoadedEnvironment(each.entry, each.segment, each.environment, made))
        self._papers[state.manifest.revision] = state
        self._course.resume(state.manifest, {each.entry.owner: each.entry.digest for each in self._board.loaded})
        self._has_changed = True
        self._swap()

    def announce(self, state: Kept, link: Link) -> None:
        """There is a newer state, or the same again over a new connection, which what is missing is asked of."""
        self._link = link
        self._papers[state.manifest.revision] = state
        moves = self._course.announce(state.manifest)
        for owner in moves.gone:
            self._part_with(self._board.remove(owner))
            self._faults.pop(owner, None)
            self._remarks.pop(owner, None)
            self._has_changed = True
        for entry in moves.starts:
            self._start(entry)
        self._swap_soon()

    async def warm_some(self) -> None:
        """Have workers ready for some of what has packages of its own, after a start."""
        chosen = [each for each in self._current.serving.environments.values() if _has_packages(each)]
        for environment in chosen[:WARM_TOGETHER_MAX]:
            keys = self._current.serving.specs.items()
            await self._warm(environment, {key: spec for key, spec in keys if key[0] == environment.digest})

    def mend(self, digest: str) -> None:
        """A content on this disk is damaged: load anew whatever names it."""
        for loaded in self._board.loaded:
            if isinstance(loaded, LoadedEnvironment) and any(each.digest == digest for each in loaded.segment.assets):
                due = self._course.doubt(loaded.entry.owner)
                if due is not None:
                    self._start(due)

    async def close(self) -> None:
        """End what is under way."""
        if self._swapping is not None:
            self._swapping.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, entry: SegmentEntry) -> None:
        task = asyncio.get_running_loop().create_task(self._load(entry))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _load(self, entry: SegmentEntry) -> None:
        loaded: Loaded | None = None
        fault: str | None = None
        end = End.FAILED
        link = self._link
        try:
            async with self._slots:
                link = self._link
                loaded = await self._make(entry, link)
            end = End.LOADED
        except LinkLost:
            end = End.PUT_OFF
        except PlatformError as error:
            fault = error.message
        except OSError as error:
            fault = f"this node cannot keep it: {error.strerror or error}"
        except Exception:  # the edge of a task: nobody else's publication may fail by it
            logger.exception("%s could not be loaded", entry.owner)
            fault = "the gateway failed to load it: its own log says more"
        self._land(entry, loaded, end, fault)
        if end is End.PUT_OFF and self._link is not link and (again := self._course.retry(entry.owner)) is not None:
            # The next connection was there before this load noticed that its own had ended.
            self._start(again)

    async def _make(self, entry: SegmentEntry, link: Link | None) -> Loaded:
        segment = await self._loader.segment(entry, link)
        if isinstance(segment, AccountSegment):
            return LoadedAccount(entry, segment)
        environment = await self._loader.environment(segment, link)
        try:
            specs = await self._current.prepare(environment)
            try:
                remarks = await self._warm_if_due(entry.owner, environment, specs)
            except BaseException:
                self._current.abandon([environment])
                raise
        except BaseException:
            self._loader.let_go(segment)
            raise
        return LoadedEnvironment(entry, segment, environment, specs, remarks)

    async def _warm_if_due(self, owner: str, environment: Environment, specs: Specs) -> tuple[ServingProblem, ...]:
        before = self._board.find(owner)
        is_in_use = before is not None and self._current.is_in_use(before.environment)
        if len(self._tasks) > WARM_TOGETHER_MAX:
            return ()
        if is_in_use or self._current.checks_code or _has_packages(environment):
            return await self._warm(environment, specs)
        return ()

    async def _warm(self, environment: Environment, specs: Specs) -> tuple[ServingProblem, ...]:
        """Have workers ready, if they are soon. Whatever user code does meanwhile, it is served."""
        sid = environment.deployment.environment_sid
        try:
            async with asyncio.timeout(WARM_SECONDS):
                found = await self._current.warm(specs.values())
        except TimeoutError:
            return ()
        except LaunchError as error:
            return (ServingProblem(sid, _remark(f"no worker could be started: {error}")),)
        return tuple(_problem(sid, each) for each in found[:REMARKS_MAX])

    def _land(self, entry: SegmentEntry, loaded: Loaded | None, end: End, fault: str | None) -> None:
        owner = entry.owner
        landing = self._course.land(entry, end)
        self._faults.pop(owner, None)
        if fault is not None:
            logger.error("%s goes on as it was: %s", owner, fault)
            self._faults[owner] = ServingProblem(owner, _remark(fault))
        if loaded is not None and landing.is_served:
            self._part_with(self._board.put(loaded))
            self._has_changed = True
            self._remarks.pop(owner, None)
            if isinstance(loaded, LoadedEnvironment) and loaded.remarks:
                self._remarks[owner] = loaded.remarks
        elif isinstance(loaded, LoadedEnvironment):
            self._part_with(loaded.environment)
        if isinstance(loaded, LoadedEnvironment):
            self._loader.let_go(loaded.segment)
        if landing.next is not None:
            self._start(landing.next)
        self._swap_soon()

    def _part_with(self, environment: Environment | None) -> None:
        """Abandon an environment once the table does not name it any more."""
        if environment is not None:
            self._leaving.append(environment)

    def _swap_soon(self) -> None:
        if self._course.is_settled:
            self._swap()
        elif self._swapping is None:
            wait = TOGETHER_SECONDS[len(self._tasks) > MANY_LOADS]
            self._swapping = asyncio.get_running_loop().call_later(wait, self._swap)

    def _swap(self) -> None:
        if self._swapping is not None:
            self._swapping.cancel()
            self._swapping = None
        if self._has_changed:
            self._has_changed = False
            self._current.swap(self._board.compose())
        leaving, self._leaving = self._leaving, []
        self._current.abandon(leaving)
        self.revision = self._course.served
        self._papers = {number: each for number, each in self._papers.items() if number >= self.revision}
        self.on_served()


def _problem(sid: str, problem: Problem) -> ServingProblem:
    """What a guest says of its code, no longer than control takes it."""
    file = None if problem.file is None else _remark(problem.file)
    return ServingProblem(sid, _remark(problem.message), _remark(problem.function), file, problem.line, problem.column)


def _remark(text: str) -> str:
    return text[:REMARK_CHARACTERS_MAX].encode("utf-8", "replace").decode()


def _has_packages(environment: Environment) -> bool:
    deployment = environment.deployment
    return deployment.node_modules is not None or deployment.site_packages is not None
