"""What `gettone dev` prints: the banner, a line per request, what functions print, what does not load.

Must not know how anything is served. Colour only where a person reads: on a terminal, and unless NO_COLOR is set.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import zlib
from collections.abc import Iterable, Sequence
from typing import TextIO

from gettone.cli.writer import Writer
from gettone.gateway.records import Answered
from gettone.model.functions import Language, Visibility
from gettone.project.project import Project
from gettone.sandbox.enclosure import Standing
from gettone.sandbox.policy import Kind
from gettone.wire.messages import Problem
from gettone.workers.logs import LogRecord

LANGUAGES = {Language.PYTHON: "Python", Language.JAVASCRIPT: "JavaScript"}
RED, YELLOW, DIM, BOLD, GREEN = "31", "33", "2", "1", "32"
NAME_COLOURS = ("36", "35", "34", "32", "33", "96", "95", "94")
TOGETHER_SECONDS = 0.01
EVENT_CHARACTERS_MAX = 2_000
LEVEL_COLOURS = {"error": RED, "warning": YELLOW}
# twilio-run's levels, and the first of ours that each lets through.
LEVELS = {"debug": 0, "info": 1, "warn": 2, "error": 3, "none": 4}
_WEIGHTS = {"debug": 0, "info": 1, "warning": 2, "error": 3}


class Terminal:
    """Writes whole lines, so that lines of different requests never mix, and those of a few milliseconds together.

    State: `_unwritten`, the lines of this moment; `_second` and `_clock`, the time of day as last printed.
    A thread does the writing: a terminal that nobody scrolls, or a full pipe, must not hold up a request.
    `level` is the least of LEVELS that is shown of what functions print, `requests` whether requests are.
    """

    def __init__(self, out: TextIO | None = None, level: str = "info", requests: bool = True) -> None:
        self._out = out or sys.stdout
        self._weight = LEVELS[level]
        self._requests = requests and self._weight <= LEVELS["info"]
        self._writer = Writer(self._out)
        self._unwritten: list[str] = []
        self._second, self._clock = 0, ""
        self._colour = self._out.isatty() and not os.environ.get("NO_COLOR")

    def banner(self, project: Project, address: str, seconds: float, standing: Standing) -> None:
        """Say what is served, where, how it is confined, and what is missing."""
        confined = (
            self._paint(YELLOW, "not sandboxed: functions run with your rights on this machine")
            if standing.kind is Kind.OFF
            else self._paint(DIM, f"sandbox: {standing.detail}")
        )
        self._lines(
            "",
            f"{self._paint(BOLD, 'Gettone')}  {project.name}  {self._paint(BOLD, address)}  ({seconds * 1000:.0f} ms)",
            confined,
            "",
            *self._routes(project),
            "",
        )
        self.remarks(project)
        self._lines(*_suggestion(project, address), "Ctrl-C stops it.", "")

    def remarks(self, project: Project) -> None:
        """Say what a person should install or know."""
        for missing in project.missing:
            self._lines(f"{self._paint(YELLOW, 'missing')}  {missing}")
        for notice in project.notices:
            self._lines(f"{self._paint(DIM, 'note')}  {notice}")
        if project.missing or project.notices:
            self._lines("")

    def reloaded(self, project: Project, seconds: float) -> None:
        """Say that a change is served now."""
        count = len(project.functions)
        self._lines(self._stamped(self._paint(GREEN, f"reloaded  {count} functions in {seconds * 1000:.0f} ms")))

    def refused(self, message: str) -> None:
        """Say that a change is not served, and why. What was served before still is."""
        self._lines(self._stamped(self._paint(RED, f"not reloaded  {message}")))

    def problems(self, problems: Iterable[Problem]) -> None:
        """Show what does not load: file, line, column, and the line itself."""
        for problem in problems:
            place = ":".join(str(part) for part in (problem.file, problem.line, problem.column) if part is not None)
            self._lines(self._stamped(self._paint(RED, f"{problem.name}  {place}  {problem.message}")))
            if problem.text is not None:
                # A tab is kept as it is, so that the caret stands under the same column.
                lead = problem.text[: (problem.column or 1) - 1]
                caret = "".join("\t" if letter == "\t" else " " for letter in lead) + "^"
                self._lines(f"    {problem.text}", f"    {self._paint(RED, caret)}")
            if problem.hint is not None:
                self._lines(f"    {problem.hint}")

    def log(self, record: LogRecord) -> None:
        """Show what a function printed, or what the platform says of it (LogSink)."""
        if _WEIGHTS.get(record.level, LEVELS["info"]) < self._weight:
            return
        name = (record.function or "worker").removeprefix("/")
        painted = self._paint(NAME_COLOURS[zlib.crc32(name.encode()) % len(NAME_COLOURS)], name)
        colour = LEVEL_COLOURS.get(record.level)
        for line in record.text.splitlines() or [""]:
            text = _printable(line)
            self._lines(f"  {painted}  {self._paint(colour, text) if colour else text}")

    def event(self, function: str, event: bytes) -> None:
        """Show what a function is called with: query and body, without headers."""
        if not self._requests:
            return
        parameters = json.loads(event)
        parameters.pop("request", None)
        text = json.dumps(parameters, ensure_ascii=False)
        if len(text) > EVENT_CHARACTERS_MAX:
            text = f"{text[:EVENT_CHARACTERS_MAX]} and {len(text) - EVENT_CHARACTERS_MAX} characters more"
        self._lines(self._stamped(f"{self._paint(DIM, 'called')}  {_printable(function)}  {_printable(text)}"))

    def answered(self, record: Answered) -> None:
        """Show a request: method, path, status, milliseconds (RequestLog)."""
        if not self._requests:
            return
        colour = GREEN if record.status < 400 else YELLOW if record.status < 500 else RED
        status = self._paint(colour, str(record.status))
        took = f"{record.seconds * 1000:.1f} ms"
        self._lines(self._stamped(f"{record.method:<7} {_printable(record.path)}  {status}  {self._paint(DIM, took)}"))

    def say(self, text: str) -> None:
        """Print a sentence."""
        self._lines(text)

    def _routes(self, project: Project) -> Sequence[str]:
        rows = [
            ("GET, POST", function.path, function.visibility, LANGUAGES[function.language], function.source)
            for function in project.functions
        ] + [("GET", asset.path, asset.visibility, "asset", asset.source) for asset in project.assets]
        rows = [("-" if row[2] == Visibility.PRIVATE else row[0], *row[1:]) for row in rows]
        widths = [max((len(row[place]) for row in rows), default=0) for place in range(4)]
        return [
            "  " + "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]])
            for row in rows
        ]

    def _stamped(self, text: str) -> str:
        now = int(time.time())
        if now != self._second:
            self._second, self._clock = now, self._paint(DIM, time.strftime("%H:%M:%S", time.localtime(now)))
        return f"{self._clock}  {text}"

    def _paint(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text

    def _lines(self, *lines: str) -> None:
        if not self._unwritten:
            asyncio.get_running_loop().call_later(TOGETHER_SECONDS, self.flush)
        self._unwritten += lines

    def flush(self) -> None:
        """Hand over what has been said so far."""
        lines, self._unwritten = self._unwritten, []
        if lines:
            self._writer.write("\n".join(lines) + "\n")

    def close(self) -> None:
        """Write what is left."""
        self.flush()
        self._writer.close()


def _printable(text: str) -> str:
    """The text without control characters: a request's path or a log line must not steer the terminal."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter == "\t" else "\ufffd" for letter in text)


def _suggestion(project: Project, address: str) -> Sequence[str]:
    """A line to paste: a public function, one that sounds like a token's if there is one."""
    public = [function for function in project.functions if function.visibility is Visibility.PUBLIC]
    if not public:
        return ()
    function = min(public, key=lambda each: ("token" not in each.path, each.path))
    return (
        "Try it:",
        f"""  curl -X POST {address}{function.path} -H 'Content-Type: application/json' -d '{{"identity": "alice"}}'""",
        "",
    )
