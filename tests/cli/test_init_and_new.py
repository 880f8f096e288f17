"""`gettone init`, `new` and `list-templates`: a project from nothing, a function more, and never a file less."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gettone.project.load import load_project
from gettone.project.templates import TEMPLATES
from tests.cli.running import run

TOKEN_VARIABLES = {"ACCOUNT_SID", "API_KEY", "API_SECRET"}


@pytest.mark.parametrize(("words", "ending"), [((), "js"), (("--lang", "py"), "py"), (("--lang", "ts"), "ts")])
def test_init_makes_a_project_in_a_new_folder(words: tuple[str, ...], ending: str, tmp_path: Path) -> None:
    """Its files on stdout, what to do next on stderr."""
    made = run("init", "shop", *words, cwd=tmp_path)

    project = load_project(tmp_path / "shop")
    assert (made.code, [each.source for each in project.functions]) == (0, [f"functions/create-room-token.{ending}"])
    assert f"shop/functions/create-room-token.{ending}" in made.out.splitlines()
    assert all((tmp_path / line).is_file() for line in made.out.splitlines())
    assert "gettone dev shop" in made.err
    assert set(project.variables) == TOKEN_VARIABLES


def test_init_without_a_folder_takes_the_one_it_is_in(tmp_path: Path) -> None:
    """And is named as it."""
    (tmp_path / "My Shop").mkdir()

    assert run("init", "--template", "blank", cwd=tmp_path / "My Shop").code == 0
    assert json.loads((tmp_path / "My Shop" / "package.json").read_text())["name"] == "my-shop"


def test_init_refuses_a_folder_with_something_in_it(tmp_path: Path) -> None:
    """It names what is there, and leaves it alone."""
    (tmp_path / "notes.txt").write_text("mine")
    refused = run("init", ".", cwd=tmp_path)

    assert (refused.code, refused.out) == (1, "")
    assert "is not empty (there is notes.txt)" in refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [(("--lang", "cobol"), "js, py, ts"), (("--template", "nothing"), "gettone list-templates")],
)
def test_init_names_what_there_is(words: tuple[str, ...], reason: str, tmp_path: Path) -> None:
    """Where it was asked for a language or a template that there is not; no folder is left behind."""
    refused = run("init", "shop", *words, cwd=tmp_path)

    assert refused.code == 1
    assert reason in refused.err
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize(
    ("there", "words", "file"),
    [
        ((), ("hello",), "functions/hello.js"),
        (("functions/a.py",), ("hello",), "functions/hello.py"),
        (("src/a.ts", "src/b.ts", "src/c.js"), ("chat/token",), "src/chat/token.ts"),
        (("functions/a.py",), ("hello", "--lang", "js"), "functions/hello.js"),
        (("requirements.txt",), ("hello.protected",), "functions/hello.protected.py"),
        (("lambdas/a.py",), ("hello", "--functions-folder", "lambdas"), "lambdas/hello.py"),
    ],
)
def test_new_writes_what_the_project_is_written_in(
    there: tuple[str, ...], words: tuple[str, ...], file: str, tmp_path: Path
) -> None:
    """Unless the name or an option says otherwise."""
    for name in there:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    made = run("new", *words, cwd=tmp_path)

    assert (made.code, made.out) == (0, f"{file}\n"), made.err
    assert (tmp_path / file).read_text()


def test_new_looks_where_the_projects_file_says(tmp_path: Path) -> None:
    """The folder of the functions may be called otherwise once for all."""
    (tmp_path / ".twilioserverlessrc").write_text("{ functionsFolder: 'lambdas' }")
    (tmp_path / "lambdas").mkdir()

    assert run("new", "hello", cwd=tmp_path).out == "lambdas/hello.js\n"


def test_new_says_which_variables_are_missing(tmp_path: Path) -> None:
    """It writes none into `.env`, where people keep their own."""
    run("init", ".", cwd=tmp_path)
    before = (tmp_path / ".env").read_bytes()
    made = run("new", "voice", "--template", "voice-token", cwd=tmp_path)

    assert "It reads TWIML_APP_SID: set it in .env" in made.err
    assert (tmp_path / ".env").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("create-room-token",), "functions/create-room-token.js is there already"),
        (("create-room-token.private",), "both have the route /create-room-token"),
        (("create-room-token", "--lang", "py"), "both have the route /create-room-token"),
        (("../hello",), "needs a name"),
        (("hello", "--template", "nothing"), "there is no template nothing"),
    ],
)
def test_new_never_takes_a_route_or_leaves_the_project(words: tuple[str, ...], reason: str, tmp_path: Path) -> None:
    """One sentence, exit code 1, and no file more or less."""
    run("init", ".", cwd=tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    refused = run("new", *words, cwd=tmp_path)

    assert (refused.code, refused.out) == (1, "")
    assert reason in refused.err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_list_templates_tells_every_template() -> None:
    """With what it does and what it reads; for programs, too."""
    shown = run("list-templates").out
    told = json.loads(run("list-templates", "-o", "json").out)

    names = list(dict.fromkeys(each.name for each in TEMPLATES))
    assert [line.split()[0] for line in shown.splitlines()][-len(names) :] == names
    assert [each["name"] for each in told] == names
    assert all(each["description"] for each in told)
    assert {each["name"]: set(each["variables"]) for each in told}["room-token"] == TOKEN_VARIABLES
