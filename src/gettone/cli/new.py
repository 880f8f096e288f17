"""`gettone new`: a function more in a project, from a template. Never writes over a file, nor into `.env`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gettone.cli.asking import ask
from gettone.cli.given import Cwd
from gettone.cli.output import say
from gettone.model.errors import PlatformError
from gettone.project.layout import FunctionPlace, check_routes, place_functions
from gettone.project.load import FUNCTION_FOLDERS
from gettone.project.new_files import (
    TONGUES,
    NewFile,
    Tongue,
    choose_template,
    file_of_function,
    find_tongue,
    write_function,
)
from gettone.project.package import PACKAGE_FILE
from gettone.project.project import REQUIREMENTS_FILE
from gettone.project.serverless_config import read_config
from gettone.project.tree import FoundFile, find_files, find_folder
from gettone.project.variables import read_variables
from gettone.project.writing import write_new

app = typer.Typer()


@app.command(epilog="Example: gettone new chat/token --template chat-token")
def new(
    name: Annotated[
        str | None, typer.Argument(help="Its path; .protected or .private at the end set who may ask.")
    ] = None,
    template: Annotated[str, typer.Option(help="What it does: see gettone list-templates.")] = "blank",
    lang: Annotated[str | None, typer.Option(help="js, py or ts; as the project's other functions unless set.")] = None,
    _cwd: Cwd = None,
    env: Annotated[Path | None, typer.Option(metavar="FILE", help="A file of variables instead of .env.")] = None,
    functions_folder: Annotated[str | None, typer.Option(metavar="NAME", help="Instead of functions or src.")] = None,
) -> None:
    """Add a function to a project."""
    name = name or ask("Name of the function", instead="NAME")
    project = Path.cwd()
    folder, found = _functions(project, functions_folder or read_config(project, "new").text("functionsFolder"))
    tongue = find_tongue(lang) if lang is not None else _guess(name, project, found)
    chosen = choose_template(template, tongue)
    file = file_of_function(name, chosen, tongue)
    text = write_function(chosen, tongue)
    _check_route(folder, found, file, text)
    write_new(project, [NewFile(f"{folder}/{file}", text)])
    print(f"{folder}/{file}")
    missing = [each for each in chosen.variables if each not in read_variables(project, env)[0]]
    if missing:
        say(f"It reads {', '.join(missing)}: set {'it' if len(missing) == 1 else 'them'} in .env")


def _functions(project: Path, wanted: str | None) -> tuple[str, dict[str, FoundFile]]:
    """The folder of the functions, and what is in it."""
    names = FUNCTION_FOLDERS if wanted is None else (wanted,)
    folder, _ = find_folder(project, names)
    return (names[0], {}) if folder is None else (folder, find_files(project, folder))


def _guess(name: str, project: Path, found: dict[str, FoundFile]) -> Tongue:
    """What the name ends in; or what most functions are written in; or what packages are for."""
    own = name.rpartition(".")[2]
    if own in TONGUES:
        return TONGUES[own]
    endings = [file.rpartition(".")[2] for file in found]
    used = {each: endings.count(each) for each in TONGUES if each in endings}
    if used:
        return TONGUES[max(used, key=lambda each: used[each])]
    python = (project / REQUIREMENTS_FILE).exists() and not (project / PACKAGE_FILE).exists()
    return TONGUES["py" if python else "js"]


def _check_route(folder: str, found: dict[str, FoundFile], file: str, text: str) -> None:
    """Raise PlatformError `conflict`, which names both files, for a route that is taken."""
    if file in found:
        raise PlatformError("conflict", f"{folder}/{file} is there already: choose another name", file=file)
    sizes = {name: each.size_bytes for name, each in found.items()}
    places = place_functions(folder, {**sizes, file: len(text)})
    check_routes(place for place in places if isinstance(place, FunctionPlace))
