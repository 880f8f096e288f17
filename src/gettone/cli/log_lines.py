"""How a log line is printed: for a person, as JSON, or as tab-separated values. Must not know where lines are from."""

from __future__ import annotations

from collections.abc import Mapping

from gettone.cli.output import DIM, RED, YELLOW, Cell, Format, moment, paint, printable, show_json_line, written
from gettone.client.logs import RemoteLogLine

COLUMNS = ("created_at", "level", "function", "request_sid", "message")
_COLOURS = {"warning": YELLOW, "error": RED}


def row(line: RemoteLogLine, paths: Mapping[str, str]) -> dict[str, Cell]:
    """A line; `paths` are functions' paths by their SID."""
    return {
        "sid": line.sid,
        "created_at": line.created_at,
        "level": line.level,
        "function": paths.get(line.function_sid or ""),
        "message": line.message,
        "is_platform": line.is_platform,
        "request_sid": line.request_sid,
        "function_sid": line.function_sid,
        "service_sid": line.service_sid,
        "environment_sid": line.environment_sid,
        "build_sid": line.build_sid,
        "deployment_sid": line.deployment_sid,
    }


def print_line(line: RemoteLogLine, paths: Mapping[str, str], output: Format) -> None:
    """Print one line at once."""
    values = row(line, paths)
    if output is Format.JSON:
        show_json_line(values)
    elif output is Format.TSV:
        print("\t".join(written(values[column]) for column in COLUMNS), flush=True)
    else:
        print(shown(line, paths), flush=True)


def shown(line: RemoteLogLine, paths: Mapping[str, str]) -> str:
    """A line as people read it. What follows in the same message is indented."""
    path = paths.get(line.function_sid or "", "")
    level = paint(_COLOURS.get(line.level, DIM), f"{line.level.upper():7}")
    head = f"{paint(DIM, moment(line.created_at))} {level} {printable(path)}{' ' if path else ''}"
    first, *rest = line.message.splitlines() or [""]
    return "\n".join([head + printable(first), *(f"    {printable(each)}" for each in rest)])
