r"""Which worker serves which invocation. Pure: no clock, no processes, no I/O.

Rule 1: every change of a line's state is decided here; pool.py only performs it.
Rule 2: this file does not know HTTP, sandboxes or guests; a worker is a number and a phase, a call a number and times.
Rule 3: what has started is never sent again.

A `Line` is what stands before one deployment: calls that wait, oldest first, and the workers that serve it.
Events go in (`arrive`, `loaded`, `finished`, `lost`, `tick`), actions come out, in the order in which to perform them.

    worker:  LOADING --loaded--> READY --(a call past its time, or retired and idle)--> gone (Kill)
                 \--lost--> gone       \--lost--> gone

What was sent can be taken back until it starts (docs/wire.md, rule 2; only where a worker runs one call at a time).
So a fast worker is sent a few calls ahead, and need not wait for the host between two: when the call before them turns
out slow, they go to other workers (`Recall`, then `recalled`). A worker that does not even start the first one is busy
with what it should have ended: it is replaced. Which calls had not started when a worker was lost is known exactly.

A worker with a call past its time takes no more calls. It is killed once every call it still runs is past its time or
done: with one call at a time that is at once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from gettone.workers.spec import WorkerLimits


class Phase(Enum):
    """How far a worker is."""

    LOADING = "loading"
    READY = "ready"


LOADING, READY = Phase


class Fate(Enum):
    """Why a call ends without an outcome of its handler."""

    TIMED_OUT = "timed out"
    WAITED_TOO_LONG = "waited too long"
    LINE_FULL = "line full"
    NO_WORKER = "no worker"


@dataclass(slots=True, eq=False)
class Call:
    """One invocation as the plan sees it. Times are monotonic seconds."""

    id: int
    arrived_at: float
    started_at: float = 0.0
    timed_out: bool = False
    has_started: bool = False


@dataclass(slots=True, eq=False)
class Worker:
    """State of one worker.

    `running` holds what it runs, by id; `ahead` what it was sent after that, oldest first, and may not have started;
    `pace_seconds` how long a call took lately, as the host sees it.
    """

    id: int
    idle_since: float
    phase: Phase = Phase.LOADING
    condemned: bool = False
    running: dict[int, Call] = field(default_factory=dict)
    ahead: deque[Call] = field(default_factory=deque)
    pace_seconds: float = 1.0


class Send(NamedTuple):
    """Send this call to this worker, so that it can be taken back or not."""

    worker: int
    call: int
    ticket: bool = False


@dataclass(frozen=True, slots=True)
class Adopt:
    """Make a worker for this line, under this number."""

    worker: int


@dataclass(frozen=True, slots=True)
class Recall:
    """Take back so many of the last calls that were sent to this worker, if they have not started; tell `recalled`."""

    worker: int
    calls: int


@dataclass(frozen=True, slots=True)
class Kill:
    """End this worker. Nothing that it runs is waited for."""

    worker: int


@dataclass(frozen=True, slots=True)
class End:
    """Tell this call's owner that it ends so."""

    call: int
    fate: Fate


Action = Send | Adopt | Recall | Kill | End

PACE_WEIGHT = 0.2  # of the newest call in a worker's pace

_NOTHING: list[Action] = []


