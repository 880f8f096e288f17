"""What works on a bench is bounded, and nothing of it is left: neither processes nor files, however it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gettone.control.npm import explain as explain_npm
from gettone.control.pip import bundled_pip
from gettone.control.pip import explain as explain_pip
from gettone.control.workbench import Bench, WorkBounds, Workshop
from gettone.model.errors import PlatformError
from tests.processes import is_gone

pytestmark = pytest.mark.anyio

SHELL = ("/bin/sh", "-c", "exit 0")


@pytest.fixture
def anyio_backend() -> str:
    """The loop of the control process."""
    return "asyncio"


@pytest.fixture
def place() -> Iterator[Path]:
    """Where benches stand: others can reach it."""
    with tempfile.TemporaryDirectory(prefix="gettone-test-") as folder:
        os.chmod(folder, 0o711)
        yield Path(folder)


async def shell(bench: Bench, script: str) -> tuple[int, list[str]]:
    """Run a script; its exit code and its lines."""
    lines: list[str] = []
    return await bench.run(["/bin/sh", "-c", script], {"GIVEN": "given"}, lines.append), lines


async def test_a_program_sees_what_it_is_given_and_nothing_of_the_host(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home and a temporary folder of its own; both streams are heard, in order."""
    monkeypatch.setenv("SECRET_OF_THE_HOST", "secret")
    workshop = Workshop(place)
    async with workshop.bench(SHELL) as bench:
        code, lines = await shell(bench, "echo one; echo two >&2; env | sort; pwd; exit 3")

        assert code == 3
        assert lines[:2] == ["one", "two"]
        assert f"HOME={bench.folder}/home" in lines
        assert "GIVEN=given" in lines
        assert lines[-1] == str(bench.folder)
        assert "secret" not in str(lines)


async def test_nothing_is_left_of_a_bench(place: Path) -> None:
    """Its folder, the folder of all benches, and the process that ends what runs there."""
    workshop = Workshop(place)
    async with workshop.bench(SHELL) as bench:
        bench.write("a file", "content")
        _, (nursery,) = await shell(bench, "echo $PPID")

    assert os.listdir(place) == []
    assert await asyncio.to_thread(is_gone, int(nursery))


async def test_a_secret_file_is_for_its_reader_alone(place: Path) -> None:
    """Who works there can read it, and no other user."""
    async with Workshop(place).bench(SHELL) as bench:
        file = bench.write("home/.npmrc", "a secret")

        assert await shell(bench, "cat home/.npmrc; echo; stat -c %a home/.npmrc") == (0, ["a secret", "600"])
        assert file.stat().st_mode & 0o077 == 0


async def test_what_fills_the_folder_is_stopped(place: Path) -> None:
    """Before it fills the disk."""
    async with Workshop(place, WorkBounds(folder_bytes=100_000)).bench(SHELL) as bench:
        with pytest.raises(PlatformError, match="leave some out") as full:
            await shell(bench, "while :; do head -c 50000 /dev/zero >> big; sleep 0.01; done")

        assert full.value.code == "too_large"


async def test_what_is_said_is_bounded(place: Path) -> None:
    """Long lines are cut, control characters left out, and beyond the bound nothing is kept; the program goes on."""
    async with Workshop(place, WorkBounds(log_bytes=2500)).bench(SHELL) as bench:
        red, long = "printf '\\033[31mred\\033[0m\\n\\n'", "head -c 100000 /dev/zero | tr '\\0' x"
        code, lines = await shell(bench, f"{red}; {long}; echo; yes | head -n 100000; exit 0")

        assert code == 0
        assert lines[0] == "[31mred[0m"
        assert lines[1] == "x" * 1000 + "…"
        assert lines[-1] == "(what else was said is not kept)"
        assert sum(map(len, lines)) < 2600


async def test_what_a_program_leaves_behind_is_not_followed(place: Path) -> None:
    """A stranger's program may put a link in the place of what is read and packed: we may be root, and it was not."""
    async with Workshop(place).bench(SHELL) as bench:
        await shell(bench, "ln -s /etc/passwd report.json; ln -s /etc node_modules; mkfifo pipe; mkdir folder")

        for name in ("report.json", "pipe", "folder", "missing"):
            with pytest.raises(PlatformError, match="spoiled"):
                bench.read(name)
        for name in ("node_modules", "pipe"):
            with pytest.raises(PlatformError, match="spoiled"):
                bench.made(name)
        assert bench.made("folder") == bench.folder / "folder"


