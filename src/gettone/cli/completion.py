"""`gettone completion`: the script that lets a shell complete verbs and options. Asks no server."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from typer._completion_shared import get_completion_script

from gettone.cli.given import COMPLETION_VARIABLE

app = typer.Typer()


class Shell(StrEnum):
    """The shells that it is made for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@app.command(epilog='Example: eval "$(gettone completion bash)"; for good: gettone completion bash >> ~/.bashrc')
def completion(shell: Annotated[Shell, typer.Argument(help="Which one.")]) -> None:
    """Print a script for your shell, which completes verbs and options."""
    print(get_completion_script(prog_name="gettone", complete_var=COMPLETION_VARIABLE, shell=shell.value))
