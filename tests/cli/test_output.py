"""How data and talk are printed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from gettone.cli.output import Cell, Format, chosen, paint, printable, say, show_one, show_rows, warn

ROWS: list[dict[str, Cell]] = [
    {
        "sid": "SK1",
        "name": "a\x1b[31m\nb",
        "at": datetime(2026, 1, 2, 3, 4, 5, 678, UTC),
        "on": True,
        "extra": ["x", "y"],
    },
    {"sid": "SK22", "name": None, "at": None, "on": False, "extra": []},
]


def test_a_table_has_columns_and_no_trailing_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    """What somebody else wrote cannot steer the terminal."""
    show_rows(Format.TABLE, ("sid", "name", "at", "on"), ROWS)

    assert capsys.readouterr().out.splitlines() == [
        "SID   NAME      AT                    ON",
        "SK1   a\ufffd[31m\ufffdb  2026-01-02T03:04:05Z  yes",
        "SK22                                  no",
    ]


def test_tsv_is_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    """A tab or a line's end in a value does not make another column."""
    show_rows(Format.TSV, ("sid", "name"), [{"sid": "a\tb", "name": "c\nd"}])

    assert capsys.readouterr().out == "sid\tname\na\ufffdb\tc\ufffdd\n"


def test_json_is_one_document_with_all_that_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    """Also what has no column; an empty list is one, too."""
    show_rows(Format.JSON, ("sid",), ROWS)
    full = json.loads(capsys.readouterr().out)
    show_rows(Format.JSON, ("sid",), [])
    empty = json.loads(capsys.readouterr().out)

    assert full[0] == {
        "sid": "SK1",
        "name": "a\x1b[31m\nb",
        "at": "2026-01-02T03:04:05Z",
        "on": True,
        "extra": ["x", "y"],
    }
    assert empty == []


def test_an_empty_table_is_told_and_is_no_data(capsys: pytest.CaptureFixture[str]) -> None:
    """To people; a program reads nothing."""
    show_rows(Format.TABLE, ("sid",), [], "There are none yet.")

    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "There are none yet.\n")


def test_one_thing_is_names_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    """In each format."""
    for output in Format:
        show_one(output, {"friendly_name": "Zoë", "sid": None})

    assert capsys.readouterr().out == (
        'friendly name  Zoë\nsid\n{\n  "friendly_name": "Zoë",\n  "sid": null\n}\nfriendly_name\tZoë\nsid\t\n'
    )


def test_the_flag_for_json_is_the_format() -> None:
    """Whatever else was said."""
    assert chosen(Format.TSV, True) is Format.JSON
    assert chosen(Format.TSV, False) is Format.TSV


def test_there_is_no_colour_where_nobody_reads(capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe, a file."""
    warn("look")

    assert paint("1", "x") == "x"
    assert capsys.readouterr().err == "note: look\n"


def test_colour_is_off_when_it_is_unwanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR, and a terminal that has none."""

    class Terminal:
        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            return len(text)

        def flush(self) -> None: ...

    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = paint("1", "x")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = paint("1", "x")
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")

    assert coloured == "\x1b[1mx\x1b[0m"
    assert plain == paint("1", "x") == "x"


def test_talk_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A name in it may be somebody else's; ends of lines are ours."""
    say("one\x1b[2J\x07\ntwo")

    assert capsys.readouterr().err == "one\ufffd[2J\ufffd\ntwo\n"


def test_letters_of_all_the_world_are_printable() -> None:
    """Control characters, and those that turn the reading direction, are not."""
    assert printable("Zoë 日本") == "Zoë 日本"
    assert printable("a\u202eb\x07") == "a\ufffdb\ufffd"
