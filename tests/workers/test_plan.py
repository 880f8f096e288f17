"""The plan, alone: which worker serves which invocation, for every order of events."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gettone.workers.plan import Action, Adopt, Call, End, Fate, Kill, Line, Phase, Recall, Send
from gettone.workers.spec import WorkerLimits


@dataclass
class Played:
    """A line and a record of what its actions did, as the pool's hands would have done it."""

    line: Line
    now: float = 100.0
    sent: dict[int, int] = field(default_factory=dict)
    ended: dict[int, Fate] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)
    alive: set[int] = field(default_factory=set)
    killed: set[int] = field(default_factory=set)
    calls: int = 0
    claimed: int = 1

    def do(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Send(worker, call):
                    assert call not in self.sent, "what has started is never sent again"
                    assert worker in self.alive, "a call is sent to a worker that lives"
                    self.sent[call] = worker
                case Recall(worker, calls):
                    back = min(calls, len(self.unclaimed(worker)))
                    for call in self.unclaimed(worker)[len(self.unclaimed(worker)) - back :]:
                        del self.sent[call]
                    self.do(self.line.recalled(worker, back, self.now))
                case Adopt(worker):
                    assert worker not in self.alive | self.killed, "a worker's number is its own"
                    self.alive.add(worker)
                case Kill(worker):
                    self.alive.remove(worker)
                    self.killed.add(worker)
                case End(call, fate):
                    assert call not in self.ended, "a call ends once"
                    assert call not in self.answered
                    self.ended[call] = fate

    def arrive(self) -> int:
        self.calls += 1
        self.do(self.line.arrive(Call(self.calls, self.now), self.now))
        return self.calls

    def load(self, worker: int) -> None:
        self.do(self.line.loaded(worker, self.now))

    def finish(self, call: int) -> None:
        if call not in self.ended:
            self.answered.add(call)
        self.do(self.line.finished(self.sent[call], call, self.now))

    def lose(self, worker: int) -> None:
        back = self.unclaimed(worker)
        self.answered.update(set(self.sent_to(worker)) - set(back))
        for call in back:
            del self.sent[call]
        self.alive.remove(worker)
        self.killed.add(worker)
        self.do(self.line.lost(worker, len(back), self.now))

    def fail(self, worker: int) -> None:
        self.alive.remove(worker)
        self.killed.add(worker)
        self.do(self.line.unmade(worker))

    def sent_to(self, worker: int) -> list[int]:
        state = self.line.workers[worker]
        return [*state.running, *(call.id for call in state.ahead)]

    def unclaimed(self, worker: int) -> list[int]:
        """The calls whose tickets the guest has not taken: all but the first `claimed`."""
        if self.line.limits.concurrency > 1:
            return []
        return self.sent_to(worker)[self.claimed :]

    def tick(self, seconds: float) -> None:
        self.now += seconds
        self.do(self.line.tick(self.now))


def played(**limits: float) -> Played:
    """A line with these limits."""
    return Played(Line(WorkerLimits(**limits)))  # type: ignore[arg-type]


def test_first_call_adopts_a_worker_and_is_sent_when_it_has_loaded() -> None:
    """Nothing is kept running for a deployment that nobody calls; the first call brings its worker."""
    play = played()

    call = play.arrive()

    assert play.alive == {1}
    assert play.sent == {}

    play.load(1)

    assert play.sent == {call: 1}


def test_worker_runs_one_call_at_a_time_unless_told_otherwise() -> None:
    """The second call waits until the first has its outcome; with concurrency 2 it does not."""
    alone, two = played(), played(concurrency=2)
    for play in (alone, two):
        play.arrive()
        play.load(1)
        play.arrive()

    assert list(alone.sent) == [1]
    assert list(two.sent) == [1, 2]

    alone.finish(1)

    assert list(alone.sent) == [1, 2]


def test_second_worker_comes_when_the_oldest_call_has_waited_20_ms() -> None:
    """Fast handlers are served by one worker; a slow one brings another."""
    play = played()
    play.arrive()
    play.load(1)
    play.arrive()

    play.tick(0.019)

    assert play.alive == {1}

    play.tick(0.002)

    assert play.alive == {1, 2}


def test_workers_never_outnumber_their_bound() -> None:
    """However many wait, there are at most `workers_max` workers."""
    play = played(workers_max=3)
    for _ in range(50):
        play.arrive()
    for _ in range(100):
        play.tick(0.021)

    assert len(play.alive) == 3


def test_call_past_its_time_ends_alone_and_its_worker_is_killed() -> None:
    """The hanging call is ended, those that wait are served by a new worker, nothing is sent twice."""
    play = played(workers_max=1, waiting_seconds=60)
    hanging = play.arrive()
    play.load(1)
    waiting = play.arrive()
    play.tick(1)

    play.tick(9)

    assert play.ended == {hanging: Fate.TIMED_OUT}
    assert play.killed == {1}

    play.load(2)

    assert play.sent == {hanging: 1, waiting: 2}


def test_other_calls_of_a_worker_may_finish_when_one_is_past_its_time() -> None:
    """With concurrency, a hanging call takes its neighbours' worker away only when they are done."""
    play = played(concurrency=2, workers_max=2)
    hanging = play.arrive()
    play.load(1)
    play.now += 9
    neighbour = play.arrive()

    play.tick(1)

    assert play.ended == {hanging: Fate.TIMED_OUT}
    assert play.killed == set()

    play.finish(neighbour)

    assert play.killed == {1}


def test_what_a_lost_worker_ran_is_not_run_again() -> None:
    """A crash costs the call that ran there, and no other."""
    play = played()
    play.arrive()
    play.load(1)
    waiting = play.arrive()

    play.lose(1)
    play.load(2)

    assert play.sent == {1: 1, waiting: 2}


def test_full_line_ends_a_call_at_once() -> None:
    """Beyond `waiting_max` a call is refused, not kept."""
    play = played(waiting_max=2)
    for _ in range(3):
        play.arrive()

    assert play.ended == {3: Fate.LINE_FULL}


def test_no_call_waits_for_ever() -> None:
    """A call that no worker takes is ended after `waiting_seconds`."""
    play = played(waiting_seconds=5)
    play.arrive()

    play.tick(5)

    assert play.ended == {1: Fate.WAITED_TOO_LONG}


def test_idle_worker_ends_after_a_minute() -> None:
    """Down to nothing after 60 idle seconds."""
    play = played()
    play.arrive()
    play.load(1)
    play.finish(1)

    play.tick(59)

    assert play.alive == {1}

    play.tick(1)

    assert play.alive == set()


def test_retired_line_serves_what_waits_and_ends() -> None:
    """A swap of tables lets what was asked of the old one finish."""
    play = played()
    play.arrive()
    play.load(1)
    play.arrive()

    play.do(play.line.retire(play.now))
    play.finish(1)
    play.finish(2)

    assert set(play.sent) == {1, 2}
    assert play.alive == set()
    assert play.line.is_over


def test_fast_worker_is_sent_calls_ahead_and_a_slow_head_gives_them_back() -> None:
    """Calls queued behind one that turns out slow go to another worker after 20 ms, once each."""
    play = played()
    play.arrive()
    play.load(1)
    for call in range(1, 31):
        play.now += 0.0001
        play.finish(call)
        play.arrive()
    for _ in range(3):
        play.arrive()

    assert repr(play.line) == "<Line waiting=0 workers=[ready 1+3]>"

    play.tick(0.021)
    play.load(2)

    assert play.sent[31] == 1
    assert {play.sent[call] for call in (32,)} == {2}


def test_what_was_sent_ahead_and_had_not_started_survives_a_crash() -> None:
    """Only the call that ran is lost with its worker."""
    play = played()
    play.arrive()
    play.load(1)
    for call in range(1, 31):
        play.now += 0.0001
        play.finish(call)
        play.arrive()
    ahead = [play.arrive(), play.arrive()]

    play.lose(1)
    play.load(2)
    play.finish(ahead[0])

    assert [play.sent[call] for call in ahead] == [2, 2]


def test_call_that_its_worker_never_starts_goes_to_another() -> None:
    """A worker that is busy with what it should have ended is replaced after 250 ms; nothing has run twice."""
    play = played()
    play.claimed = 0
    play.arrive()
    play.load(1)

    play.tick(0.26)
    play.load(2)

    assert play.killed == {1}
    assert play.sent == {1: 2}


def test_worker_in_doubt_gets_no_more_calls() -> None:
    """From the moment that it is known to end, and before it is known how."""
    play = played()
    play.arrive()
    play.load(1)
    play.finish(1)

    play.line.doubted(1)
    play.arrive()

    assert play.alive == {1, 2}
    assert play.sent == {1: 1}


def test_who_waits_is_told_when_the_last_worker_cannot_be_made() -> None:
    """While another worker serves, a failed addition costs nothing."""
    alone, helped = played(), played()
    for play in (alone, helped):
        play.arrive()
    helped.load(1)
    helped.arrive()
    helped.tick(0.021)

    alone.fail(1)
    helped.fail(2)

    assert alone.ended == {1: Fate.NO_WORKER}
    assert helped.ended == {}

    helped.finish(1)

    assert helped.sent == {1: 1, 2: 1}


def test_repr_shows_the_whole_state() -> None:
    """A line can be read in a log."""
    play = played()
    play.arrive()
    play.load(1)
    play.arrive()

    assert repr(play.line) == "<Line waiting=1 workers=[ready 1+0]>"


class AnyOrder(RuleBasedStateMachine):
    """Every order of arrivals, loads, outcomes, losses, swaps and time keeps the promises."""

    @initialize(workers_max=st.integers(1, 4), concurrency=st.integers(1, 3), waiting_max=st.integers(1, 6))
    def begin(self, workers_max: int, concurrency: int, waiting_max: int) -> None:
        self.play = played(workers_max=workers_max, concurrency=concurrency, waiting_max=waiting_max)

    @rule()
    def arrive(self) -> None:
        self.play.arrive()

    @rule(pick=st.integers(0))
    def load(self, pick: int) -> None:
        loading = [worker.id for worker in self.play.line.workers.values() if worker.phase is Phase.LOADING]
        if loading:
            self.play.load(loading[pick % len(loading)])

    @rule(pick=st.integers(0))
    def finish(self, pick: int) -> None:
        running = [call for worker in self.play.line.workers.values() for call in worker.running]
        if running:
            self.play.finish(running[pick % len(running)])

    @rule(pick=st.integers(0))
    def lose(self, pick: int) -> None:
        if self.play.alive:
            self.play.lose(sorted(self.play.alive)[pick % len(self.play.alive)])

    @rule(pick=st.integers(0))
    def fail(self, pick: int) -> None:
        loading = [worker.id for worker in self.play.line.workers.values() if worker.phase is Phase.LOADING]
        if loading:
            self.play.fail(loading[pick % len(loading)])

    @rule(seconds=st.sampled_from([0.001, 0.02, 0.5, 5.0, 10.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self.play.tick(seconds)

    @rule(calls=st.integers(0, 2))
    def claim(self, calls: int) -> None:
        """The guest may not have started its first call, or the second before the host has read the first's outcome."""
        self.play.claimed = calls

    @rule()
    def retire(self) -> None:
        self.play.do(self.play.line.retire(self.play.now))

    @precondition(lambda self: self.play.line.retired)
    @rule()
    def serve_again(self) -> None:
        self.play.do(self.play.line.warm(self.play.now))

    @invariant()
    def promises_hold(self) -> None:
        play, line = self.play, self.play.line
        limits = line.limits
        running = {call for worker in line.workers.values() for call in worker.running}
        waiting = {call.id for call in line.waiting}

        assert set(line.workers) == play.alive
        assert len(play.alive) <= limits.workers_max
        assert all(len(worker.running) <= limits.concurrency for worker in line.workers.values())
        ahead = {call.id for worker in line.workers.values() for call in worker.ahead}
        assert len(waiting) <= limits.waiting_max + limits.ahead_max * limits.workers_max
        assert all(worker.running for worker in line.workers.values() if worker.ahead), "ahead means after something"
        assert not waiting & running | waiting & ahead | running & ahead, "a call is in one place"
        assert not waiting or play.alive, "who waits has a worker to wait for"
        everyone = waiting | running | ahead | set(play.ended) | play.answered
        assert everyone == set(range(1, play.calls + 1)), "no call is lost"

    def teardown(self) -> None:
        """Whatever happened, a line that is left alone comes to rest: every call ends, every worker goes."""
        if not hasattr(self, "play"):
            return
        play = self.play
        for seconds in (*[11.0] * 200, 120.0):
            for worker in list(play.line.workers.values()):
                if worker.phase is Phase.LOADING:
                    play.load(worker.id)
            play.tick(seconds)

        assert set(play.ended) | play.answered == set(range(1, play.calls + 1))
        assert play.alive == set()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
