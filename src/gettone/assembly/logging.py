"""Where the programs' own words go: to standard error, a line each. What functions print goes elsewhere."""

from __future__ import annotations

import logging
import sys


def log_to_stderr(program: str) -> None:
    """Send what our rooms log to standard error, under the program's name."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(f"%(asctime)s {program} %(levelname)s %(message)s", "%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("gettone").setLevel(logging.WARNING)
