"""A Python script that a real nursery starts, and whose connections it makes."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

from gettone.sandbox.filters import write_filters
from gettone.sandbox.launch import Nursery, Process


async def start_confined(nursery: Nursery, stack: ExitStack, folder: Path, script: str) -> Process:
    """Start it under a filter that hands connect(2) to the nursery. Filters are written to `folder`, once each."""
    near, far = socket.socketpair()
    stack.enter_context(near)
    null = os.open(os.devnull, os.O_WRONLY)
    stack.callback(os.close, null)
    filters = write_filters(folder)
    with far:
        return await nursery.start(
            [far.fileno(), null, null, null],
            argv=[sys.executable, "-I", "-S", "-c", script],
            env={},
            worker=f"tester-{folder.name}",
            filter=str(filters.notify),
        )
