"""A folder on disk to a project: what is read, what is refused, and what a reload costs."""

import hashlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gettone.model.errors import PlatformError
from gettone.model.functions import Language, Visibility
from gettone.model.services import ServiceSettings
from gettone.project.load import load_project
from tests.project.folders import (
    HELLO_JS,
    HELLO_PY,
    LONG_AGO_NS,
    set_time,
    write_distribution,
    write_environment,
    write_files,
)

NOBODY = 65534


def refusal(folder: Path, code: str = "invalid", env_file: Path | None = None) -> str:
    """What is said about a folder that does not load."""
    with pytest.raises(PlatformError) as caught:
        load_project(folder, env_file)
    assert caught.value.code == code
    return str(caught.value)


def test_whole_project_is_read(tmp_path: Path) -> None:
    """Every kind of file comes out as what it is."""
    folder = write_files(
        tmp_path / "rooms",
        {
            "functions/token.py": HELLO_PY,
            "functions/a/b.protected.js": HELLO_JS,
            "functions/_db.py": "URL = 1",
            "assets/index.html": "<p>",
            "assets/img/a.private.png": b"\x89PNG",
            ".env": "API_KEY=SK1\nAPI_SECRET=hunter2\n",
            "gettone.toml": "[service]\nconcurrency = 4\n",
            "package.json": '{"name": "my-rooms", "type": "module"}',
            "node_modules/x/package.json": "{}",
            "README.md": "",
        },
    )
    write_environment(folder / ".venv", "version = 3.11.7")

    project = load_project(folder)

    assert project.name == "my-rooms"
    assert project.folder == folder.resolve()
    assert [(f.path, f.name, f.source, f.file) for f in project.functions] == [
        ("/a/b", "a/b", "functions/a/b.protected.js", "handlers/a/b.protected.js"),
        ("/token", "token", "functions/token.py", "handlers/token.py"),
    ]
    assert [(f.language, f.visibility, f.content) for f in project.functions] == [
        (Language.JAVASCRIPT, Visibility.PROTECTED, HELLO_JS.encode()),
        (Language.PYTHON, Visibility.PUBLIC, HELLO_PY.encode()),
    ]
    assert [(m.source, m.file, m.content) for m in project.modules] == [
        ("functions/_db.py", "handlers/_db.py", b"URL = 1")
    ]
    image, index = project.assets
    assert (image.path, image.source, image.file) == (
        "/img/a.png",
        "assets/img/a.private.png",
        "files/img/a.private.png",
    )
    assert (image.visibility, image.content_type, image.size_bytes) == (Visibility.PRIVATE, "image/png", 4)
    assert image.digest == hashlib.sha256(b"\x89PNG").hexdigest()
    assert image.location.read_bytes() == b"\x89PNG"
    assert (index.path, index.visibility) == ("/index.html", Visibility.PUBLIC)
    assert project.variables == {"API_KEY": "SK1", "API_SECRET": "hunter2"}
    assert project.settings == ServiceSettings(concurrency=4)
    assert project.package_json == b'{"name": "my-rooms", "type": "module"}'
    assert project.node_modules == project.folder / "node_modules"
    assert project.python == project.folder / ".venv/bin/python"
    assert project.missing == ()
    assert project.notices == ()


def test_repr_of_a_project_hides_its_values(tmp_path: Path) -> None:
    """A project in a log tells no secret, and no source."""
    write_files(
        tmp_path,
        {"functions/a.py": "KEY = 'hunter2'", ".env": "API_SECRET=hunter2", "package.json": '{"x": "hunter2"}'},
    )

    shown = repr(load_project(tmp_path))

    assert "API_SECRET" in shown
    assert "hunter2" not in shown


def test_smallest_project_is_one_function(tmp_path: Path) -> None:
    """The folder gives the name, and all the rest has a default."""
    folder = write_files(tmp_path / "hello", {"src/hello.js": HELLO_JS})

    project = load_project(folder)

    assert project.name == "hello"
    assert [function.source for function in project.functions] == ["src/hello.js"]
    assert (project.assets, project.modules, dict(project.variables)) == ((), (), {})
    assert (project.package_json, project.node_modules, project.python) == (None, None, None)
    assert (project.missing, project.notices) == ((), ())


