"""A program for the supervisor's tests: it does what its orders say, one word after the other."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from gettone.assembly.tether import Failed, Ready, Tether


def main() -> None:
    """Obey."""
    tether = Tether(int(sys.argv[1]))
    orders = (tether.receive() or b"").decode().split()
    folder = Path(orders.pop(0))
    (folder / f"{time.monotonic_ns()}.{os.getpid()}").touch()
    if len(list(folder.iterdir())) > 1:
        orders = [word for word in orders if not word.startswith("first-")]
    for word in orders:
        match word.removeprefix("first-"):
            case "ready":
                tether.report(Ready())
            case "deaf":
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            case "wrong":
                tether.report(Failed("invalid", "the master key is another one"))
                sys.exit(1)
            case "away":
                tether.report(Failed("unavailable", "the database is away"))
                sys.exit(75)
    while tether.receive() is not None:
        pass


if __name__ == "__main__":
    main()
