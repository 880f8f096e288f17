"""Measures servers of the token function: all up at the same time, one under load, in turns. Must not know targets."""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import specimen
from benchmarks.kit import Kit
from benchmarks.load import Job, Load, LoadFailed, perform
from benchmarks.measure import interleaved, summarise
from benchmarks.peers.peer import Peer, Place
from benchmarks.plan import Plan, Say
from benchmarks.processes import Command, Running, free_port, listening, plain_environment, running
from benchmarks.standing import Latency, Outcome, Standing, Unavailable

CONNECTIONS = 32
START_SECONDS = 20.0
WARM_UP_SECONDS = 0.5
# Past this, its server starts a process for each request: a second request is warm-up enough.
SLOW_ANSWER_MS = 100.0
DRAIN_SECONDS = 30.0


@dataclass(slots=True)
class Served:
    """One server that is up, and the rounds it has had. ``slow``: it answers a few requests a second."""

    peer: Peer
    version: str
    port: int
    program: Running
    slow: bool = False
    loads: list[Load] = field(default_factory=list)

    def load(self, seconds: float, connections: int = CONNECTIONS) -> Load:
        """Put it under load once.

        Raises: Unavailable when it is gone, or an answer does not hold the right token.
        """
        bodies = tuple(specimen.request_body(number).decode() for number in range(connections))
        try:
            load = perform(Job(self.port, self.peer.path, seconds, DRAIN_SECONDS, bodies))
        except LoadFailed as failure:
            raise Unavailable(str(failure)) from None
        if not load.samples:
            raise Unavailable(f"no right answer: {load.errors}; it said: {self.program.last_words()}")
        for number, body in load.samples:
            fault = specimen.fault_of_answer(body.encode(), specimen.identity(number))
            if fault is not None:
                raise Unavailable(f"a wrong answer: {fault}")
        return load

    def standing(self) -> Standing:
        """Sum up its rounds."""
        return Standing(
            self.peer.name,
            self.version,
            summarise([load.rate for load in self.loads]),
            Latency(
                statistics.median(load.p50_ms for load in self.loads),
                statistics.median(load.p99_ms for load in self.loads),
            ),
            errors=sum(sum(load.errors.values()) for load in self.loads),
        )


def measure(peers: Sequence[Peer], kit: Kit, plan: Plan, say: Say) -> Outcome:
    """Put all under load in turns."""
    ceiling = _ceiling(plan.load_seconds)
    say(ceiling)
    failed: dict[str, str] = {}
    up: list[Served] = []
    with contextlib.ExitStack() as stack:
        for peer in peers:
            try:
                up.append(_start(stack, peer, kit))
                say(f"{peer.name} is up")
            except (Unavailable, OSError) as reason:
                failed[peer.name] = str(reason)
                say(f"{peer.name} is left out: {reason}")
        for number, served in interleaved(up, plan.load_rounds):
            name = served.peer.name
            if name in failed or plan.over(number - 1) or (served.slow and number > plan.slow_rounds):
                continue
            try:
                load = served.load(plan.load_seconds)
            except Unavailable as reason:
                failed[name] = str(reason)
                say(f"{name} is left out: {reason}")
                continue
            served.loads.append(load)
            figures = f"{load.rate:,.1f}/s, p50 {load.p50_ms:.1f} ms, p99 {load.p99_ms:.1f} ms"
            say(f"load {number}/{plan.load_rounds}: {name} {figures}{_trouble(load)}")
    standings = {served.peer.name: served.standing() for served in up if served.peer.name not in failed}
    left_out = {name: Standing(name, "", None, reason=reason) for name, reason in failed.items()}
    return Outcome(tuple(standings.get(peer.name) or left_out[peer.name] for peer in peers), (ceiling,))


def _trouble(load: Load) -> str:
    return f", errors {load.errors}" if load.errors else ""


def _start(stack: contextlib.ExitStack, peer: Peer, kit: Kit) -> Served:
    """Start one, ask it for one token, and warm it up.

    Raises: Unavailable.
    """
    for part in peer.parts:
        kit.version(part)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gettone-bench-")))
    port = free_port()
    program = stack.enter_context(running(peer.prepare(Place(folder, port, kit))))
    if not listening(port, program.process, START_SECONDS):
        raise Unavailable(f"it did not start: {program.last_words()}")
    served = Served(peer, peer.version(kit), port, program)
    # A server may listen before it can serve: its first answer waits, and is part of no round.
    first = served.load(0.0, connections=1)
    served.slow = first.p50_ms > SLOW_ANSWER_MS and served.load(0.0, connections=1).p50_ms > SLOW_ANSWER_MS
    if not served.slow:
        served.load(WARM_UP_SECONDS)
    return served


def _ceiling(seconds: float) -> str:
    """What the load generator itself can reach here, in words: the figure of a server that does nothing."""
    root = Path(__file__).resolve().parent.parent
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="gettone-bench-") as folder:
        environment = plain_environment(Path(folder), PYTHONPATH=str(root))
        command = Command((sys.executable, "-m", "benchmarks.responder", str(port)), Path(folder), environment)
        with running(command) as program:
            if not listening(port, program.process, START_SECONDS):
                return "The load generator was not measured: its server did not start."
            bodies = tuple(specimen.request_body(number).decode() for number in range(CONNECTIONS))
            load = perform(Job(port, "/", seconds, DRAIN_SECONDS, bodies))
    return (
        f"The load generator itself reaches {load.rate:,.0f}/s with a server that does nothing, "
        f"and takes {load.cpu_us:.0f} µs of processor time per answer."
    )
