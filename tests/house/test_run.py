"""`./run`: makes .venv when it has to, says so in a few lines, and becomes the program asked for."""

import ast
import os
import runpy
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.project import RUN, Project, plant, started

EVERYTHING = ["venv", "requirements.lock", "gettone"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project where nothing is installed yet."""
    return plant(tmp_path)


@pytest.fixture
def installed(project: Project) -> Project:
    """A project that has been run once."""
    assert project.run("--help").returncode == 0
    project.calls()
    return project


def test_first_run_installs_packages_then_gettone(project: Project) -> None:
    """The locked packages go in first; each step is one line on stderr, and stdout is the program's alone."""
    done = project.run("--help")

    assert done.returncode == 0
    assert project.calls() == EVERYTHING
    assert done.stderr.splitlines() == [
        "Making .venv",
        "Installing 1 packages",
        "Installing Gettone, its JavaScript guest and its console",
        "Ready.",
    ]
    assert started(done.stdout).argv == [str(project.root / ".venv/bin/gettone"), "--help"]


def test_second_run_is_silent(installed: Project) -> None:
    """Nothing is installed and nothing is said when nothing changed."""
    done = installed.run("--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert installed.calls() == []


def test_packages_are_demanded_by_hash_and_gettone_without_isolation(project: Project) -> None:
    """What the lock does not name cannot get in, neither as a dependency nor as a build requirement."""
    project.run("--help")

    _, packages, gettone = (project.tools / "calls").read_text().splitlines()
    assert "--no-deps --require-hashes -r" in packages
    assert "--no-deps --no-build-isolation -e" in gettone


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("requirements.lock", ["requirements.lock"]),
        ("requirements-test.lock", []),
        ("pyproject.toml", ["gettone"]),
        ("hatch_build.py", ["gettone"]),
        ("src/gettone/guests/javascript/package-lock.json", ["gettone"]),
        ("src/gettone/console/browser/build.mjs", ["gettone"]),
        ("src/gettone/console/browser/islands/one.js", ["gettone"]),
        ("src/gettone/console/browser/look/one.css", ["gettone"]),
        ("examples/quickstart/.env", []),
    ],
)
def test_changed_file_installs_only_its_part(installed: Project, changed: str, again: list[str]) -> None:
    """A part is installed again when a file that it is made from changed, and then once."""
    with (installed.root / changed).open("a") as file:
        file.write("\n")

    installed.run("--help")

    assert installed.calls() == again
    installed.run("--help")
    assert installed.calls() == []


def test_every_browser_source_is_watched(repository: Path) -> None:
    """No source of the console's browser files is outside the patterns by which `run` sees a change."""
    patterns = runpy.run_path(str(RUN))["PARTS"]["gettone"]
    browser = repository / "src/gettone/console/browser"
    sources = {path for path in browser.rglob("*") if path.is_file() and "node_modules" not in path.parts}

    watched = {path for pattern in patterns for path in repository.glob(pattern)}

    assert sources - watched == set()


def test_tests_bring_their_own_packages(installed: Project) -> None:
    """`./run test` adds the test tools, once, and a plain run leaves them."""
    done = installed.run("test", "-k", "x", "--long")

    assert installed.calls() == ["requirements-test.lock"]
    told = started(done.stdout)
    assert told.argv[1:] == ["-m", "pytest", "-n", "auto", "--dist", "loadgroup", "-k", "x", "--long"]
    assert told.cwd == installed.root
    installed.run("--help")
    installed.run("check")
    assert installed.calls() == []


def test_bench_runs_in_the_repository(installed: Project, tmp_path: Path) -> None:
    """`./run bench` is the benchmarks module, started where it lies, from wherever it is called."""
    done = installed.run("bench", "--quick", cwd=tmp_path)

    told = started(done.stdout)
    assert told.argv[1:] == ["-m", "benchmarks", "--quick"]
    assert told.cwd == installed.root


def test_verb_runs_where_it_is_called(installed: Project, tmp_path: Path) -> None:
    """Paths among a verb's arguments mean what they mean in the caller's shell."""
    told = started(installed.run("dev", ".", "--port", "0", cwd=tmp_path).stdout)

    assert told.argv[1:] == ["dev", ".", "--port", "0"]
    assert told.cwd == tmp_path


