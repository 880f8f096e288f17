"""The folder that each confined worker sees as /var/task: empty while it is a spare, filled when it is adopted.

The host writes it; the worker's mount of it is read-only. A file is a second name of the deployment's own, so filling
takes no time and no room. Must not know deployments.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TASK = "/var/task"


@dataclass(frozen=True, slots=True)
class Cell:
    """A worker's folder. `name` is the worker's, where the supervisor of connections knows it."""

    name: str
    folder: Path

    def fill(self, root: Path) -> None:
        """Let the worker see a task root: its files, and not what links lead out of it. Raises OSError."""
        _link_tree(root, self.folder)

    def remove(self) -> None:
        """Forget it. Its worker has ended."""
        shutil.rmtree(self.folder, ignore_errors=True)


def make_cell(folder: Path, mounted: Sequence[str] = ()) -> Cell:
    """A new cell, with a place for each folder that will be mounted into it. Raises OSError."""
    name = secrets.token_hex(12)
    cell = Cell(name, folder / name)
    cell.folder.mkdir(parents=True, mode=0o755)
    for place in mounted:
        (cell.folder / place).mkdir(mode=0o755)
    return cell


def _link_tree(source: Path, target: Path) -> None:
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_symlink():
                continue
            if entry.is_dir():
                (target / entry.name).mkdir(mode=0o755, exist_ok=True)
                _link_tree(source / entry.name, target / entry.name)
            else:
                os.link(entry.path, target / entry.name)
