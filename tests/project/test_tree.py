"""Which files are found in a folder, and which links are followed."""

import os
import socket
import sys
from pathlib import Path

import pytest

from gettone.model.errors import PlatformError
from gettone.project.tree import find_files, find_folder
from tests.project.folders import write_files


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A real path, as `find_files` wants it."""
    return (tmp_path / "project").resolve()


def refusal(project: Path) -> str:
    """What is said about the functions folder."""
    with pytest.raises(PlatformError) as caught:
        find_files(project, "functions")
    assert caught.value.code == "invalid"
    return str(caught.value)


def test_files_are_found_by_relative_names(project: Path) -> None:
    """Folders within folders, with size and place of each file."""
    write_files(project, {"functions/a.js": "12345", "functions/b/c/d.py": "", "elsewhere/e.js": ""})

    found = find_files(project, "functions")

    assert sorted(found) == ["a.js", "b/c/d.py"]
    assert found["a.js"].size_bytes == 5
    assert found["a.js"].location == project / "functions/a.js"
    assert found["a.js"].mtime_ns == (project / "functions/a.js").stat().st_mtime_ns


def test_what_belongs_to_tools_is_not_found(project: Path) -> None:
    """Neither as a file nor as a folder, on any level."""
    write_files(
        project,
        {
            "functions/a.js": "",
            "functions/.DS_Store": "",
            "functions/b/a.js~": "",
            "functions/b/node_modules/x/index.js": "",
            "functions/__pycache__/a.pyc": "",
            "functions/.git/config": "",
            "functions/.well-known/x": "",
        },
    )
    (project / "functions/.#a.js").symlink_to("somebody@somewhere.1234")

    assert sorted(find_files(project, "functions")) == [".well-known/x", "a.js"]


def test_link_inside_the_project_is_followed(project: Path) -> None:
    """To a file and to a folder; the place is where the content lies."""
    write_files(project, {"shared/a.js": "", "shared/b/c.js": "", "functions/own.js": ""})
    (project / "functions/linked.js").symlink_to("../shared/a.js")
    (project / "functions/linked").symlink_to(project / "shared/b")

    found = find_files(project, "functions")

    assert sorted(found) == ["linked.js", "linked/c.js", "own.js"]
    assert found["linked.js"].location == project / "shared/a.js"
    assert found["linked/c.js"].location == project / "shared/b/c.js"


@pytest.mark.parametrize("target", ["../../secret.js", "../../project-2/a.js", "../..", "/etc/passwd", "/"])
def test_link_out_of_the_project_is_refused(project: Path, target: str) -> None:
    """Relative or not, file or folder, and into a folder whose name only begins like ours."""
    write_files(project.parent, {"secret.js": "", "project-2/a.js": "", "project/functions/a.js": ""})
    (project / "functions/escape.js").symlink_to(target)

    assert refusal(project) == "functions/escape.js is a link out of the project: put a copy in its place"


def test_link_in_two_steps_out_of_the_project_is_refused(project: Path) -> None:
    """What counts is where the last link leads."""
    write_files(project.parent, {"secret.js": "", "project/functions/a.js": ""})
    (project / "step").symlink_to("../secret.js")
    (project / "functions/escape.js").symlink_to("../step")

    assert refusal(project) == "functions/escape.js is a link out of the project: put a copy in its place"


def test_folder_that_links_out_of_the_project_is_refused(project: Path) -> None:
    """The functions folder itself is no exception."""
    write_files(project.parent, {"elsewhere/a.js": "", "project/.env": ""})
    (project / "functions").symlink_to("../elsewhere")

    with pytest.raises(PlatformError, match="functions is a link out of the project: put a copy in its place"):
        find_folder(project, ("functions", "src"))


def test_link_in_a_circle_is_refused(project: Path) -> None:
    """A folder that links to one above it would have no end."""
    write_files(project, {"functions/a/b.js": ""})
    (project / "functions/a/again").symlink_to("..")

    assert refusal(project) == "functions/a/again is a link in a circle: remove it"


def test_link_to_nothing_is_refused(project: Path) -> None:
    """Rather than silently left out."""
    write_files(project, {"functions/a.js": ""})
    (project / "functions/b.js").symlink_to("c.js")

    assert refusal(project) == "functions/b.js is a link to nothing: mend or remove it"


def test_link_to_itself_is_refused(project: Path) -> None:
    """The system's own word for it is passed on."""
    write_files(project, {"functions/a.js": ""})
    (project / "functions/b.js").symlink_to("b.js")

    assert refusal(project).startswith("functions/b.js cannot be read (too many levels of symbolic links)")


def test_pipe_and_socket_are_refused(project: Path) -> None:
    """Reading them would wait for ever."""
    write_files(project, {"functions/a.js": ""})
    os.mkfifo(project / "functions/b.js")
    assert refusal(project) == "functions/b.js is no regular file: remove it"

    (project / "functions/b.js").unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        # Relative: a socket's path has a small bound.
        before = Path.cwd()
        os.chdir(project / "functions")
        try:
            listener.bind("c.js")
        finally:
            os.chdir(before)
        assert refusal(project) == "functions/c.js is no regular file: remove it"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse to make such a name")
def test_name_that_is_no_text_is_refused(project: Path) -> None:
    """The message can be printed."""
    write_files(project, {"functions/a.js": ""})
    Path(os.fsdecode(os.fsencode(project / "functions") + b"/\xff.js")).touch()

    assert refusal(project) == "the name of functions/\\udcff.js is not UTF-8: rename the file"


def test_too_many_files_are_refused(project: Path) -> None:
    """Whoever names a folder that is no project hears so soon."""
    write_files(project, {f"functions/{number}.js": "" for number in range(4)})

    with pytest.raises(PlatformError, match=r"more than 3 files in functions/ of .*: is this the folder of a project"):
        find_files(project, "functions", entries_max=3)
    assert len(find_files(project, "functions", entries_max=4)) == 4


def test_first_folder_that_exists_is_used(project: Path) -> None:
    """The others that exist are told, those that do not are nothing."""
    write_files(project, {"src/a.js": "", "assets": "a file"})

    assert find_folder(project, ("functions", "src")) == ("src", ())
    (project / "functions").mkdir()
    assert find_folder(project, ("functions", "src")) == ("functions", ("src",))
    assert find_folder(project, ("static",)) == (None, ())


def test_file_in_place_of_the_folder_is_refused(project: Path) -> None:
    """It is named, unless the other folder is there."""
    write_files(project, {"functions": "a file"})

    with pytest.raises(PlatformError, match="functions is no folder: rename it, and make a folder"):
        find_folder(project, ("functions", "src"))
    (project / "functions").unlink()
    (project / "functions").symlink_to("functions")
    with pytest.raises(PlatformError, match="functions is no folder"):
        find_folder(project, ("functions", "src"))

    (project / "src").mkdir()
    assert find_folder(project, ("functions", "src")) == ("src", ())
