"""The pool's hands: they perform what plan.py decides, on real guests. No rule of who serves whom stands here.

State: `_lines` (what stands before each deployment, by spec key), `_calls` (invocations without an outcome, by id),
`_nests` (spares and sources by language), `_retired` (keys that no table names any more, oldest first).
Changed on the event loop only; there is one pool per gateway process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial

from gettone.sandbox.errors import LaunchError
from gettone.wire.messages import Completed, Failed, GuestMessage, Loaded, Log, Problem, encode_invoke
from gettone.workers.census import Census
from gettone.workers.guest import Guest
from gettone.workers.logs import LogRecord, LogSink
from gettone.workers.nest import Nest
from gettone.workers.outcome import Crashed, Outcome, Refused, TimedOut, outcome_of_end
from gettone.workers.plan import Action, Adopt, Call, End, Fate, Kill, Line, Recall, Send
from gettone.workers.runtimes import GuestSource
from gettone.workers.spec import WorkerSpec

TICK_SECONDS = 0.020
IDLE_TICK_SECONDS = 1.0
RETRY_AFTER_SECONDS = 1
STACK_CHARACTERS_MAX = 20_000
NOTICES_MAX = 20  # of a worker, outside of any invocation
RETIRED_MAX = 1000  # keys of drained deployments that late requests may still name

OnOutcome = Callable[[Outcome], None]


@dataclass(slots=True, eq=False)
class _Invocation:
    """A call with what it takes to send it and to answer it."""

    call: Call
    hand: _Hand
    function: str
    request: str
    event: bytes
    on_outcome: OnOutcome
    printed_bytes: int = 0
    dropped_bytes: int = 0


@dataclass(slots=True, eq=False)
class _Hand:
    """A line and the guests that stand for its workers. `failure` says why the last one could not be made."""

    spec: WorkerSpec
    line: Line
    guests: dict[int, Guest] = field(default_factory=dict)
    loading: dict[int, asyncio.Future[tuple[Problem, ...]]] = field(default_factory=dict)
    stderr_tail: dict[int, bytes] = field(default_factory=dict)
    notices: dict[int, int] = field(default_factory=dict)
    failure: str = ""


class Pool:
    """Runs functions in workers."""

    def __init__(
        self,
        sources: Mapping[str, GuestSource],
        sink: LogSink,
        spares: Mapping[str, int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sink = sink
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._nests = {language: Nest(source, spares.get(language, 0)) for language, source in sources.items()}
        # Called with the key of a retired deployment whose last worker has ended.
        self.on_over: Callable[[str], None] = lambda key: None
        # Called with the function and the event of each call, where somebody wants to see them.
        self.on_event: Callable[[str, bytes], None] | None = None
        # How a target that was refused can be opened; `{target}` stands for it.
        self.opens = "To open this one, whoever runs Gettone sets GETTONE_NETWORK_ALLOW={target}"
        self._lines: dict[str, _Hand] = {}
        self._calls: dict[int, _Invocation] = {}
        self._retired: dict[str, None] = {}
        self._next_call = 1
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticker: asyncio.TimerHandle | None = None
        self._closed = False

    def __repr__(self) -> str:
        lines = ", ".join(f"{key[:8]} {hand.line!r}" for key, hand in self._lines.items())
        return f"<Pool calls={len(self._calls)} [{lines}]>"

    def open(self) -> None:
        """Begin to keep spares."""
        for nest in self._nests.values():
            nest.refill()

    async def close(self) -> None:
        """End every worker. Calls without an outcome get one that says so."""
        self._closed = True
        if self._ticker is not None:
            self._ticker.cancel()
        for invocation in list(self._calls.values()):
            self._settle(invocation, Crashed("the gateway is stopping"))
        for hand in self._lines.values():
            for guest in hand.guests.values():
                guest.kill()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for nest in self._nests.values():
            await nest.close()

    async def invoke(self, spec: WorkerSpec, function: str, request: str, event: bytes) -> Outcome:
        """Run a function of this deployment once, and wait for its outcome. `event` is JSON."""
        told: asyncio.Future[Outcome] = self._loop.create_future()
        self.start(spec, function, request, event, lambda outcome: None if told.done() else told.set_result(outcome))
        return await told

    def start(self, spec: WorkerSpec, function: str, request: str, event: bytes, on_outcome: OnOutcome) -> None:
        """Run a function of this deployment once. `on_outcome` is called once, in bounded time, perhaps already now."""
        if self.on_event is not None:
            self.on_event(function, event)
        hand = self._lines.get(spec.key) or self._open_line(spec)
        now = self._clock()
        id = self._next_call
        self._next_call = id + 1
        call = Call(id, now)
        self._calls[id] = _Invocation(call, hand, function, request, event, on_outcome)
        self._perform(hand, hand.line.arrive(call, now))
        if self._ticker is None:
            self._tick_later(TICK_SECONDS)

    async def warm(self, spec: WorkerSpec) -> tuple[Problem, ...]:
        """Have a worker ready before the first call; what did not compile, where the spec asks for a check.

        Raises LaunchError when no worker can be had.
        """
        self._retired.pop(spec.key, None)
        hand = self._lines.get(spec.key) or self._open_line(spec)
        actions = hand.line.warm(self._clock())
        self._perform(hand, actions)
        for worker, loading in list(hand.loading.items()):
            if any(isinstance(action, Adopt) and action.worker == worker for action in actions):
                return await asyncio.shield(loading)
        return ()

    def serves(self, prefix: str) -> bool:
        """Whether a deployment whose key begins so has workers or calls."""
        return any(key.startswith(prefix) for key in self._lines)

    def retire(self, key: str) -> None:
        """No table names this deployment any more: what was asked of it is served, then its workers end."""
        self._retired[key] = None
        while len(self._retired) > RETIRED_MAX:
            del self._retired[next(iter(self._retired))]
        hand = self._lines.get(key)
        if hand is not None:
            self._perform(hand, hand.line.retire(self._clock()))
            self._forget_if_over(hand)

    def restore(self, key: str) -> None:
        """A table names this deployment, maybe again: its workers stay."""
        if self._retired.pop(key, self) is None and key in self._lines:
            self._lines[key].line.retired = False

    def census(self) -> Census:
        """How many there are of everything, now."""
        workers: dict[str, int] = dict.fromkeys(self._nests, 0)
        waiting = 0
        for hand in self._lines.values():
            workers[hand.spec.language] += len(hand.line.workers)
            waiting += len(hand.line.waiting)
        spares = {language: nest.ready for language, nest in self._nests.items()}
        return Census(workers, spares, len(self._calls), waiting)

    async def drop(self, key: str) -> None:
        """End a deployment's workers now, with what they run, and wait until they are gone."""
        self.retire(key)
        hand = self._lines.pop(key, None)
        if hand is None:
            return
        guests = list(hand.guests.values())
        for invocation in [each for each in self._calls.values() if each.hand is hand]:
            self._settle(invocation, Crashed("was ended because its code has changed"))
        for guest in guests:
            guest.kill()
        for guest in guests:
            await guest.exit_status()
        self.on_over(key)

    def _open_line(self, spec: WorkerSpec) -> _Hand:
        hand = self._lines[spec.key] = _Hand(spec, Line(spec.limits))
        # A request that read its table before the swap may come after the drain.
        hand.line.retired = spec.key in self._retired
        return hand

    def _perform(self, hand: _Hand, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Send):
                invocation = self._calls[action.call]
                frame = encode_invoke(
                    action.call, invocation.function, invocation.request, invocation.event, action.ticket
                )
                hand.guests[action.worker].send(frame, action.ticket)
            elif isinstance(action, Adopt):
                hand.loading[action.worker] = self._loop.create_future()
                self._spawn(self._adopt(hand, action.worker))
            elif isinstance(action, Recall):
                back = hand.guests[action.worker].take_back(action.calls)
                self._perform(hand, hand.line.recalled(action.worker, back, self._clock()))
            elif isinstance(action, Kill):
                ended = hand.guests.pop(action.worker, None)
                if ended is not None:
                    ended.kill()
            elif isinstance(action, End):
                self._end(hand, action)

    def _end(self, hand: _Hand, action: End) -> None:
        invocation = self._calls[action.call]
        match action.fate:
            case Fate.TIMED_OUT:
                seconds = hand.spec.limits.timeout_seconds
                self._say(invocation, "error", f"ran longer than {seconds:g} seconds and was ended")
                self._settle(invocation, TimedOut(seconds))
            case Fate.WAITED_TOO_LONG:
                self._say(invocation, "error", "waited too long for a free worker and was not started")
                self._settle(invocation, Refused("every worker of this deployment is busy", RETRY_AFTER_SECONDS))
            case Fate.LINE_FULL:
                self._settle(invocation, Refused("too many requests wait for this deployment", RETRY_AFTER_SECONDS))
            case Fate.NO_WORKER:
                reason = f"no worker could be started: {hand.failure}"
                self._say(invocation, "error", reason)
                self._settle(invocation, Crashed(reason))

    async def _adopt(self, hand: _Hand, worker: int) -> None:
        """Give the line a guest under this worker's number, and load the deployment into it."""
        loading = hand.loading[worker]
        nest = self._nests[hand.spec.language]
        try:
            async with asyncio.timeout(hand.spec.limits.load_seconds):
                guest = await nest.take(hand.spec.packages)
                if worker not in hand.line.workers:  # retired meanwhile
                    guest.kill()
                    raise LaunchError("the deployment is not served any more")
                hand.guests[worker] = guest
                guest.on_message = partial(self._heard, hand, worker)
                guest.on_gone = lambda fault: self._gone(hand, worker, guest, fault)
                guest.on_print = lambda level, data: self._printed(hand, worker, level, data)
                if guest.cell is not None:
                    guest.cell.fill(hand.spec.root)
                guest.send(hand.spec.load.encode())
                await asyncio.shield(loading)
        except (LaunchError, OSError) as error:  # a timeout is one of the latter
            reason = str(error) or f"its code did not load within {hand.spec.limits.load_seconds:g} seconds"
            self._fail_adoption(hand, worker, LaunchError(reason))
        finally:
            hand.loading.pop(worker, None)

    def _fail_adoption(self, hand: _Hand, worker: int, error: LaunchError) -> None:
        """A worker could not be made: whoever was to be told by it is told."""
        loading = hand.loading.get(worker)
        if loading is not None and not loading.done():
            loading.set_exception(error)
            loading.exception()  # warm() may or may not be there to take it
        guest = hand.guests.pop(worker, None)
        if guest is not None and not guest.ended_by_host:
            guest.kill()
        hand.failure = str(error)
        self._perform(hand, hand.line.unmade(worker))
        self._forget_if_over(hand)

    def _heard(self, hand: _Hand, worker: int, message: GuestMessage) -> None:
        if isinstance(message, Completed | Failed):
            invocation = self._calls.get(message.id)
            state = hand.line.workers.get(worker)
            if state is None or message.id not in state.running:
                self._break(hand, worker, f"an outcome for an invocation that does not run: {message.id}")
                return
            self._perform(hand, hand.line.finished(worker, message.id, self._clock()))
            if invocation is not None:
                invocation.dropped_bytes += message.log_bytes_dropped
                if isinstance(message, Failed):
                    self._log_failure(invocation, message)
                self._settle(invocation, message)
            if hand.line.retired:
                self._forget_if_over(hand)
        elif isinstance(message, Log):
            self._logged(hand, worker, message)
        elif isinstance(message, Loaded) and worker in hand.loading:
            loading = hand.loading[worker]
            if not loading.done():
                loading.set_result(message.problems)
            self._perform(hand, hand.line.loaded(worker, self._clock()))
        else:
            self._break(hand, worker, f"a message out of turn: {type(message).__name__}")

    def _logged(self, hand: _Hand, worker: int, message: Log) -> None:
        state = hand.line.workers.get(worker)
        if message.id is None:
            hand.notices[worker] = hand.notices.get(worker, 0) + 1
            if hand.notices[worker] > NOTICES_MAX:
                self._break(hand, worker, "too many log lines that belong to no invocation")
            else:
                self._sink.log(LogRecord(message.level, message.text, key=hand.spec.key))
            return
        invocation = self._calls.get(message.id)
        if state is None or message.id not in state.running:
            self._break(hand, worker, f"a log line for an invocation that does not run: {message.id}")
        elif invocation is not None:
            self._keep(invocation, message.level, message.text, len(message.text))

    def _printed(self, hand: _Hand, worker: int, level: str, data: bytes) -> None:
        """What native code or a child process printed: it belongs to whatever runs there now."""
        hand.stderr_tail[worker] = (hand.stderr_tail.get(worker, b"") + data)[-4096:]
        state = hand.line.workers.get(worker)
        running = list(state.running) if state is not None else []
        text = data.decode("utf-8", "replace").rstrip("\n")
        invocation = self._calls.get(running[0]) if running else None
        if invocation is not None:
            self._keep(invocation, level, text, len(data))

    def tell_refused(self, cell: str, target: str) -> None:
        """Say in the log of whatever runs there that a connection was refused, and what would open it."""
        for hand in self._lines.values():
            for worker, guest in hand.guests.items():
                if guest.cell is not None and guest.cell.name == cell:
                    self._say_refused(hand, worker, target)

    def _say_refused(self, hand: _Hand, worker: int, target: str) -> None:
        text = f"a connection to {target} was refused: functions reach public addresses alone. "
        text += self.opens.format(target=target)
        state = hand.line.workers.get(worker)
        running = next(iter(state.running), None) if state is not None else None
        invocation = None if running is None else self._calls.get(running)
        if invocation is not None:
            self._say(invocation, "warning", text)
        else:
            self._sink.log(LogRecord("warning", text, platform=True, key=hand.spec.key))

    def _keep(self, invocation: _Invocation, level: str, text: str, size: int) -> None:
        """Log what an invocation said, up to its bound. The guest keeps it too, but a guest is not trusted."""
        bound = invocation.hand.spec.load.log_bytes
        if invocation.printed_bytes >= bound:
            invocation.dropped_bytes += size
            return
        invocation.printed_bytes += size
        key = invocation.hand.spec.key
        self._sink.log(LogRecord(level, text, invocation.function, invocation.request, key=key))

    def _break(self, hand: _Hand, worker: int, fault: str) -> None:
        """The guest broke the protocol: nothing it says counts any more."""
        guest = hand.guests.get(worker)
        if guest is not None:
            guest.silence()
            guest.on_gone(fault)

    def _gone(self, hand: _Hand, worker: int, guest: Guest, fault: str | None) -> None:
        """A guest is gone by itself, or broke the protocol: from now on it gets no calls."""
        guest.on_gone = lambda fault: None
        hand.line.doubted(worker)
        self._spawn(self._bury(hand, worker, guest, fault))

    async def _bury(self, hand: _Hand, worker: int, guest: Guest, fault: str | None) -> None:
        """End the calls that had started in a guest that is gone, and free its place."""
        if guest.ended_by_host:
            return
        if fault is not None:
            guest.process.kill()
        status = await guest.exit_status()
        guest.drain_prints()
        last_words = hand.stderr_tail.pop(worker, b"")
        hand.notices.pop(worker, None)
        outcome = outcome_of_end(status, fault, last_words)
        if last_words and worker in hand.loading:
            text = last_words.decode("utf-8", "replace").rstrip()
            self._sink.log(LogRecord("error", text, platform=True, key=hand.spec.key))
        if guest.ended_by_host:
            return
        state = hand.line.workers.get(worker)
        sent = [*state.running, *(call.id for call in state.ahead)] if state is not None else []
        not_started = guest.take_back(len(sent)) if hand.spec.limits.concurrency == 1 else 0
        started = sent[: len(sent) - not_started]
        guest.kill()
        hand.guests.pop(worker, None)
        for id in started:
            invocation = self._calls.get(id)
            if invocation is not None:
                self._say(invocation, "error", outcome.reason)
                self._settle(invocation, outcome)
        if worker in hand.loading:
            self._fail_adoption(hand, worker, LaunchError(outcome.reason))
        else:
            self._perform(hand, hand.line.lost(worker, not_started, self._clock()))
        self._forget_if_over(hand)

    def _settle(self, invocation: _Invocation, outcome: Outcome) -> None:
        if invocation.dropped_bytes:
            self._say(invocation, "warning", f"printed too much: {invocation.dropped_bytes} bytes were dropped")
        if self._calls.pop(invocation.call.id, None) is None:
            return
        try:
            invocation.on_outcome(outcome)
        except Exception as error:  # noqa: BLE001 - the edge of a caller: what goes wrong there is not this guest's
            self._loop.call_exception_handler({"message": "an outcome was not taken", "exception": error})

    def _log_failure(self, invocation: _Invocation, failed: Failed) -> None:
        """What a handler failed with: its stack, where it has one. The caller is told less."""
        text = (failed.stack or f"{failed.name}: {failed.message}")[:STACK_CHARACTERS_MAX]
        key = invocation.hand.spec.key
        self._sink.log(LogRecord("error", text, invocation.function, invocation.request, key=key))

    def _say(self, invocation: _Invocation, level: str, text: str) -> None:
        key = invocation.hand.spec.key
        self._sink.log(LogRecord(level, text, invocation.function, invocation.request, platform=True, key=key))

    def _forget_if_over(self, hand: _Hand) -> None:
        if hand.line.is_over and self._lines.get(hand.spec.key) is hand:
            del self._lines[hand.spec.key]
            self.on_over(hand.spec.key)

    def _tick_later(self, seconds: float) -> None:
        if not self._closed:
            self._ticker = self._loop.call_later(seconds, self._tick)

    def _tick(self) -> None:
        self._ticker = None
        now = self._clock()
        for hand in list(self._lines.values()):
            self._perform(hand, hand.line.tick(now))
            self._forget_if_over(hand)
        if self._calls:
            self._tick_later(TICK_SECONDS)
        elif any(hand.line.workers for hand in self._lines.values()):
            self._tick_later(IDLE_TICK_SECONDS)

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