def test_no_verb_starts_everything(installed: Project, tmp_path: Path) -> None:
    """`./run` alone is `gettone start`, with its data in the folder that it is called from."""
    inside = started(installed.run().stdout)
    outside = started(installed.run(cwd=tmp_path).stdout)

    assert inside.argv[1:] == outside.argv[1:] == ["start"]
    assert (inside.cwd, outside.cwd) == (installed.root, tmp_path)


def test_exit_code_is_the_programs(installed: Project) -> None:
    """What the program ends with is what the caller sees."""
    assert installed.run("fail").returncode == 7


def test_signal_reaches_the_program(installed: Project) -> None:
    """`run` becomes the program: same process, so every signal is its own."""
    with installed.start("wait") as process:
        assert process.stdout is not None
        told = started(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)

    assert told.pid == process.pid
    assert process.returncode == -signal.SIGTERM


def test_half_made_environment_is_made_anew(installed: Project) -> None:
    """Without its stamp, nobody can tell what a .venv holds: it goes, and a whole one comes."""
    remains = installed.root / ".venv" / "remains"
    remains.touch()
    installed.stamp.unlink()

    done = installed.run("--help")

    assert done.returncode == 0
    assert installed.calls() == EVERYTHING
    assert not remains.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"'])
def test_unreadable_stamp_counts_as_none(installed: Project, content: str) -> None:
    """A stamp that says nothing vouches for nothing."""
    installed.stamp.write_text(content)

    assert installed.run("--help").returncode == 0
    assert installed.calls() == EVERYTHING


def test_environment_does_not_survive_a_move(installed: Project, tmp_path: Path) -> None:
    """The scripts of a .venv name its folder, so a moved project makes its own."""
    moved = installed.root.rename(tmp_path / "elsewhere")

    assert Project(moved, installed.tools).run("--help").returncode == 0
    assert installed.calls()[:2] == EVERYTHING[:2]


def test_environment_without_its_interpreter_is_made_anew(installed: Project) -> None:
    """A Python that was removed takes the .venv that it was made with along."""
    (installed.root / ".venv/bin/python").unlink()

    assert installed.run("--help").returncode == 0
    assert installed.calls() == EVERYTHING


@pytest.mark.parametrize(
    "gone",
    [
        ".venv/bin/gettone",
        "src/gettone/guests/javascript/node_modules",
        "src/gettone/console/static/manifest.json",
    ],
)
def test_removed_installation_is_repaired(installed: Project, gone: str) -> None:
    """What Gettone's own installation put there comes back when it is missing."""
    path = installed.root / gone
    path.rmdir() if path.is_dir() else path.unlink()

    assert installed.run("--help").returncode == 0
    assert installed.calls() == ["gettone"]
    assert path.exists()


def test_two_runs_at_once_install_once(project: Project) -> None:
    """The second waits for the first, says so, and finds everything in place."""
    project.close_gate()
    with project.start("--help") as first:
        with project.waiting_installer():
            second = project.start("--help")
            assert second.stderr is not None
            waiting = second.stderr.readline()
        with second:
            outputs = [process.communicate(timeout=60)[0] for process in (first, second)]

    assert waiting == "Waiting for another ./run that is installing\n"
    assert [started(output).argv[1:] for output in outputs] == [["--help"], ["--help"]]
    assert project.calls() == EVERYTHING


def test_killed_run_leaves_nothing_that_counts(project: Project) -> None:
    """After a kill, the next run waits for the orphaned installer to end, and begins anew."""
    project.close_gate()
    killed = project.start("--help")
    with killed, project.waiting_installer():
        killed.kill()
        killed.wait(timeout=60)
        second = project.start("--help")
        assert second.stderr is not None
        waiting = second.stderr.readline()
    with second:
        rest = second.communicate(timeout=60)[1]

    assert waiting.startswith("Waiting for another ./run")
    assert rest.splitlines()[0] == "Making .venv"
    assert second.returncode == 0
    assert project.calls() == ["venv", *EVERYTHING]


