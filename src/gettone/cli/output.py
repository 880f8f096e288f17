"""How data and talk are printed: data to stdout as a table, as JSON or as tab-separated values; talk to stderr.

A table is for people, and may change; JSON and TSV are for programs, and stay. Colour only where a person reads, and
unless NO_COLOR is set. What others wrote cannot steer the terminal. Must not know what the data is about.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, TextIO, TypeAlias

import typer

RED, GREEN, YELLOW, BOLD, DIM = "31", "32", "33", "1", "2"

_PAINTED = re.compile(r"(\x1b\[\d{1,2}m)")

Cell: TypeAlias = "str | int | float | bool | datetime | Sequence[str] | None"


class Format(StrEnum):
    """How data is printed."""

    TABLE = "table"
    JSON = "json"
    TSV = "tsv"


Output = Annotated[Format, typer.Option("--output", "-o", help="How to print it.")]
Json = Annotated[bool, typer.Option("--json", help="The same as -o json.")]


def chosen(output: Format, as_json: bool = False) -> Format:
    """The format that both options name."""
    return Format.JSON if as_json else output


def show_rows(output: Format, columns: Sequence[str], rows: Iterable[Mapping[str, Cell]], empty: str = "") -> None:
    """Print a list. JSON has everything that is in the rows; the others have these columns.

    `empty` is what is said, to people, of a list without rows.
    """
    all_rows = list(rows)
    if output is Format.JSON:
        show_json(all_rows)
        return
    cells = [[written(row.get(column)) for column in columns] for row in all_rows]
    if output is Format.TSV:
        _print_lines("\t".join(line) for line in ([*columns], *cells))
        return
    if not cells:
        say(empty or "There are none.")
        return
    heads = [column.replace("_", " ").upper() for column in columns]
    widths = [max(len(line[place]) for line in (heads, *cells)) for place in range(len(columns))]
    print(paint(BOLD, _padded(heads, widths)))
    _print_lines(_padded(line, widths) for line in cells)


def show_one(output: Format, values: Mapping[str, Cell]) -> None:
    """Print one thing: a name and a value a line, or one JSON object."""
    if output is Format.JSON:
        show_json(values)
    elif output is Format.TSV:
        _print_lines(f"{name}\t{written(value)}" for name, value in values.items())
    else:
        width = max((len(name) for name in values), default=0)
        for name, value in values.items():
            print(f"{paint(DIM, name.replace('_', ' ').ljust(width))}  {written(value)}".rstrip())


def show_json(document: object) -> None:
    """Print one JSON document."""
    print(json.dumps(document, indent=2, ensure_ascii=False, default=_plain))


def show_json_line(document: object) -> None:
    """Print one JSON document as a line among others, at once."""
    print(json.dumps(document, ensure_ascii=False, default=_plain), flush=True)


def say(text: str) -> None:
    """Tell something to whoever watches."""
    pieces = _PAINTED.split(text)
    # Names in it may be somebody else's. Colours are ours, and so are the ends of lines.
    shown = (piece if place % 2 else "\n".join(map(printable, piece.split("\n"))) for place, piece in enumerate(pieces))
    print("".join(shown), file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """Tell something that should not be overlooked."""
    say(f"{paint(YELLOW, 'note:', sys.stderr)} {text}")


def paint(colour: str, text: str, stream: TextIO | None = None) -> str:
    """The text in a colour, where the stream is a person's."""
    return f"\x1b[{colour}m{text}\x1b[0m" if has_colour(stream or sys.stdout) else text


def has_colour(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose owner has nothing against colour (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def printable(text: str) -> str:
    """The text without control characters: what somebody else wrote must not steer the terminal."""
    return text if text.isprintable() else "".join(each if each.isprintable() else "\ufffd" for each in text)


def written(value: Cell) -> str:
    """A value in one line of a table."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return printable(value)
        case datetime():
            return moment(value)
        case int() | float():
            return str(value)
    return printable(" ".join(value))


def moment(value: datetime) -> str:
    """A point in time, in UTC, to the second."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _print_lines(lines: Iterable[str]) -> None:
    text = "\n".join(lines)
    if text:
        print(text)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    raise TypeError(f"{type(value).__name__} has no JSON here")