def test_project_may_have_assets_alone(tmp_path: Path) -> None:
    """A page without functions is served too."""
    write_files(tmp_path, {"static/index.html": "<p>"})

    assert [asset.source for asset in load_project(tmp_path).assets] == ["static/index.html"]


def test_twilios_folders_win_and_the_others_are_named(tmp_path: Path) -> None:
    """With both, functions/ and assets/ are served, and a notice says so."""
    write_files(tmp_path, {"functions/a.js": "", "src/b.js": "", "assets/a.txt": "", "static/b.txt": ""})

    project = load_project(tmp_path)

    assert [function.path for function in project.functions] == ["/a"]
    assert [asset.path for asset in project.assets] == ["/a.txt"]
    assert project.notices == (
        "src/ is not used, for there is functions/ too",
        "static/ is not used, for there is assets/ too",
    )


def test_folder_may_be_named_through_a_link(tmp_path: Path) -> None:
    """What counts is the real folder; files of its own are inside it."""
    write_files(tmp_path / "real", {"functions/a.js": ""})
    (tmp_path / "link").symlink_to("real")

    assert load_project(tmp_path / "link").folder == (tmp_path / "real").resolve()


def test_missing_folder_is_an_error_with_a_first_function(tmp_path: Path) -> None:
    """Whoever starts from nothing is told what to write."""
    said = refusal(tmp_path / "missing", "not_found")

    assert said.startswith(f"there is no folder {tmp_path / 'missing'}: ")
    assert "create functions/hello.py with" in said


def test_first_function_that_is_proposed_loads(tmp_path: Path) -> None:
    """The proposal can be typed as it stands."""
    said = refusal(tmp_path, "not_found")
    proposal = said.partition("functions/hello.py with\n\n")[2].replace("\n    ", "\n").removeprefix("    ")
    write_files(tmp_path, {"functions/hello.py": proposal})

    assert said.startswith(f"no functions/ or src/ folder in {tmp_path}: create ")
    assert load_project(tmp_path).functions[0].content == HELLO_PY.encode()


def test_file_in_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    """`gettone dev hello.py` is a likely slip."""
    write_files(tmp_path, {"hello.py": HELLO_PY})

    assert refusal(tmp_path / "hello.py") == f"{tmp_path / 'hello.py'} is a file: name the folder of a project"
    assert refusal(tmp_path / "hello.py" / "x", "not_found").startswith("there is no folder")


def test_link_in_a_circle_is_no_folder(tmp_path: Path) -> None:
    """It is refused like anything else that cannot be read."""
    (tmp_path / "circle").symlink_to("circle")

    assert "cannot be read: name the folder of a project" in refusal(tmp_path / "circle")


@pytest.mark.parametrize("files", [{"functions/_helper.py": ""}, {"functions/.gitkeep": ""}, {"assets/.DS_Store": ""}])
def test_folder_without_functions_and_assets_is_an_error(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    """There is nothing to serve, and a way out."""
    write_files(tmp_path, files)

    assert refusal(tmp_path, "not_found").startswith(f"no functions and no assets in {tmp_path}: create functions/")


def test_two_files_with_one_route_are_refused(tmp_path: Path) -> None:
    """Over languages, visibilities and folders."""
    write_files(tmp_path, {"functions/a.js": "", "functions/a.private.py": ""})
    assert refusal(tmp_path, "conflict") == (
        "functions/a.js and functions/a.private.py both have the route /a: rename one of them"
    )

    (tmp_path / "functions/a.js").unlink()
    write_files(tmp_path, {"assets/a": ""})
    assert refusal(tmp_path, "conflict") == (
        "functions/a.private.py and assets/a both have the route /a: rename one of them"
    )


def test_function_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """With the line; a module may be any bytes."""
    write_files(tmp_path, {"functions/a.js": "// 1\n// \xe9".encode("latin-1"), "functions/b.bin": b"\xff"})
    assert refusal(tmp_path) == "functions/a.js is not UTF-8 (line 2): save it as UTF-8"

    write_files(tmp_path, {"functions/a.js": ""})
    assert load_project(tmp_path).modules[0].content == b"\xff"


def test_large_function_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """A file of any size costs nothing but the error."""
    write_files(tmp_path, {"functions/a.js": ""})
    os.truncate(tmp_path / "functions/a.js", 1 << 40)

    assert refusal(tmp_path, "too_large") == (
        "functions/a.js has 1.05e+06 MB, a function may have 1 MB: move data into an asset"
    )


def test_large_asset_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """Twilio's bounds: 25 MB, and 10 MB if private."""
    write_files(tmp_path, {"assets/a.mp4": ""})
    os.truncate(tmp_path / "assets/a.mp4", 1 << 40)

    assert "assets/a.mp4 has" in refusal(tmp_path, "too_large")


@contextmanager
def without_privileges(folder: Path) -> Iterator[None]:
    """Be nobody for a while, if we are root: root may read everything."""
    if os.geteuid() != 0:
        yield
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that nobody can reach too: pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp()).resolve()
    yield folder
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "name", ["functions/a.js", "functions/_a.py", "functions/b", "assets/a.txt", ".env", "gettone.toml", "package.json"]
)
def test_file_that_may_not_be_read_is_named(open_folder: Path, name: str) -> None:
    """Whatever it is, the error names it and the reason."""
    write_files(
        open_folder,
        {
            "functions/a.js": "",
            "functions/_a.py": "",
            "functions/b/c.js": "",
            "assets/a.txt": "",
            ".env": "",
            "gettone.toml": "",
            "package.json": "{}",
        },
    )
    load_project(open_folder)
    (open_folder / name).chmod(0)

    with without_privileges(open_folder):
        said = refusal(open_folder)

    assert said == f"{name} cannot be read (permission denied): mend or remove it"