async def test_no_bench_without_a_place(tmp_path: Path) -> None:
    """Nobody's mistake who asked for a build."""
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(PlatformError, match="packages cannot be installed") as refused:
        async with Workshop(tmp_path / "file").bench(SHELL):
            pass

    assert refused.value.code == "unavailable"


PROGRAM = """
import asyncio, sys
from pathlib import Path
from gettone.control.workbench import Workshop

async def main():
    async with Workshop(Path(sys.argv[1])).bench(("/bin/sh", "-c", "exit 0")) as bench:
        script = "sleep 600 & setsid sleep 600 & echo $PPID $$ $!; wait"
        await bench.run(["/bin/sh", "-c", script], {}, lambda line: print(line, flush=True))

asyncio.run(main())
"""


def test_a_killed_gettone_leaves_neither_processes_nor_files(place: Path) -> None:
    """Not even what made itself independent."""
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(place)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        nursery, *working = map(int, process.stdout.readline().split())
        process.send_signal(signal.SIGKILL)

    assert all(is_gone(pid) for pid in (*working, nursery))
    assert list(place.iterdir()) == []


NPM = [
    (
        ["npm error code ETARGET", "npm error notarget No matching version found for a@9."],
        "invalid",
        "No matching version found for a@9",
    ),
    (
        [
            "npm error code E404",
            "npm error 404 Not Found - GET http://x/a",
            "npm error 404  'a@9' is not in this registry.",
        ],
        "invalid",
        "a@9 is not in the registry",
    ),
    (
        ["npm error code ERESOLVE", "npm error ERESOLVE unable to resolve dependency tree"],
        "invalid",
        "unable to resolve dependency tree",
    ),
    (
        ["npm error code E401", "npm error Unable to authenticate"],
        "invalid",
        "The npm registry asks for other credentials",
    ),
    (["npm error code E503", "npm error 503 Service Unavailable"], "unavailable", "The npm registry fails"),
    (["npm error code ENOTFOUND", "npm error syscall getaddrinfo"], "unavailable", "The npm registry does not answer"),
    (
        ["npm error code EINTEGRITY", "npm error sha512-x integrity checksum failed"],
        "invalid",
        "sha512-x integrity checksum failed",
    ),
    (["npm warn old", "Killed"], "invalid", "npm failed without a word"),
]


@pytest.mark.parametrize(("printed", "code", "words"), NPM)
def test_npms_words_become_a_sentence(printed: list[str], code: str, words: str) -> None:
    """And a code: whose fault it is."""
    error = explain_npm(printed)

    assert error.code == code
    assert words in error.message


PIP = [
    (
        [
            "ERROR: Cannot install a==1 and b==2 because these package versions have conflicting dependencies.",
            "ERROR: ResolutionImpossible: for help",
        ],
        False,
        "invalid",
        "Cannot install a==1 and b==2 because",
    ),
    (["ERROR: No matching distribution found for a==9"], True, "invalid", "An index asks for other credentials"),
    (
        [
            "WARNING: Retrying (Retry(total=1)) after connection broken by 'X'",
            "ERROR: No matching distribution found for a",
        ],
        False,
        "unavailable",
        "does not answer",
    ),
    ([], False, "invalid", "pip failed without a word"),
]


@pytest.mark.parametrize(("printed", "refused", "code", "words"), PIP)
def test_pips_words_become_a_sentence(printed: list[str], refused: bool, code: str, words: str) -> None:
    """And a code: whose fault it is."""
    error = explain_pip(printed, scripts=False, refused=refused)

    assert error.code == code
    assert words in error.message


def test_the_pip_that_comes_with_python_runs() -> None:
    """For an environment that has none of its own."""
    pip = bundled_pip()
    if pip is None:
        pytest.skip("this Python comes without ensurepip")
    said = subprocess.run([sys.executable, "-I", str(pip), "--version"], capture_output=True, text=True, check=False)

    assert said.stdout.startswith("pip ")
