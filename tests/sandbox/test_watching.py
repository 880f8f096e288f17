"""Who holds too much memory is ended, however it is held; nobody else is."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gettone.sandbox.launch import Nursery
from tests.sandbox.confined import start_confined

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="seccomp and /proc are Linux's"),
]

BOUND = 64 << 20
SECONDS = 20
# Each holds twice the bound, and would wait for ever then.
GREEDY = {
    "data": "held = bytearray(b'x') * (128 << 20)",
    "shared memory": "import mmap\nheld = mmap.mmap(-1, 128 << 20)\nfor at in range(0, len(held), 4096): held[at] = 1",
    "children": "import os\nfor _ in range(4):\n    if os.fork() == 0: break\nheld = bytearray(b'x') * (32 << 20)",
    "children of a thread": "import os, threading\n"
    "def fork():\n"
    "    if os.fork() == 0:\n"
    "        held = bytearray(b'x') * (128 << 20)\n"
    "        threading.Event().wait()\n"
    "    threading.Event().wait()\n"
    "threading.Thread(target=fork).start()",
}
WAIT = "\nimport threading\nthreading.Event().wait()"


@pytest.fixture
def anyio_backend() -> str:
    """The gateway's loop."""
    return "asyncio"


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    """A nursery that lets a process hold so much."""
    opened = Nursery()
    opened.open_targets([], [], BOUND)
    yield opened
    await opened.close()


@pytest.mark.parametrize("how", GREEDY)
async def test_a_process_that_holds_too_much_is_ended(nursery: Nursery, tmp_path: Path, how: str) -> None:
    """With what it started counted in, and what limits on data do not see."""
    with ExitStack() as stack:
        process = await start_confined(nursery, stack, tmp_path, GREEDY[how] + WAIT)
        async with asyncio.timeout(SECONDS):
            status = await process.exited

    assert status == -signal.SIGKILL


async def test_a_neighbour_that_holds_little_goes_on(nursery: Nursery, tmp_path: Path) -> None:
    """It ends by itself, after the greedy one was ended."""
    modest, greedy = tmp_path / "modest", tmp_path / "greedy"
    modest.mkdir()
    greedy.mkdir()
    with ExitStack() as stack:
        kept = await start_confined(nursery, stack, modest, "held = bytearray(b'x') * (8 << 20)" + WAIT)
        ended = await start_confined(nursery, stack, greedy, GREEDY["data"] + WAIT)
        async with asyncio.timeout(SECONDS):
            await ended.exited
        score = await asyncio.to_thread(Path(f"/proc/{kept.pid}/oom_score_adj").read_text)

        assert not kept.exited.done()
        assert int(score) == 500  # the kernel's own search finds workers before the gateway
