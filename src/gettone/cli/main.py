"""The `gettone` command: where it begins. Its own help is answered here, at once; all else is in `command`."""

from __future__ import annotations

import sys

from gettone.cli.verbs import help_text

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run a verb. Exit codes: 0 done, 1 failed, 2 wrong use, 130 Ctrl-C."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--help"]:
        # Typer alone takes as long to import as Python does to start several times.
        print(help_text())
        sys.exit(0)
    try:
        from gettone.cli.command import run
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    run(words)
