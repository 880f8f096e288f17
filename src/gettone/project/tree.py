"""Which files lie in a project's folders. Follows links inside the project only; must not know what files mean."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gettone.model.errors import PlatformError
from gettone.project.files import unreadable
from gettone.project.paths import is_skipped, shown

# Twilio allows 2,050 assets in a build. More than this is a folder that is no project, or a link gone wild.
ENTRIES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file: its name relative to the folder that was searched, and what is at the end of any link."""

    name: str
    location: Path
    size_bytes: int
    mtime_ns: int


def find_folder(project: Path, names: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The first of these folders that exists, and those after it that exist too.

    Raises PlatformError `invalid` for a file where a folder should be, and for a link out of the project.
    """
    present = [name for name in names if _is_folder(project / name)]
    if not present:
        for name in names:
            if os.path.lexists(project / name):
                raise PlatformError("invalid", f"{name} is no folder: rename it, and make a folder", file=name)
        return None, ()
    _check_inside(os.path.realpath(project / present[0]), str(project), present[0])
    return present[0], tuple(present[1:])


def find_files(project: Path, folder: str, entries_max: int = ENTRIES_MAX) -> dict[str, FoundFile]:
    """Every file below a folder of the project that is not skipped, by its name relative to the folder.

    `project` is a real path. A file that disappears meanwhile is left out. Raises PlatformError `invalid` (naming the
    file) for what cannot be read, is no regular file or lies outside the project; `too_large` beyond `entries_max`.
    """
    top = os.path.realpath(project / folder)
    found: dict[str, FoundFile] = {}
    count = 0
    # Folders to read: their name with a slash, their real path, and the real paths above them.
    waiting: list[tuple[str, str, frozenset[str]]] = [("", top, frozenset((top,)))]
    while waiting:
        prefix, where, above = waiting.pop()
        for entry in _entries(where, f"{folder}/{prefix}"):
            if is_skipped(entry.name):
                continue
            count += 1
            if count > entries_max:
                raise PlatformError(
                    "too_large",
                    f"more than {entries_max} files in {folder}/ of {project}: is this the folder of a project?",
                    folder=folder,
                )
            name = prefix + entry.name
            source = f"{folder}/{name}"
            if not _is_text(name):
                raise PlatformError(
                    "invalid", f"the name of {shown(source)} is not UTF-8: rename the file", file=shown(source)
                )
            location = _real_path(entry, str(project), source)
            status = _status(entry, location, source)
            if status is None:
                continue
            if stat.S_ISDIR(status.st_mode):
                if location in above:
                    raise PlatformError("invalid", f"{source} is a link in a circle: remove it", file=source)
                waiting.append((f"{name}/", location, above | {location}))
            elif stat.S_ISREG(status.st_mode):
                found[name] = FoundFile(name, Path(location), status.st_size, status.st_mtime_ns)
            else:
                raise PlatformError("invalid", f"{source} is no regular file: remove it", file=source)
    return found


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP):
            return False
        # What stands in the way is the folder above.
        raise unreadable(str(path.parent), error) from error


def _entries(where: str, source: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(where) as entries:
            yield from entries
    except FileNotFoundError:
        return
    except OSError as error:
        raise unreadable(source.rstrip("/"), error) from error


def _real_path(entry: os.DirEntry[str], project: str, source: str) -> str:
    if not entry.is_symlink():
        return entry.path
    location = os.path.realpath(entry.path)
    _check_inside(location, project, source)
    return location


def _status(entry: os.DirEntry[str], location: str, source: str) -> os.stat_result | None:
    try:
        return entry.stat()
    except FileNotFoundError as error:
        if location == entry.path:
            return None
        raise PlatformError("invalid", f"{source} is a link to nothing: mend or remove it", file=source) from error
    except OSError as error:
        raise unreadable(source, error) from error


def _check_inside(location: str, project: str, source: str) -> None:
    # SAFETY: what is served comes out of the project; a link must not publish the rest of the machine.
    if not location.startswith(project.rstrip("/") + "/"):
        raise PlatformError("invalid", f"{source} is a link out of the project: put a copy in its place", file=source)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