def test_folder_that_may_not_be_read_is_named(open_folder: Path) -> None:
    """The project's own folder is no exception."""
    write_files(open_folder, {"project/functions/a.js": ""})
    (open_folder / "project").chmod(0)

    with without_privileges(open_folder):
        said = refusal(open_folder / "project")

    assert said == f"{open_folder / 'project'} cannot be read (permission denied): mend or remove it"


def test_env_file_is_read_instead_of_dotenv(tmp_path: Path) -> None:
    """--env names a file anywhere; a missing one is an error."""
    write_files(tmp_path, {"functions/a.js": "", ".env": "A=1", "b.env": "A=2\nB="})

    project = load_project(tmp_path, tmp_path / "b.env")

    assert project.variables == {"A": "2"}
    assert project.notices == (f"{tmp_path / 'b.env'}: B left out, for an empty value is no variable (as on Twilio)",)
    assert refusal(tmp_path, "not_found", tmp_path / "c.env").startswith(f"there is no file {tmp_path / 'c.env'}:")


def test_what_is_not_installed_is_told(tmp_path: Path) -> None:
    """For both languages, with the commands; the project loads all the same."""
    write_files(
        tmp_path,
        {"functions/a.py": "", "requirements.txt": "absent", "package.json": '{"dependencies": {"twilio": "6"}}'},
    )

    without = load_project(tmp_path)
    site_packages = write_environment(tmp_path / ".venv", "version = 3.11.7")
    empty = load_project(tmp_path, previous=without)
    write_distribution(site_packages, "absent", "1.0")
    write_files(tmp_path, {"node_modules/twilio/package.json": "{}"})
    full = load_project(tmp_path, previous=empty)

    packages, environment = without.missing
    assert packages == "package.json asks for twilio, not in node_modules: run npm install"
    assert environment == (
        "requirements.txt is there, but no environment: "
        "run python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"
    )
    assert without.python is None
    again = load_project(tmp_path, previous=full)
    assert again.memory.requirements is full.memory.requirements
    assert empty.missing[1:] == (
        "requirements.txt asks for absent (not installed): run .venv/bin/pip install -r requirements.txt",
    )
    assert full.missing == ()
    assert full.python == full.folder / ".venv/bin/python"


def test_unusable_environment_is_told_where_python_is_used(tmp_path: Path) -> None:
    """A project without Python does not care."""
    write_environment(tmp_path / ".venv", "version = 3.9.1")
    write_files(tmp_path, {"functions/a.js": ""})
    assert load_project(tmp_path).missing == ()

    write_files(tmp_path, {"functions/b.py": ""})
    project = load_project(tmp_path)
    assert project.python is None
    assert project.missing[0].startswith(".venv is not used: it has Python 3.9.1")


def test_reload_of_an_unchanged_folder_is_equal(tmp_path: Path) -> None:
    """Whoever compares the two knows that there is nothing to do, even after a touch."""
    write_files(tmp_path, {"functions/a.js": HELLO_JS, "assets/a.txt": "a", ".env": "A=1"})
    first = load_project(tmp_path)
    set_time(tmp_path / "assets/a.txt", LONG_AGO_NS)
    set_time(tmp_path / "functions/a.js", LONG_AGO_NS)

    assert load_project(tmp_path, previous=first) == first
    assert load_project(tmp_path) == first


