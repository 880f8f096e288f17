"""Where a file of the running process lies in the author's project. Must not know errors or modules.

Authors know `functions/a.py`; a worker runs `<root>/handlers/a.py`, and frames of its own that are nobody's business.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import gettone.handlers

_HIDDEN_FOLDERS = (
    os.path.dirname(os.path.abspath(__file__)),
    os.path.dirname(os.path.abspath(gettone.handlers.__file__)),
)
# The folder that `gettone` lies in: of it, `gettone/tokens/x.py` is shown.
_GETTONE_ROOT = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(gettone.handlers.__file__))), "")


class Places:
    """Files of one deployment. `sources` maps each function's absolute file to its name in the project.

    `handlers` is the folder that the functions lie in.
    """

    def __init__(self, root: str, handlers: str, sources: Mapping[str, str]) -> None:
        self._root = os.path.join(root, "")
        self._handlers = os.path.join(handlers, "")
        self._sources = sources
        self._project_folder = self._find_project_folder()

    def source(self, file: str) -> str | None:
        """The author's own file: its name in the project. None for any other file."""
        if not file.startswith(self._handlers):
            return None
        return self._sources.get(file) or f"{self._project_folder}/{file.removeprefix(self._handlers)}"

    def show(self, file: str) -> str:
        """A file's name for a stack or a message."""
        source = self.source(file)
        if source is not None:
            return source
        for folder in (self._root, _GETTONE_ROOT):
            if file.startswith(folder):
                return file.removeprefix(folder)
        return file

    @staticmethod
    def is_hidden(file: str) -> bool:
        """Whether a frame in this file belongs to the platform and tells an author nothing."""
        return os.path.dirname(file) in _HIDDEN_FOLDERS or file.startswith("<frozen importlib")

    def _find_project_folder(self) -> str:
        """`functions` or `src`: what lies under handlers/ is called so in the project."""
        for file, source in self._sources.items():
            tail = file.removeprefix(self._handlers)
            if tail != file and source.endswith(f"/{tail}"):
                return source.removesuffix(f"/{tail}")
        return "functions"
