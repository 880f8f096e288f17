"""twilio-run's verbs and options beside ours: from both programs' help, and from what was decided about the rest.

Where an option of theirs has the same name here, that is its counterpart. For any other, ANSWERS has another name, or
the reason why there is none. Run this module to write the table: python -m tests.journeys.command_line.comparison
"""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from pathlib import Path

from gettone.cli.main import main
from tests.journeys.command_line import twilio_run

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "from-twilio-run.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"

# Their verbs that have another name here, and why.
RENAMED = {"start": "dev"}
# Of every verb, unless the verb has it or an answer of its own.
EVERYWHERE = {
    "--version": "`gettone --version`",
    "--log-level": "none: nothing is said that a level would hold back; `--debug` shows what is behind an error",
    "--config": "none: `.twilioserverlessrc` is read where it lies, in the project's folder",
    "--env": "none: credentials come from options, a profile, variables, or the project's `.env`",
    "--load-system-env": "none: the shell's variables are read for credentials, and never sent anywhere",
    "--output-format": "`--output`",
}
ANSWERS: dict[tuple[str, str], str] = {
    ("start", "--ngrok"): "none: Gettone opens no tunnel; run `ngrok http 3000` beside it",
    (
        "start",
        "--fork-process",
    ): "taken, and changes nothing: functions run in processes that are kept, as in the cloud",
}

# `  -p, --port <int>   text`, and `--live / --no-live`
_OPTION = re.compile(r"^  (-[^ ].*?)(?:  |$)", re.MULTILINE)
_QUOTED = re.compile(r"`(--?[^`]+)`")
_NAME = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")


@dataclass(frozen=True, slots=True)
class Row:
    """An option of theirs, or an alias of a verb, and what stands beside it here; `missing` has neither."""

    verb: str
    names: tuple[str, ...]
    ours: tuple[str, ...]
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        theirs = ", ".join(f"`{name}`" for name in self.names)
        return f"| {theirs} | {'; '.join(self.ours)} |"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything of theirs beside ours. `stale` are answers to what nobody asks, or that name what is not here."""

    verbs: tuple[tuple[twilio_run.Verb, tuple[Row, ...]], ...]
    stale: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What of theirs has neither a counterpart nor an answer."""
        return tuple(f"{row.verb} {name}" for _, rows in self.verbs for row in rows for name in row.missing)

    def table(self) -> str:
        """The part of the document that is written by this module."""
        lines = []
        for verb, rows in self.verbs:
            lines += [f"## {twilio_run.NAME} {verb.name}", ""]
            lines += [f"`gettone {RENAMED.get(verb.name, verb.name)}`", ""]
            lines += [f"| {twilio_run.NAME} | gettone |", "|---|---|", *map(str, rows), ""]
        return "\n".join(lines)


def our_options(verb: str) -> frozenset[str]:
    """All names of options in the help of one of our verbs; empty where there is no such verb."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        main([*verb.split(), "--help"])
    part = out.getvalue().partition("Options:")[2]
    return frozenset(name for found in _OPTION.findall(part) for name in _NAME.findall(found))


def compare(theirs: tuple[twilio_run.Verb, ...]) -> Comparison:
    """Look at every option and every alias of theirs."""
    used: set[str] = set()
    wrong: list[str] = []
    verbs = []
    for verb in theirs:
        ours = our_options(RENAMED.get(verb.name, verb.name))
        rows = [_row(verb.name, names, ours, used, wrong) for names in verb.options if names != ("--help",)]
        aliases = [
            Row(verb.name, (alias,), (f"`{alias}`, the same verb",)) for alias in verb.aliases if our_options(alias)
        ]
        absent = [alias for alias in verb.aliases if not our_options(alias)]
        rows += [*aliases, *(Row(verb.name, (alias,), (), (alias,)) for alias in absent)]
        verbs.append((verb, tuple(rows)))
    unused = [f"{verb} {name}: nobody asks" for verb, name in ANSWERS if f"{verb} {name}" not in used]
    return Comparison(tuple(verbs), (*unused, *wrong))


def _row(verb: str, names: tuple[str, ...], ours: frozenset[str], used: set[str], wrong: list[str]) -> Row:
    same = [f"`{name}`" for name in names if name in ours]
    absent = tuple(name for name in names if name not in ours)
    asked = next((name for name in names if (verb, name) in ANSWERS), None)
    answer = None
    if asked is not None:
        used.add(f"{verb} {asked}")
        answer = ANSWERS[verb, asked]
    elif absent:
        answer = next((EVERYWHERE[name] for name in names if name in EVERYWHERE), None)
    if answer is None:
        return Row(verb, names, (", ".join(same),), absent)
    named = [found for quoted in _QUOTED.findall(answer) for found in _NAME.findall(quoted)]
    wrong += [f"{verb} {names[-1]}: there is no {each}" for each in named if each not in ours]
    return Row(verb, names, (", ".join(same), answer) if same else (answer,))


def written(table: str, document: str) -> str:
    """The document with this table in the place of the one that it has."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}{END}{after}"


if __name__ == "__main__":
    found = compare(twilio_run.read_verbs())
    DOCUMENT.write_text(written(found.table(), DOCUMENT.read_text("utf-8")), "utf-8")
    print("\n".join(("missing:", *found.missing, "stale:", *found.stale)))
