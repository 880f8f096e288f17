"""A steady load on one HTTP server: so many requests a second, whether or not those before are answered.

Theory of operation: requests are due at fixed times. One that is due goes out on a connection that is idle, or on a
new one. Late is only what this process itself could not send in time; it is sent at once. Each answer is kept with the
times of its request and of its end, on the clock that all processes of a machine share.

A process of its own (`python -m benchmarks.steady`): a job on the first line of standard input, its end ends the load.
A body that is new is told at once, a line on standard output; all answers are told at the end. Must not know servers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from dataclasses import asdict, dataclass

from benchmarks.answers import AnswerReader, MalformedAnswer

RECEIVE_BYTES = 16 << 10
ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class SteadyJob:
    """What to ask for, and how often per second."""

    port: int
    host: str
    path: str
    rate: float


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, or why there was none: then `status` is 0 and `body` says why. Times are monotonic, in seconds."""

    sent_at: float
    ended_at: float
    status: int
    body: str


class SteadyLoad:
    """Performs one job. State: `replies`, what came; `_idle`, connections to use again; `_seen`, bodies told of."""

    def __init__(self, job: SteadyJob) -> None:
        self._job = job
        self._request = f"GET {job.path} HTTP/1.1\r\nHost: {job.host}\r\n\r\n".encode()
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._seen: set[str] = set()
        self.replies: list[Reply] = []

    async def run(self, over: asyncio.Event) -> None:
        """Send at the rate until it is over, then wait for what is under way."""
        started = time.monotonic()
        asks: set[asyncio.Task[None]] = set()
        number = 0
        while not over.is_set():
            task = asyncio.create_task(self._ask())
            asks.add(task)
            task.add_done_callback(asks.discard)
            number += 1
            due = started + number / self._job.rate
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, due - time.monotonic())):
                    await over.wait()
        await asyncio.gather(*asks)
        for _, writer in self._idle:
            await _close(writer)

    async def _ask(self) -> None:
        sent_at = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                status, body = await self._exchange()
        except (OSError, MalformedAnswer) as error:
            status, body = 0, str(error) or type(error).__name__
        reply = Reply(sent_at, time.monotonic(), status, body)
        self.replies.append(reply)
        if body not in self._seen:
            self._seen.add(body)
            print(json.dumps(asdict(reply)), flush=True)

    async def _exchange(self) -> tuple[int, str]:
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._job.port)
        try:
            writer.write(self._request)
            answers = AnswerReader()
            answer = None
            while answer is None:
                data = await reader.read(RECEIVE_BYTES)
                answer = answers.feed(data) if data else answers.close()
        except BaseException:
            await _close(writer)
            raise
        if answer.closes:
            await _close(writer)
        else:
            self._idle.append((reader, writer))
        return answer.status, answer.body.decode(errors="replace")


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _run(job: SteadyJob) -> list[Reply]:
    load, over = SteadyLoad(job), asyncio.Event()
    ending = asyncio.create_task(_set_at_end_of_input(over))
    await load.run(over)
    await ending
    return load.replies


async def _set_at_end_of_input(over: asyncio.Event) -> None:
    await asyncio.to_thread(sys.stdin.read)
    over.set()


def main() -> None:
    """Do the job on standard input until that ends, and write what came of it."""
    job = SteadyJob(**json.loads(sys.stdin.readline()))
    replies = asyncio.run(_run(job))
    print(json.dumps([asdict(reply) for reply in replies]))


if __name__ == "__main__":
    main()
