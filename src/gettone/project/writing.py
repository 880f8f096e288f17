"""Puts new files into a project's folder, all of them or none. Must not know what they say.

Nothing is ever written over.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from gettone.model.errors import PlatformError
from gettone.project.new_files import NewFile
from gettone.project.paths import shown

# A repository that was made first is what people have, and what they do not lose.
_MAY_BE_THERE = frozenset({".git"})
_NAMES_SHOWN = 5


def check_empty(folder: Path) -> None:
    """Raise PlatformError `conflict`, which names what is there, unless the folder is empty or does not exist."""
    try:
        there = sorted(entry.name for entry in os.scandir(folder) if entry.name not in _MAY_BE_THERE)
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise PlatformError("conflict", f"{folder} is a file: name a folder that is new or empty") from None
    except OSError as error:
        raise _unwritable(folder, error) from error
    if there:
        more = f" and {len(there) - _NAMES_SHOWN} more" if len(there) > _NAMES_SHOWN else ""
        names = ", ".join(shown(name) for name in there[:_NAMES_SHOWN])
        raise PlatformError(
            "conflict", f"{folder} is not empty (there is {names}{more}): name a folder that is new or empty"
        )


def write_new(folder: Path, files: Sequence[NewFile]) -> None:
    """Write all files, or none and raise PlatformError: `conflict` for one that is there, `invalid` for no right."""
    made: list[Path] = []
    try:
        _make_folder(folder, made)
        for file in files:
            _make_folder((folder / file.name).parent, made)
            _write(folder / file.name, file, made)
    except BaseException:  # Ctrl-C, too, leaves nothing half-done
        for path in reversed(made):
            _remove(path)
        raise


def _make_folder(folder: Path, made: list[Path]) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent, made)
    try:
        folder.mkdir()
    except OSError as error:
        raise _unwritable(folder, error) from error
    made.append(folder)


def _write(path: Path, file: NewFile, made: list[Path]) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if file.secret else 0o666)
        made.append(path)
        with open(descriptor, "w", encoding="utf-8") as stream:
            stream.write(file.text)
    except FileExistsError:
        raise PlatformError("conflict", f"{file.name} is there already: choose another name", file=file.name) from None
    except OSError as error:
        raise _unwritable(path, error) from error


def _remove(path: Path) -> None:
    try:
        path.rmdir() if path.is_dir() else path.unlink()
    except OSError:
        return  # Somebody else put something there meanwhile: it stays.


def _unwritable(path: Path, error: OSError) -> PlatformError:
    return PlatformError(
        "invalid", f"{path} cannot be written ({error.strerror}): name a folder of yours", file=str(path)
    )
