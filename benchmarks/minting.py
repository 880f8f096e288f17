"""Measures minting: every contestant a program of its own, all on one core, in turns. Must not know targets."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from subprocess import PIPE

from benchmarks import specimen
from benchmarks.kit import NODE, PEERS, Kit
from benchmarks.measure import interleaved, summarise
from benchmarks.plan import Plan, Say
from benchmarks.processes import Command, end, plain_environment, spawn
from benchmarks.standing import Outcome, Standing, Unavailable

ROOT = Path(__file__).resolve().parent.parent
MINTERS = ROOT / "benchmarks" / "minters"
TWIN = ROOT / "src" / "gettone" / "guests" / "javascript" / "tokens.js"
ANSWER_SECONDS = 30.0

OURS_PYTHON = "gettone.tokens"
OURS_JAVASCRIPT = "tokens.js of the JavaScript guest"
TWILIO_PYTHON = "PyPI twilio"
TWILIO_NODE_22 = "npm twilio on Node 22"
TWILIO_NODE = "npm twilio on our Node"
BARE_HMAC = "one bare HMAC-SHA-256"


@dataclass(frozen=True, slots=True)
class Minter:
    """One contestant: its name, what of the kit it needs, how its program is called, and by which Node."""

    name: str
    part: str | None
    program: tuple[str, ...]
    on_node_22: bool = False

    def arguments(self, kit: Kit) -> list[str]:
        """Command line of its program.

        Raises: Unavailable when its part is not installed.
        """
        if self.part is not None:
            kit.version(self.part)
        file, *rest = self.program
        if file.endswith(".js"):
            return [str(self._node(kit)), str(MINTERS / file), *rest]
        return [sys.executable if self.part is None else str(kit.python), "-m", f"benchmarks.minters.{file}"]

    def _node(self, kit: Kit) -> Path:
        if not self.on_node_22:
            return NODE
        kit.version("node-22")
        return kit.node_22


MINTERS_IN_TURN = (
    Minter(OURS_PYTHON, None, ("gettone_python",)),
    Minter(TWILIO_PYTHON, "twilio-python", ("twilio_python",)),
    Minter(BARE_HMAC, None, ("bare_hmac",)),
    Minter(OURS_JAVASCRIPT, None, ("gettone_javascript.js", str(TWIN), version("gettone"))),
    Minter(TWILIO_NODE, "twilio-node", ("twilio_javascript.js", str(PEERS / "twilio-node"))),
    Minter(TWILIO_NODE_22, "twilio-node", ("twilio_javascript.js", str(PEERS / "twilio-node")), on_node_22=True),
)
PARTS = ("twilio-python", "twilio-node", "node-22")


class Program:
    """A running minting program. State: what it said and was not yet read."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._told = b""

    def read(self) -> Mapping[str, object]:
        """Wait for its next line.

        Raises: Unavailable when it ended, or is silent for too long.
        """
        assert self._process.stdout is not None
        give_up = time.monotonic() + ANSWER_SECONDS
        while b"\n" not in self._told:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, give_up - time.monotonic()))
            received = os.read(self._process.stdout.fileno(), 65536) if ready else b""
            if not received:
                raise Unavailable("its program said nothing in time" if not ready else self._last_words())
            self._told += received
        line, _, self._told = self._told.partition(b"\n")
        message: Mapping[str, object] = json.loads(line)
        return message

    def mint(self, seconds: float) -> float:
        """Mint for a while; returns tokens per second."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{seconds}\n".encode())
            self._process.stdin.flush()
        except OSError:
            raise Unavailable(self._last_words()) from None
        told = self.read()
        return float(str(told["count"])) / float(str(told["seconds"]))

    def _last_words(self) -> str:
        assert self._process.stderr is not None
        lines = [line.strip() for line in self._process.stderr.read().decode(errors="replace").splitlines()]
        return f"its program ended: {' / '.join([line for line in lines if line][-2:])[-300:]}"


def measure(kit: Kit, plan: Plan, say: Say) -> Outcome:
    """Let all mint in turns."""
    with contextlib.ExitStack() as stack:
        ready, failed = _start_all(stack, kit)
        rates: dict[str, list[float]] = {name: [] for name in ready}
        for number, name in interleaved(list(ready), plan.minting_rounds):
            if name in failed or plan.over(number - 1):
                continue
            try:
                rates[name].append(ready[name][0].mint(plan.minting_seconds))
            except Unavailable as reason:
                failed[name] = str(reason)
                continue
            say(f"minting {number}/{plan.minting_rounds}: {name} {rates[name][-1]:,.0f}/s")
    return Outcome(
        tuple(
            Standing(minter.name, "", None, reason=failed[minter.name])
            if minter.name in failed
            else Standing(minter.name, ready[minter.name][1], summarise(rates[minter.name]))
            for minter in MINTERS_IN_TURN
        )
    )


def _start_all(stack: contextlib.ExitStack, kit: Kit) -> tuple[dict[str, tuple[Program, str]], dict[str, str]]:
    """Programs that are ready, each with its version, and why others are not."""
    ready: dict[str, tuple[Program, str]] = {}
    failed: dict[str, str] = {}
    for minter in MINTERS_IN_TURN:
        try:
            program = stack.enter_context(_program(minter.arguments(kit)))
            told = program.read()
            fault = specimen.fault_of_token(str(told["token"]), specimen.identity(0), time.time())
            if fault is not None:
                raise Unavailable(f"its token is wrong: {fault}")
            ready[minter.name] = program, str(told["version"])
        except Unavailable as reason:
            failed[minter.name] = str(reason)
    return ready, failed


@contextlib.contextmanager
def _program(arguments: Sequence[str]) -> Iterator[Program]:
    environment = plain_environment(
        PEERS / "home", PYTHONPATH=str(ROOT), IDENTITY=specimen.identity(0), ROOM=specimen.ROOM, **specimen.VARIABLES
    )
    with _one_core():
        process = spawn(Command(tuple(arguments), MINTERS, environment), PIPE, PIPE, PIPE)
    try:
        yield Program(process)
    finally:
        end(process)


@contextlib.contextmanager
def _one_core() -> Iterator[None]:
    """Let what is started meanwhile run on one core only, with all its threads: a garbage collector on a second core
    would be a second core's work.
    """
    if sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