class Line:
    """The calls and workers of one deployment.

    State: `waiting` (oldest first), `workers` (by id, oldest first), `retired`, `_last_adopted_at`, `_next_worker`.
    Changed by the methods below alone, on one thread.
    """

    __slots__ = ("_last_adopted_at", "_next_worker", "limits", "retired", "waiting", "workers")

    def __init__(self, limits: WorkerLimits) -> None:
        self.limits = limits
        self.waiting: deque[Call] = deque()
        self.workers: dict[int, Worker] = {}
        self.retired = False
        self._last_adopted_at = float("-inf")
        self._next_worker = 1

    def __repr__(self) -> str:
        phases = ", ".join(
            f"{worker.phase.value} {len(worker.running)}+{len(worker.ahead)}{' condemned' if worker.condemned else ''}"
            for worker in self.workers.values()
        )
        return f"<Line waiting={len(self.waiting)} workers=[{phases}]{' retired' if self.retired else ''}>"

    def arrive(self, call: Call, now: float) -> list[Action]:
        """Take a new call: send it, let it wait, or end it because the line is full."""
        if not self.waiting:
            for worker in self.workers.values():
                if self._is_free(worker):
                    return [self._send(worker, call, now)]
            for worker in self.workers.values():
                if self._may_send_ahead(worker, now):
                    return [self._send_ahead(worker, call)]
        elif len(self.waiting) >= self.limits.waiting_max:
            return [End(call.id, Fate.LINE_FULL)]
        self.waiting.append(call)
        return self._grow(now)

    def loaded(self, worker_id: int, now: float) -> list[Action]:
        """A worker is ready for calls."""
        worker = self.workers.get(worker_id)
        if worker is None:
            return _NOTHING
        worker.phase = READY
        worker.idle_since = now
        return self._fill(worker, now)

    def finished(self, worker_id: int, call_id: int, now: float) -> list[Action]:
        """A worker has told the outcome of a call."""
        worker = self.workers.get(worker_id)
        if worker is None:
            return _NOTHING
        call = worker.running.pop(call_id)
        worker.pace_seconds += (now - call.started_at - worker.pace_seconds) * PACE_WEIGHT
        if worker.ahead:
            following = worker.ahead.popleft()
            following.started_at = now
            worker.running[following.id] = following
        if worker.condemned:
            return self._end_condemned(worker) + self._see_to_waiting(now)
        if not worker.running:
            worker.idle_since = now
        return self._fill(worker, now)

    def doubted(self, worker_id: int) -> None:
        """A worker is ending, or said what it may not say: it gets no more calls."""
        worker = self.workers.get(worker_id)
        if worker is not None:
            worker.condemned = True

    def lost(self, worker_id: int, not_started: int, now: float) -> list[Action]:
        """A worker is gone. What it ran is not run again; so many of its last calls had not started, and wait again."""
        worker = self.workers.pop(worker_id, None)
        if worker is not None:
            self._take_back(worker, not_started)
        return self._see_to_waiting(now)

    def recalled(self, worker_id: int, calls: int, now: float) -> list[Action]:
        """So many of the last calls have been taken back: they wait again, before all others."""
        worker = self.workers.get(worker_id)
        if worker is None:
            return _NOTHING
        self._take_back(worker, calls)
        actions: list[Action] = []
        if calls and not worker.running:
            del self.workers[worker.id]
            actions.append(Kill(worker.id))
        elif worker.condemned:
            actions = self._end_condemned(worker)
        return actions + self._see_to_waiting(now)

    def unmade(self, worker_id: int) -> list[Action]:
        """A worker could not be made. If it was the last one, nobody is left to serve who waits: they are told."""
        self.workers.pop(worker_id, None)
        if self.workers:
            return _NOTHING
        ended: list[Action] = [End(call.id, Fate.NO_WORKER) for call in self.waiting]
        self.waiting.clear()
        return ended

    def retire(self, now: float) -> list[Action]:
        """Nothing new will come: serve what waits, then end every worker."""
        self.retired = True
        return self.tick(now)

    def warm(self, now: float) -> list[Action]:
        """Have a worker before the first call, also if the line had been retired."""
        self.retired = False
        return [self._adopt(now)] if not self.workers else _NOTHING

    def tick(self, now: float) -> list[Action]:
        """Let time pass: end what is past its time, add or remove workers."""
        actions: list[Action] = []
        limits = self.limits
        for worker in list(self.workers.values()):
            slowest = max((now - call.started_at for call in worker.running.values()), default=0.0)
            if slowest >= limits.stall_seconds and self._may_be_stalled(worker):
                actions.append(Recall(worker.id, 1 + len(worker.ahead)))
                continue
            if worker.ahead and slowest >= limits.scale_after_seconds:
                worker.pace_seconds = limits.scale_after_seconds
                actions.append(Recall(worker.id, len(worker.ahead)))
            for call in worker.running.values():
                if not call.timed_out and now - call.started_at >= limits.timeout_seconds:
                    call.timed_out = True
                    worker.condemned = True
                    actions.append(End(call.id, Fate.TIMED_OUT))
            if worker.condemned and not worker.ahead:
                actions += self._end_condemned(worker)
            elif worker.phase is READY and not worker.running and self._is_spent(worker, now):
                del self.workers[worker.id]
                actions.append(Kill(worker.id))
        return actions + self._see_to_waiting(now)

    @property
    def is_over(self) -> bool:
        """True when the line was retired and nothing is left of it."""
        return self.retired and not self.waiting and not self.workers

    def _is_free(self, worker: Worker) -> bool:
        return worker.phase is READY and not worker.condemned and len(worker.running) < self.limits.concurrency

    def _may_send_ahead(self, worker: Worker, now: float) -> bool:
        limits = self.limits
        if (
            limits.concurrency > 1
            or worker.phase is not READY
            or worker.condemned
            or len(worker.ahead) >= limits.ahead_max
            or worker.pace_seconds >= limits.fast_seconds
        ):
            return False
        running = next(iter(worker.running.values()), None)
        return running is None or now - running.started_at < limits.scale_after_seconds

    def _may_be_stalled(self, worker: Worker) -> bool:
        """Ask once about each call whether it has started: a recall that brings nothing says that it has."""
        if self.limits.concurrency > 1:
            return False
        (call,) = worker.running.values()
        asked, call.has_started = call.has_started, True
        return not asked

    def _is_spent(self, worker: Worker, now: float) -> bool:
        return (self.retired and not self.waiting) or now - worker.idle_since >= self.limits.idle_seconds

    def _send(self, worker: Worker, call: Call, now: float) -> Action:
        call.started_at = now
        worker.running[call.id] = call
        return Send(worker.id, call.id, ticket=self.limits.concurrency == 1)

    def _send_ahead(self, worker: Worker, call: Call) -> Action:
        worker.ahead.append(call)
        return Send(worker.id, call.id, ticket=True)

    def _take_back(self, worker: Worker, calls: int) -> None:
        sent = [*worker.running.values(), *worker.ahead]
        for call in reversed(sent[len(sent) - min(calls, len(sent)) :]):
            call.has_started = False
            self.waiting.appendleft(call)
            if worker.running.pop(call.id, None) is None:
                worker.ahead.pop()

    def _fill(self, worker: Worker, now: float) -> list[Action]:
        """Give a worker what waits, as much as it may run."""
        if not self.waiting:
            if self.retired and not worker.running:
                del self.workers[worker.id]
                return [Kill(worker.id)]
            return _NOTHING
        actions: list[Action] = []
        while self.waiting and self._is_free(worker):
            actions.append(self._send(worker, self.waiting.popleft(), now))
        while self.waiting and self._may_send_ahead(worker, now):
            actions.append(self._send_ahead(worker, self.waiting.popleft()))
        return actions

    def _see_to_waiting(self, now: float) -> list[Action]:
        """End who has waited for too long; have a worker for the others."""
        actions: list[Action] = []
        while self.waiting and now - self.waiting[0].arrived_at >= self.limits.waiting_seconds:
            actions.append(End(self.waiting.popleft().id, Fate.WAITED_TOO_LONG))
        return actions + self._grow(now) if self.waiting else actions

    def _grow(self, now: float) -> list[Action]:
        """Add a worker when the oldest call has waited for long, or when there is none to wait for."""
        workers = self.workers.values()
        if len(workers) >= self.limits.workers_max:
            return _NOTHING
        if all(worker.condemned for worker in workers):
            return [self._adopt(now)]
        loading = sum(1 for worker in workers if worker.phase is LOADING)
        patience = self.limits.scale_after_seconds
        if (
            loading < len(self.waiting)
            and min(now - self.waiting[0].arrived_at, now - self._last_adopted_at) >= patience
        ):
            return [self._adopt(now)]
        return _NOTHING

    def _adopt(self, now: float) -> Action:
        worker = Worker(self._next_worker, now)
        self._next_worker += 1
        self._last_adopted_at = now
        self.workers[worker.id] = worker
        return Adopt(worker.id)

    def _end_condemned(self, worker: Worker) -> list[Action]:
        if not all(call.timed_out for call in worker.running.values()):
            return _NOTHING
        del self.workers[worker.id]
        # What was sent ahead and could not be taken back had started, though its turn had not come as far as was told.
        ended: list[Action] = [End(call.id, Fate.TIMED_OUT) for call in worker.ahead]
        return [*ended, Kill(worker.id)]
