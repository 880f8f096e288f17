"""What saving a file from an editor comes to: the file as it is now, or what somebody else made of it meanwhile.

Values; must not know how a file is saved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from gettone.control.differences import Line
from gettone.control.progress import Progress
from gettone.control.sheets import SheetFile


@dataclass(frozen=True, slots=True)
class Edit:
    """A file as somebody wants it. What is None stays as it is.

    `base_version_sid` is the version that it was made from: where that is not the newest any more nothing is saved. To
    save over another's version, name that one.
    """

    sid: str
    base_version_sid: str
    text: str | None = field(default=None, repr=False)
    name: str | None = None
    path: str | None = None
    visibility: str | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class FileText:
    """A version of a file. `text` is None where it is no text that an editor shows."""

    file: SheetFile
    version_sid: str
    size_bytes: int
    text: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Saved:
    """It is saved. `progress` is of the deploy that follows, where one does."""

    file: SheetFile
    is_new_version: bool
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing is saved: another version came between. `difference` leads from theirs to one's own."""

    theirs: FileText
    yours: str | None = field(repr=False)
    difference: tuple[Line, ...]
    saved_by: str | None
    saved_at: datetime

    @property
    def file(self) -> SheetFile:
        """The file as it was saved meanwhile."""
        return self.theirs.file


@dataclass(frozen=True, slots=True)
class Removed:
    """It is off the sheet. `progress` as in Saved."""

    file: SheetFile
    progress: Progress | None = None
