"""One load on one server as a value, and the process that makes it. Must not know tokens, servers or peers."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass

# Beyond the time of the job itself: an interpreter's start, and the connections.
MARGIN_SECONDS = 30.0


class LoadFailed(Exception):
    """The load generator could not do its job; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to send: one body per connection, over and over, for a time. After it, what is under way may end."""

    port: int
    path: str
    seconds: float
    drain_seconds: float
    bodies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """What came back.

    ``seconds`` lasts from the first request to the last answer; ``samples`` holds numbers of connections and the last
    body that each received; ``cpu_us`` is the generator's own time per answer.
    """

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    reconnects: int
    errors: dict[str, int]
    samples: list[tuple[int, str]]

    @property
    def rate(self) -> float:
        """Right answers per second."""
        return self.answers / self.seconds if self.seconds > 0 else 0.0


def perform(job: Job) -> Load:
    """Do one job in a process of its own.

    Raises: LoadFailed, most often because nobody listens.
    """
    # The generator speaks JSON on its standard streams; what it says on the other one is for people.
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.generator"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        output, complaint = process.communicate(
            json.dumps(asdict(job)), timeout=job.seconds + job.drain_seconds + MARGIN_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise LoadFailed("the load generator did not end in time") from None
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0:
        raise LoadFailed((complaint.strip().splitlines() or ["the load generator died"])[-1])
    return decode_load(output)


def decode_job(text: str) -> Job:
    """Read a job from JSON."""
    data = json.loads(text)
    return Job(data["port"], data["path"], data["seconds"], data["drain_seconds"], tuple(data["bodies"]))


def decode_load(text: str) -> Load:
    """Read what came of a job from JSON."""
    data = json.loads(text)
    data["samples"] = [(number, body) for number, body in data["samples"]]
    return Load(**data)
