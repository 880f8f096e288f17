"""`gettone init`: a new project in a folder that is new or empty. `project.new_files` says what goes into it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gettone.cli.given import Cwd
from gettone.cli.output import say
from gettone.project.new_files import choose_template, find_tongue, name_of_project, plan_project
from gettone.project.writing import check_empty, write_new

app = typer.Typer()


@app.command(epilog="Example: gettone init my-project --lang py")
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="A folder that is new or empty.")] = Path(),
    template: Annotated[str, typer.Option(help="What its function does: see gettone list-templates.")] = "room-token",
    lang: Annotated[str, typer.Option(help="js, py or ts.")] = "js",
    _cwd: Cwd = None,
) -> None:
    """Make a project: a function, a page, variables, and a README that tells the rest."""
    tongue = find_tongue(lang)
    chosen = choose_template(template, tongue)
    place = folder.resolve()
    check_empty(place)
    files = plan_project(name_of_project(place.name), chosen, tongue, os.urandom)
    write_new(place, files)
    for file in files:
        print(folder / file.name)
    say(f"{tongue.title}, with the template {chosen.name}. Serve it: gettone dev {folder}")
