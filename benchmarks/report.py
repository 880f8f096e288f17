"""What was measured, as rows, as Markdown and as JSON. Must not know how it was measured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from benchmarks.measure import ratio
from benchmarks.standing import Outcome, Standing
from benchmarks.tables import Pairing, Table


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison, in rates per second. What was not measured is 0, and ``peer_version`` says why."""

    row: str
    ours: float
    peer: float
    peer_version: str
    ratio: float
    target: float
    met: bool


@dataclass(frozen=True, slots=True)
class Report:
    """One table, measured."""

    table: Table
    outcome: Outcome
    rows: tuple[Row, ...]


def make_report(table: Table, outcome: Outcome) -> Report:
    """Compare the contestants of a table as its pairings say."""
    standings = {standing.name: standing for standing in outcome.standings}
    return Report(
        table, outcome, tuple(_row(each, standings[each.ours], standings[each.peer]) for each in table.pairings)
    )


def _row(pairing: Pairing, ours: Standing, peer: Standing) -> Row:
    our_rate = ours.figure.median if ours.figure else 0.0
    peer_rate = peer.figure.median if peer.figure else 0.0
    if ours.figure is None or peer.figure is None:
        missing = ours if ours.figure is None else peer
        why = f"not measured: {missing.name}: {missing.reason}"
        return Row(pairing.row, our_rate, peer_rate, why, 0.0, pairing.target, False)
    reached = ratio(ours.figure, peer.figure)
    # Speed that loses answers is none.
    met = reached >= pairing.target and ours.errors == 0
    return Row(pairing.row, our_rate, peer_rate, f"{peer.name} {peer.version}", reached, pairing.target, met)


def to_json(reports: Iterable[Report]) -> str:
    """All rows of all tables, as a list of objects."""
    return json.dumps([asdict(row) for report in reports for row in report.rows], indent=2) + "\n"


def to_markdown(reports: Iterable[Report], heading: str) -> str:
    """All tables, each with its contestants and its rows."""
    return "\n\n".join([heading, *(_table(report) for report in reports)]) + "\n"


def _table(report: Report) -> str:
    unit = report.table.unit
    with_latency = any(standing.latency for standing in report.outcome.standings)
    titles = ["contestant", "version", unit, "lowest to highest", "rounds"]
    contestants = _lines(
        [*titles, "p50 ms", "p99 ms", "errors"] if with_latency else titles,
        [_contestant(standing, with_latency) for standing in report.outcome.standings],
    )
    rows = _lines(
        ["row", "ours", "peer", "ratio", "target", "met"],
        [
            [
                row.row,
                _number(row.ours),
                _number(row.peer),
                f"{_number(row.ratio)}x",
                f"{_number(row.target)}x",
                _met(row),
            ]
            for row in report.rows
        ],
    )
    return "\n\n".join([f"## {report.table.title}", contestants, *report.outcome.notes, rows])


def _contestant(standing: Standing, with_latency: bool) -> list[str]:
    if standing.figure is None:
        cells = [standing.name, f"not measured: {standing.reason}", "", "", ""]
        return [*cells, "", "", ""] if with_latency else cells
    figure = standing.figure
    reach = f"{_number(figure.low)} to {_number(figure.high)} (±{figure.spread:.0%})"
    cells = [standing.name, standing.version, _number(figure.median), reach, str(figure.rounds)]
    if not with_latency:
        return cells
    latency = standing.latency
    times = [f"{latency.p50_ms:.2f}", f"{latency.p99_ms:.2f}"] if latency else ["", ""]
    return [*cells, *times, str(standing.errors)]


def _met(row: Row) -> str:
    if row.ratio == 0:
        return "not measured"
    return "yes" if row.met else "**no**"


def _lines(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )


def _number(value: float) -> str:
    """A number with three figures that count, or whole from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
