"""New projects and new functions: each is served as it is written, and nothing that was there is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gettone import tokens
from gettone.model.errors import PlatformError
from gettone.model.functions import Language, Visibility
from gettone.project.load import load_project
from gettone.project.new_files import (
    TONGUES,
    NewFile,
    choose_template,
    file_of_function,
    find_tongue,
    name_of_project,
    plan_project,
)
from gettone.project.templates import TEMPLATES
from gettone.project.writing import check_empty, write_new
from gettone.testing import call

NAMES = tuple(dict.fromkeys(each.name for each in TEMPLATES))
ALWAYS = {"assets/index.html", ".env", ".gitignore", "README.md"}
PACKAGES = {
    "js": {"package.json"},
    "py": {"requirements.txt"},
    "ts": {"package.json", "tsconfig.json", "globals.d.ts"},
}


def ones(count: int) -> bytes:
    """Randomness that is none."""
    return b"\x11" * count


def make(folder: Path, template: str, tongue: str) -> Path:
    """Write a new project."""
    chosen = find_tongue(tongue)
    write_new(folder, plan_project("shop", choose_template(template, chosen), chosen, ones))
    return folder


@pytest.mark.parametrize("tongue", TONGUES)
@pytest.mark.parametrize("template", NAMES)
def test_new_project_is_a_project(template: str, tongue: str, tmp_path: Path) -> None:
    """With one function of the language, a page, all variables that the function reads, and nothing to install."""
    folder = make(tmp_path / "shop", template, tongue)

    project = load_project(folder)
    [function] = project.functions
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == ALWAYS | PACKAGES[tongue] | {function.source}
    assert function.source.endswith(f".{tongue}")
    assert function.language is (Language.PYTHON if tongue == "py" else Language.JAVASCRIPT)
    assert set(choose_template(template, TONGUES[tongue]).variables) == set(project.variables)
    assert project.missing == project.notices == ()
    assert function.path in (folder / "assets" / "index.html").read_text() or template == "webhook"


@pytest.mark.parametrize("tongue", TONGUES)
def test_function_of_a_new_project_answers_at_once(tongue: str, tmp_path: Path) -> None:
    """With a token of the made-up account, in each of the languages."""
    project = load_project(make(tmp_path / "shop", "room-token", tongue))
    variables = dict(project.variables)

    answer = call(
        project.folder / project.functions[0].source,
        event={"identity": "alice", "room": "standup"},
        variables=variables,
    )

    key = tokens.TrustedKey(variables["API_SECRET"], variables["ACCOUNT_SID"])
    verified = tokens.verify(json.loads(answer.body)["token"], {variables["API_KEY"]: key})
    assert (answer.status, verified.identity, verified.grants) == (200, "alice", {"video": {"room": "standup"}})


def test_variables_are_their_owners_alone_and_never_committed(tmp_path: Path) -> None:
    """As secrets are: the file is for nobody else, and git passes it over."""
    folder = make(tmp_path / "shop", "room-token", "py")

    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    assert ".env" in (folder / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize(
    ("name", "template", "tongue", "file"),
    [
        ("hello", "blank", "js", "hello.js"),
        ("/hello.js", "blank", "js", "hello.js"),
        ("chat/token", "chat-token", "py", "chat/token.py"),
        ("sms/reply.protected", "blank", "ts", "sms/reply.protected.ts"),
        ("incoming", "webhook", "py", "incoming.protected.py"),
        ("incoming.private", "webhook", "py", "incoming.private.py"),
    ],
)
def test_name_tells_the_file(name: str, template: str, tongue: str, file: str) -> None:
    """Folders and visibility as in the names of files; what Twilio calls is protected by itself."""
    chosen = find_tongue(tongue)

    assert file_of_function(name, choose_template(template, chosen), chosen) == file


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "needs a name"),
        ("../hello", "needs a name"),
        ("a//b", "needs a name"),
        (".hidden", "needs a name"),
        ("_module", "needs a name"),
        ("say hello", "white space"),
        ("a?b", "may not contain"),
        ("hello.py", "its ending is that of Python"),
        ("hello.PRIVATE", "lower case"),
        ("a" * 300, "255 are allowed"),
    ],
)
def test_name_that_no_route_has_is_refused(name: str, reason: str) -> None:
    """With the reason."""
    tongue = find_tongue("js")
    with pytest.raises(PlatformError, match=reason) as refused:
        file_of_function(name, choose_template("blank", tongue), tongue)

    assert refused.value.code == "invalid"


def test_what_there_is_none_of_is_refused_with_what_there_is() -> None:
    """Languages and templates."""
    with pytest.raises(PlatformError, match="js, py, ts"):
        find_tongue("cobol")
    with pytest.raises(PlatformError, match="blank, room-token"):
        choose_template("nothing", find_tongue("js"))


@pytest.mark.parametrize(
    ("folder", "name"),
    [("shop", "shop"), ("My Shop_2", "My-Shop-2"), ("--", "project"), ("é", "project"), ("a" * 40, "a" * 32)],
)
def test_folders_name_becomes_a_services(folder: str, name: str) -> None:
    """Letters, digits and hyphens, no more than Twilio's toolkit takes."""
    assert name_of_project(folder) == name


def test_folder_with_something_in_it_is_named(tmp_path: Path) -> None:
    """And what is in it; one that is empty, not there, or a repository and nothing else will do."""
    (tmp_path / "new" / ".git").mkdir(parents=True)
    check_empty(tmp_path / "new")
    check_empty(tmp_path / "none")
    for name in "abcdefg":
        (tmp_path / "new" / name).touch()
    with pytest.raises(PlatformError, match=r"is not empty \(there is a, b, c, d, e and 2 more\)"):
        check_empty(tmp_path / "new")
    with pytest.raises(PlatformError, match="is a file"):
        check_empty(tmp_path / "new" / "a")

    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [".git", *"abcdefg"]


def test_nothing_is_written_over_and_nothing_half_done(tmp_path: Path) -> None:
    """One file that is there keeps all the others from being written."""
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "a.js").write_text("mine")
    files = [NewFile("assets/deep/b.js", "new"), NewFile("functions/a.js", "new")]

    with pytest.raises(PlatformError, match=r"functions/a\.js is there already") as refused:
        write_new(tmp_path, files)

    assert refused.value.code == "conflict"
    assert [path.name for path in tmp_path.iterdir()] == ["functions"]
    assert (tmp_path / "functions" / "a.js").read_text() == "mine"


def test_link_is_not_followed(tmp_path: Path) -> None:
    """What looks absent, since it leads nowhere, is there all the same."""
    (tmp_path / "a.js").symlink_to(tmp_path / "elsewhere.js")

    with pytest.raises(PlatformError, match="is there already"):
        write_new(tmp_path, [NewFile("a.js", "new")])

    assert not (tmp_path / "elsewhere.js").exists()


def test_folder_without_the_right_is_named(tmp_path: Path) -> None:
    """A file where a folder should be is as good as no right, also for root."""
    (tmp_path / "file").touch()

    with pytest.raises(PlatformError, match="cannot be written"):
        write_new(tmp_path / "file" / "project", [NewFile("a.js", "new")])


def test_protected_template_makes_a_protected_function(tmp_path: Path) -> None:
    """Its page does not ask it: nobody can sign as Twilio does."""
    project = load_project(make(tmp_path / "shop", "webhook", "js"))

    assert project.functions[0].visibility is Visibility.PROTECTED
    assert "fetch" not in (project.folder / "assets" / "index.html").read_text()
