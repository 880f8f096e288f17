"""Rows, JSON and Markdown out of what was measured."""

from __future__ import annotations

import json

import pytest

from benchmarks.kit import Kit
from benchmarks.measure import Figure
from benchmarks.plan import Plan, Say
from benchmarks.report import Report, make_report, to_json, to_markdown
from benchmarks.standing import Latency, Outcome, Standing
from benchmarks.tables import TABLES, Pairing, Table


def never(_kit: Kit, _plan: Plan, _say: Say) -> Outcome:
    """Stands where a measurement would."""
    raise AssertionError("a report measures nothing")


TABLE = Table("t", "A title", "things/s", (), never, (Pairing("ours against theirs", "ours", "theirs", 2),))
OURS = Standing("ours", "0.1", Figure(400.0, 380.0, 420.0, 3), Latency(1.5, 9.25))
THEIRS = Standing("theirs", "7.8", Figure(100.0, 90.0, 110.0, 3), Latency(3.0, 4.0), errors=2)


def report(*standings: Standing) -> Report:
    """A report of the one table above."""
    return make_report(TABLE, Outcome(standings, ("A note.",)))


def test_row_compares_medians() -> None:
    """Ratio, target and whether it is met, with both figures and the peer's version."""
    (row,) = report(OURS, THEIRS).rows

    assert (row.ours, row.peer, row.ratio, row.target, row.met) == (400.0, 100.0, 4.0, 2, True)
    assert row.peer_version == "theirs 7.8"


def test_target_that_is_not_reached_is_not_met() -> None:
    """1.9 times is not twice."""
    slow = Standing("ours", "0.1", Figure(190.0, 190.0, 190.0, 3))

    assert not report(slow, THEIRS).rows[0].met


def test_lost_answers_meet_no_target() -> None:
    """Speed with errors is no speed, however high the ratio."""
    losing = Standing("ours", "0.1", Figure(400.0, 380.0, 420.0, 3), errors=1)
    (row,) = report(losing, THEIRS).rows

    assert row.ratio == 4.0
    assert not row.met


@pytest.mark.parametrize("missing", ["ours", "theirs"])
def test_contestant_that_was_not_measured_leaves_a_reason(missing: str) -> None:
    """The row stands, with ratio 0 and the reason."""
    standings = {standing.name: standing for standing in (OURS, THEIRS)}
    standings[missing] = Standing(missing, "", None, reason="no network")
    (row,) = report(*standings.values()).rows

    assert (row.ratio, row.met) == (0.0, False)
    assert row.peer_version == f"not measured: {missing}: no network"


def test_json_is_a_list_of_rows_with_numbers() -> None:
    """What reads the file finds these members, and a number as ratio even where nothing was measured."""
    unmeasured = Standing("theirs", "", None, reason="x")
    rows = json.loads(to_json([report(OURS, THEIRS), report(OURS, unmeasured)]))

    assert [set(row) for row in rows] == [{"row", "ours", "peer", "peer_version", "ratio", "target", "met"}] * 2
    assert [row["ratio"] for row in rows] == [4.0, 0.0]
    assert [row["met"] for row in rows] == [True, False]


def test_markdown_lines_have_the_columns_of_their_table() -> None:
    """Each line of a table has as many cells as its title, also when a reason holds a bar or a line's end."""
    broken = Standing("theirs", "", None, reason="a | b\nc")
    text = to_markdown([report(OURS, THEIRS), report(OURS, broken)], "# Heading")
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]

    assert len(tables) == 4
    for lines in tables:
        assert len({line.replace("\\|", "").count("|") for line in lines}) == 1


def test_markdown_tells_figures_and_verdict() -> None:
    """A reader sees who was measured, how far the rounds lay apart, and what was reached."""
    text = to_markdown([report(OURS, THEIRS)], "# Heading")

    assert text.startswith("# Heading\n\n## A title\n\n")
    assert "| ours | 0.1 | 400 | 380 to 420 (±5%) | 3 | 1.50 | 9.25 | 0 |" in text
    assert "| theirs | 7.8 | 100 | 90 to 110 (±10%) | 3 | 3.00 | 4.00 | 2 |" in text
    assert "A note." in text
    assert "| ours against theirs | 400 | 100 | 4x | 2x | yes |" in text


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_tables_have_distinct_rows_and_positive_targets(table: Table) -> None:
    """A row is found by its name; names of tables are what `--only` takes."""
    rows = [pairing.row for other in TABLES for pairing in other.pairings]

    assert len(set(rows)) == len(rows)
    assert all(pairing.target > 0 for pairing in table.pairings)
    assert [other.name for other in TABLES].count(table.name) == 1
