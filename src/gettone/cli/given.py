"""What was said for the whole command, before the verb or after it. Knows no verb, and decides nothing.

State: one value for the process, as there is one command in it. Written while options are read, read afterwards.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

# By this a shell asks for the words that could follow: `gettone completion` says so to it.
COMPLETION_VARIABLE = "_GETTONE_COMPLETE"


@dataclass(slots=True)
class Given:
    """`debug`: show what is behind an error; `no_input`: ask nothing; `yes`: yes to what would be confirmed."""

    debug: bool = False
    no_input: bool = False
    yes: bool = False
    profile: str | None = None


GIVEN = Given()


def note_debug(value: bool) -> bool:
    """Take `--debug`."""
    GIVEN.debug |= value
    return value


def note_no_input(value: bool) -> bool:
    """Take `--no-input`."""
    GIVEN.no_input |= value
    return value


def note_yes(value: bool) -> bool:
    """Take `--yes`."""
    GIVEN.yes |= value
    return value


def note_profile(value: str | None) -> str | None:
    """Take `--profile`; the last one counts."""
    GIVEN.profile = value or GIVEN.profile
    return value


def enter_folder(value: Path | None) -> Path | None:
    """Take `--cwd`: go there, so that all other paths count from there."""
    if value is not None:
        try:
            os.chdir(value)
        except OSError as error:
            raise typer.BadParameter(f"{value} cannot be entered: {error.strerror}") from None
    return value


Cwd = Annotated[
    Path | None,
    typer.Option("--cwd", "-C", metavar="DIR", is_eager=True, callback=enter_folder, help="Work in this folder."),
]