def test_terminated_run_ends_its_installer(project: Project) -> None:
    """SIGTERM while installing ends the installer too, and the exit code names the signal."""
    project.close_gate()
    with project.start("--help") as process, project.waiting_installer():
        process.terminate()
        errors = process.communicate(timeout=60)[1]

    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("complaint", "line"),
    [
        (
            "error: Failed to fetch: `one`\n  Caused by: dns error: failed to lookup address",
            "The Python package registry is not reachable: connect to the network and run this again.",
        ),
        (
            "      gettone-build: the npm registry is not reachable; connect\n  note: a subprocess failed",
            "the npm registry is not reachable; connect",
        ),
    ],
    ids=["of Python packages", "of npm packages"],
)
def test_unreachable_registry_is_one_line(project: Project, complaint: str, line: str) -> None:
    """What is missing is told in one line, and the next run goes on from there."""
    (project.tools / "complaint").write_text(complaint)

    done = project.run("--help")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == ["Making .venv", line]
    (project.tools / "complaint").unlink()
    assert project.run("--help").returncode == 0


def test_other_failure_shows_the_installers_words(project: Project) -> None:
    """A failure that nobody foresaw is shown as the installer told it, with the command that failed."""
    (project.tools / "complaint").write_text("hash mismatch for one==1.0")

    done = project.run("--help")

    assert done.returncode == 1
    assert "hash mismatch for one==1.0" in done.stderr
    assert f"This failed, with the lines above: {project.tools / 'uv'} venv" in done.stderr


def test_failed_update_keeps_what_was_there(installed: Project) -> None:
    """When a changed lock cannot be installed, going back to the old lock installs that part alone."""
    lock = installed.root / "requirements.lock"
    old = lock.read_text()
    lock.write_text("one==1.1\n")
    (installed.tools / "complaint").write_text("dns error")
    assert installed.run("--help").returncode == 1
    installed.calls()

    lock.write_text(old)
    (installed.tools / "complaint").unlink()
    installed.run("--help")

    assert installed.calls() == ["requirements.lock"]


def test_python_that_is_too_old_is_told_in_one_line(project: Project) -> None:
    """No Python that is new enough on PATH: which one is wanted, and which one this is."""
    done = pretend(project, "sys.version_info = (3, 9, 18, 'final', 0)")

    assert done[0] == 1
    assert done[1] == (
        f"Gettone needs Python 3.11 or newer; {sys.executable} is 3.9.18. Install a newer one and run this again.\n"
    )
    assert project.calls() == []


def test_old_python_hands_over_to_a_newer_one(installed: Project) -> None:
    """An old `python3` in front of a newer Python on PATH is no obstacle."""
    broken, newer = installed.tools / "python3.13", installed.tools / "python3.12"
    broken.write_text("#!/bin/sh\nexit 127\n")
    newer.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    for path in (broken, newer):
        path.chmod(0o755)

    code, errors = pretend(installed, "sys.version_info = (3, 9, 18, 'final', 0)")

    assert (code, errors) == (0, "")


def test_python_without_any_installer_is_told_in_one_line(project: Project) -> None:
    """Neither uv nor pip nor virtualenv: what to install."""
    (project.tools / "uv").unlink()

    code, errors = pretend(project, "import importlib.util; importlib.util.find_spec = lambda name: None")

    assert code == 1
    line = errors.splitlines()[-1]
    assert line.startswith("Gettone needs pip or uv to make .venv, and this Python has neither: install one of them")
    assert errors.splitlines() == ["Making .venv", line]


def test_script_can_be_read_by_an_old_python() -> None:
    """A Python that is too old gets as far as the line that says so."""
    assert ast.parse(RUN.read_text(), feature_version=(3, 6)).body


def test_script_is_executable() -> None:
    """`./run` works as typed."""
    assert os.access(RUN, os.X_OK)


def pretend(project: Project, preparation: str) -> tuple[int, str]:
    """Run `run` in an interpreter that something was done to; exit code and stderr."""
    script = str(project.root / "run")
    become = f"sys.argv = [{script!r}, '--help']; runpy.run_path({script!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", f"import runpy, sys; {preparation}; {become}"],
        cwd=project.root,
        env={"PATH": str(project.tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr
