"""A program that tells how it was begun: what it is asked is its descriptor."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Tell."""
    match sys.argv[1]:
        case "gc":
            print(gc.isenabled() and gc.get_freeze_count() > 0)
        case "argv":
            print(sys.argv)
        case "status":
            return 75
    return 0