@pytest.mark.parametrize(
    "change",
    [
        {"functions/a.js": HELLO_JS + "//"},
        {"functions/b.js": HELLO_JS},
        {"functions/a.json": "{}"},
        {"assets/a.txt": "b"},
        {".env": "A=2"},
        {"gettone.toml": "[service]\nworkers_max = 1"},
        {"package.json": "{}"},
    ],
)
def test_reload_after_a_change_is_not_equal(tmp_path: Path, change: dict[str, str | bytes]) -> None:
    """Any change of what is served counts."""
    write_files(tmp_path, {"functions/a.js": HELLO_JS, "assets/a.txt": "a", ".env": "A=1"})
    first = load_project(tmp_path)
    write_files(tmp_path, change)

    assert load_project(tmp_path, previous=first) != first


def test_digest_is_kept_while_size_and_time_are(tmp_path: Path) -> None:
    """An asset with the size and time of the last load is not read again."""
    asset = write_files(tmp_path, {"assets/a.txt": "one"}) / "assets/a.txt"
    set_time(asset, LONG_AGO_NS)
    first = load_project(tmp_path)
    asset.write_text("two")
    set_time(asset, LONG_AGO_NS)

    assert load_project(tmp_path, previous=first).assets[0].digest == hashlib.sha256(b"one").hexdigest()
    assert load_project(tmp_path).assets[0].digest == hashlib.sha256(b"two").hexdigest()

    set_time(asset, LONG_AGO_NS + 1)
    assert load_project(tmp_path, previous=first).assets[0].digest == hashlib.sha256(b"two").hexdigest()


def test_digest_of_a_file_just_written_is_not_kept(tmp_path: Path) -> None:
    """Written twice within a tick of the clock, a file has one time and two contents."""
    asset = write_files(tmp_path, {"assets/a.txt": "one"}) / "assets/a.txt"
    written_ns = asset.stat().st_mtime_ns
    first = load_project(tmp_path)
    asset.write_text("two")
    set_time(asset, written_ns)

    assert load_project(tmp_path, previous=first).assets[0].digest == hashlib.sha256(b"two").hexdigest()


def test_file_that_comes_and_goes_breaks_nothing(tmp_path: Path) -> None:
    """An editor that deletes and writes anew is met at any moment."""
    write_files(tmp_path, {"functions/stays.js": "", "functions/goes.js": "", "assets/goes.txt": ""})
    ended = threading.Event()

    def come_and_go() -> None:
        for number in range(400):
            for name in ("functions/goes.js", "functions/b/goes.js", "assets/goes.txt"):
                if number % 2:
                    write_files(tmp_path, {name: ""})
                else:
                    (tmp_path / name).unlink(missing_ok=True)
                    shutil.rmtree(tmp_path / "functions/b", ignore_errors=True)
        ended.set()

    thread = threading.Thread(target=come_and_go)
    thread.start()
    loads = 0
    while not ended.is_set() or loads == 0:
        assert "/stays" in [function.path for function in load_project(tmp_path).functions]
        loads += 1
    thread.join()

    assert loads > 0


def test_200_files_are_read_within_50_ms(tmp_path: Path) -> None:
    """A reload is not felt; the best of ten, for other tests run beside this one."""
    files = (
        {f"functions/folder{number % 10}/f{number}.js": HELLO_JS * 20 for number in range(150)}
        | {f"assets/folder{number % 10}/a{number}.txt": "x" * 2000 for number in range(50)}
        | {".env": "A=1\n" * 20, "requirements.txt": "".join(f"p{number}>=1\n" for number in range(20))}
    )
    write_files(tmp_path, files)
    site_packages = write_environment(tmp_path / ".venv", "version = 3.11.7")
    for number in range(20):
        write_distribution(site_packages, f"p{number}", "1.0")
    project = load_project(tmp_path)
    seconds = []
    for _ in range(10):
        started = time.perf_counter()
        project = load_project(tmp_path, previous=project)
        seconds.append(time.perf_counter() - started)

    assert len(project.functions) + len(project.assets) == 200
    assert min(seconds) < 0.050
