"""A data folder is one run's: whoever starts there is alone, or is told why not.

Two locks. `lock` is the supervisor's: who does not get it is refused at once. `run/programs.lock` is held by its
programs, which outlive a supervisor that is shot by a moment: who comes then waits, since they may still be writing.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from gettone.assembly.places import feed_socket, private_folder
from gettone.model.errors import PlatformError

WAIT_SECONDS = 30.0
AGAIN_SECONDS = 0.05


def hold_data(data: Path, held: ExitStack, on_wait: Callable[[], None]) -> int:
    """Make the data folder, and keep any other Gettone out of it while `held` lasts.

    Returns the descriptor that programs have to keep open. `on_wait` is called where an earlier run has not ended yet.
    Raises PlatformError.
    """
    try:
        private_folder(data)
        run = private_folder(feed_socket(data).parent)
        if not _lock(held.enter_context((data / "lock").open("w"))):
            raise PlatformError(
                "conflict", f"another gettone start uses {data}: stop it, or choose another folder with --data"
            )
        programs = held.enter_context((run / "programs.lock").open("w"))
        if not _lock(programs):
            on_wait()
            _await(programs, data)
        return programs.fileno()
    except OSError as error:
        raise PlatformError(
            "unavailable", f"{error.filename or data} cannot be used ({error.strerror}): choose a folder with --data"
        ) from error


def _await(programs: IO[str], data: Path) -> None:
    give_up = time.monotonic() + WAIT_SECONDS
    while not _lock(programs):
        if time.monotonic() > give_up:
            raise PlatformError(
                "conflict", f"programs of an earlier gettone start still use {data}: end them, then start again"
            )
        time.sleep(AGAIN_SECONDS)  # flock(2) can wait, but not for so long


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
