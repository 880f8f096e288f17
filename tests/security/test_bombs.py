"""Functions that take without end: they get an answer, and their neighbour goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.processes import memory_bytes, tree
from tests.security.prison import BOMBS, Prison, open_prison

pytestmark = [pytest.mark.needs("bwrap"), pytest.mark.xdist_group("escapes")]

HELD_BYTES_MAX = 2 << 30  # by the whole installation, with two workers that took all they could
PROCESSES_MAX = 200

# What a system call is refused with; and bombs that only time ends.
REFUSED = {
    "python": [(200, each) for each in ("BlockingIOError", "RuntimeError", "MemoryError", "OSError")],
    "javascript": [
        (200, each)
        for each in ("Error", "EAGAIN", "ERR_WORKER_INIT_FAILED", "ERR_MEMORY_ALLOCATION_FAILED", "EMFILE", "ENOSPC")
    ],
}
ENDLESS = ("log", "burn")


@pytest.fixture(scope="module")
def prison(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prison]:
    """Bombs in both languages, and a neighbour."""
    with open_prison(tmp_path_factory.mktemp("bombs"), "bubblewrap", functions=BOMBS, seconds=3) as opened:
        yield opened


@pytest.mark.parametrize("language", BOMBS)
@pytest.mark.parametrize("bomb", ["processes", "threads", "memory", "descriptors", "disk", "log", "burn"])
def test_bomb_hurts_its_own_worker_alone(prison: Prison, language: str, bomb: str) -> None:
    """While it goes off the neighbour answers, and the installation holds no more than a worker may."""
    answers: list[tuple[int, str]] = []
    thrower = threading.Thread(target=lambda: answers.append(prison.call(language, {"bomb": bomb})))
    pid = prison.server.process.pid
    thrower.start()
    neighbour, held, processes = [], 0, 0
    # Once more when it is over: some bombs go off in a moment.
    is_over = False
    while not is_over:
        is_over = not thrower.is_alive()
        neighbour.append(prison.neighbour_answers())
        now = tree(pid)
        processes = max(processes, len(now))
        held = max(held, sum(memory_bytes(each) for each in now))
    thrower.join()

    ((status, body),) = answers
    # The kernel refuses, or the worker ends: for its memory, by itself where it bears no refusal, or by time.
    assert (status, body) in REFUSED[language] or status == 502 or (bomb in ENDLESS and status == 504), answers
    assert all(neighbour)
    assert held < HELD_BYTES_MAX
    assert processes < PROCESSES_MAX
