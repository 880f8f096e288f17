"""How two sets of files differ: two builds, or a build and a project. Pure; must not know where either is from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gettone.client.importing import FileKind
from gettone.model.functions import Visibility


class Change(StrEnum):
    """What became of a file."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class ComparedFile:
    """A file of one side. `version_sid` and `file_sid` are where a server has it; None for a file of a project."""

    kind: FileKind
    path: str
    visibility: Visibility
    digest: str
    form: str
    version_sid: str | None = None
    file_sid: str | None = None

    @property
    def name(self) -> str:
        """What it is called in a project."""
        suffix = self.form if self.kind is FileKind.FUNCTION else ""
        return f"{self.kind}s{self.path}{suffix}"


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that one side has otherwise than the other."""

    old: ComparedFile | None
    new: ComparedFile | None

    @property
    def file(self) -> ComparedFile:
        """The file as it is, or as it was."""
        found = self.new or self.old
        if found is None:
            raise AssertionError("a difference has a side")
        return found

    @property
    def change(self) -> Change:
        """What became of it."""
        if self.old is None:
            return Change.ADDED
        return Change.REMOVED if self.new is None else Change.CHANGED


def compare(old: Iterable[ComparedFile], new: Iterable[ComparedFile]) -> tuple[Difference, ...]:
    """What differs, by path. Equal contents are equal, whatever their version."""
    before = {each.path: each for each in old}
    after = {each.path: each for each in new}
    return tuple(
        Difference(before.get(path), after.get(path))
        for path in sorted({*before, *after})
        if _facts(before.get(path)) != _facts(after.get(path))
    )


def _facts(file: ComparedFile | None) -> tuple[str, ...]:
    return () if file is None else (file.kind, file.visibility, file.digest, file.form)
