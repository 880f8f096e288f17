"""What twilio-run offers, read from its own `--help`. Must not know what is right, nor what Gettone offers."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.journeys.official_clients.npm_clients import MODULES, NODE, search_path

PROGRAM = MODULES / ".bin" / "twilio-run"
NAME = "twilio-run"
SECONDS = 60
AT_ONCE = 3
# `  twilio-run start [dir]      Starts local ...`, and below it perhaps what belongs to its text
_COMMAND = re.compile(rf"^  {NAME} ((?:[a-z-]+ ?)+)(?:\[\w+\])?(?:  |$)", re.MULTILINE)
_ALIASES = re.compile(r"\[aliases: ([a-z, -]+)\]")
# `  -p, --port   text` or `      --env   text`
_OPTION = re.compile(r"^ {2,}(-[^\s,]+(?:, -[^\s,]+)*)(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb, such as `env set`; its other names; its options, each with all its names."""

    name: str
    aliases: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]


def read_verbs() -> tuple[Verb, ...]:
    """All verbs, in the order of the help."""
    names = list(_commands(_help()))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        helps = list(pool.map(_help, (name for name, _ in names)))
        inner = [(name, text) for (name, _), text in zip(names, helps, strict=True) if "\nCommands:" in text]
        below = [found for _, text in inner for found in _commands(text)]
        helps += list(pool.map(_help, (name for name, _ in below)))
    groups = {name for name, _ in inner}
    verbs = zip(names + below, helps, strict=True)
    return tuple(Verb(name, aliases, options(text)) for (name, aliases), text in verbs if name not in groups)


def options(text: str) -> tuple[tuple[str, ...], ...]:
    """The names of each option of a help."""
    part = text.partition("Options:")[2].partition("\nExamples:")[0]
    return tuple(tuple(found.split(", ")) for found in _OPTION.findall(part))


def _commands(text: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    part = text.partition("Commands:")[2].partition("\nOptions:")[0]
    found = list(_COMMAND.finditer(part))
    for number, command in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(part)
        aliases = _ALIASES.search(part, command.start(), end)
        yield command[1].strip(), tuple(aliases[1].split(", ")) if aliases else ()


def _help(verb: str = "") -> str:
    done = subprocess.run(
        [str(NODE), str(PROGRAM), *verb.split(), "--help"],
        check=True,
        env={"PATH": search_path(), "LANG": "C.UTF-8", "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    return done.stdout
