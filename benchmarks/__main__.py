"""`python -m benchmarks`: installs the peers, measures, reports. Must not know what a table measures."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from benchmarks import plan
from benchmarks.kit import NODE, install
from benchmarks.processes import adopt_orphans, end_orphans
from benchmarks.report import make_report, to_json, to_markdown
from benchmarks.tables import TABLES


class Progress:
    """Lines on standard error, each with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, text: str) -> None:
        """Print one line."""
        print(f"[{time.monotonic() - self._started:6.1f} s] {text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; 0 when it came to its end, whatever the figures."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _leave)
    adopt_orphans()
    try:
        return _run(options.only or [], options.quick, options.json)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        end_orphans()


def _run(only: Sequence[str], is_quick: bool, json_file: Path | None) -> int:
    say = Progress()
    how = plan.quick() if is_quick else plan.full()
    tables = [table for table in TABLES if not only or table.name in only]
    kit = install({part for table in tables for part in table.parts}, how.install_seconds, say)
    reports = []
    for table in tables:
        say(table.title)
        reports.append(make_report(table, table.measure(kit, how, say)))
        end_orphans()
    sys.stdout.write(to_markdown(reports, _heading(is_quick)))
    if json_file is not None:
        json_file.write_text(to_json(reports))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("./run bench", description="Measures Gettone beside what else there is.")
    parser.add_argument("--quick", action="store_true", help="few and short rounds: at most 280 seconds in all")
    parser.add_argument("--json", type=_file, metavar="FILE", help="write the rows there as JSON")
    parser.add_argument("--only", action="append", choices=[table.name for table in TABLES], help="this table alone")
    return parser


def _file(text: str) -> Path:
    """A file that can be written once all is measured."""
    path = Path(text)
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text} cannot be written: name a file in a folder that exists")
    return path


def _heading(is_quick: bool) -> str:
    node = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return (
        f"# Gettone {version('gettone')}{', quick' if is_quick else ''}\n\n"
        f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()} "
        f"with {ssl.OPENSSL_VERSION}, Node {node}."
    )


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
