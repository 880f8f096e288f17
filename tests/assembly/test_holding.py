"""Who may use a data folder, and who waits for it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest

from gettone.assembly import holding
from gettone.assembly.holding import hold_data
from gettone.model.errors import PlatformError


@pytest.fixture
def held() -> Iterator[ExitStack]:
    """Let go at the end."""
    with ExitStack() as stack:
        yield stack


def never() -> None:
    """Nobody waits."""
    raise AssertionError("it waited")


def outlive(data: Path) -> IO[str]:
    """A program of a run whose supervisor is gone: it still holds the lock that it was given."""
    with ExitStack() as run:
        hold_data(data, run, never)
    lock = (data / "run" / "programs.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def test_second_run_is_refused_at_once(tmp_path: Path, held: ExitStack) -> None:
    """Two writers of one folder would be one too many."""
    hold_data(tmp_path / "d", held, never)
    with ExitStack() as second, pytest.raises(PlatformError, match="another gettone start uses") as refused:
        hold_data(tmp_path / "d", second, never)

    assert refused.value.code == "conflict"


def test_next_run_has_the_folder(tmp_path: Path, held: ExitStack) -> None:
    """Nothing stays behind but the files, whose locks are free."""
    with ExitStack() as first:
        hold_data(tmp_path / "d", first, never)
    hold_data(tmp_path / "d", held, never)

    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o700


def test_programs_of_an_earlier_run_are_waited_for(tmp_path: Path, held: ExitStack) -> None:
    """They may still be writing; whoever waits says so."""
    program = outlive(tmp_path / "d")
    waited: list[bool] = []

    def end() -> None:
        waited.append(True)
        program.close()

    hold_data(tmp_path / "d", held, end)

    assert waited == [True]


def test_programs_that_do_not_end_are_not_waited_for_for_ever(
    tmp_path: Path, held: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits is told what to do."""
    monkeypatch.setattr(holding, "WAIT_SECONDS", 0.0)
    with outlive(tmp_path / "d"), pytest.raises(PlatformError, match="end them, then start again"):
        hold_data(tmp_path / "d", held, lambda: None)


def test_folder_that_cannot_be_made_is_named(tmp_path: Path, held: ExitStack) -> None:
    """With what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(PlatformError, match="choose a folder with --data") as refused:
        hold_data(tmp_path / "file" / "d", held, never)

    assert refused.value.code == "unavailable"
