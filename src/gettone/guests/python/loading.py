"""How a deployment's files become modules and handlers. Must not know the wire, or what a handler answers.

A function `a/b` is the module `handlers.a.b`, whatever its file is called (`b.protected.py`), so that `from .helper
import x` finds the file beside it. Files at the top of the functions folder are importable by their bare name too.
State: `entries` hold a handler from the first time it is asked for.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from gettone.handlers.runtime import Asset, Function, provide

from .calling import Handler, prepare
from .failures import Failures, Problem
from .messages import Load
from .places import Places

PYTHON = "python"
# The package that functions are modules of.
HANDLERS = "handlers"
SITE_PACKAGES = "site-packages"


class Entry:
    """A function: where it is, and its handler once it has been loaded."""

    __slots__ = ("file", "handler", "language", "members", "module", "path", "source")

    def __init__(self, path: str, file: str, source: str, language: str, module: str, members: dict[str, str]) -> None:
        self.path = path
        self.file = file
        self.source = source
        self.language = language
        self.module = module
        # What `context` holds when this function runs.
        self.members = members
        self.handler: Handler | None = None


class Functions:
    """The functions of one deployment."""

    def __init__(self, load: Load) -> None:
        self.entries = {
            one.path: Entry(
                one.path,
                os.path.join(load.root, one.file),
                one.source,
                one.language,
                _module_name(one.name),
                {"PATH": one.path, **load.context, **load.variables},
            )
            for one in load.functions
        }
        self._folder = os.path.join(load.root, load.functions[0].file.split("/")[0] if load.functions else HANDLERS)
        self.places = Places(load.root, self._folder, {entry.file: entry.source for entry in self.entries.values()})
        self.failures = Failures(self.places, frozenset(load.variables))
        self._names = {one.path: one.name for one in load.functions}
        self._assets = {one.name: Asset(os.path.join(load.root, one.file)) for one in load.assets}
        self._finder = _Finder(self._folder, list(self.entries.values()))

    def install(self) -> None:
        """Make the deployment importable in this process, and known to `Runtime`."""
        sys.meta_path.insert(0, self._finder)
        sys.path[:] = _search_path(sys.path, self._folder)
        provide({self._names[path]: self._describe(entry) for path, entry in self.entries.items()}, self._assets)

    def remove(self) -> None:
        """Undo `install`, and forget what was imported by it."""
        sys.meta_path.remove(self._finder)
        sys.path.remove(self._folder)
        inside = os.path.join(self._folder, "")
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == HANDLERS or (getattr(module, "__file__", None) or "").startswith(inside):
                del sys.modules[name]
        provide(None, None)

    def handler(self, entry: Entry) -> Handler:
        """The function's handler; its module is run the first time. Raises what the module raises, or HandlerError."""
        if entry.handler is None:
            module = self.module(entry)
            entry.handler = prepare(module, entry.source)
        return entry.handler

    def module(self, entry: Entry) -> ModuleType:
        """The function's module. Raises what the module raises."""
        if entry.language != PYTHON:
            raise ImportError(f"{entry.source} is not written in Python: it cannot be imported here.")
        return importlib.import_module(entry.module)

    def check(self) -> list[Problem]:
        """Compile every function and run none."""
        return [problem for entry in self.entries.values() if (problem := self._check(entry)) is not None]

    def _check(self, entry: Entry) -> Problem | None:
        if entry.language != PYTHON:
            return None
        try:
            with open(entry.file, "rb") as file:
                compile(file.read(), entry.file, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, OSError, RecursionError, MemoryError) as error:
            return self.failures.describe(error, entry.path, entry.source).problem
        return None

    def _describe(self, entry: Entry) -> Function:
        return Function(entry.file, lambda: self.module(entry))


class _Finder:
    """Finds the modules below `handlers`: functions by their name, folders as packages. The rest is Python's own."""

    def __init__(self, folder: str, entries: list[Entry]) -> None:
        self._files = {entry.module: entry.file for entry in entries if entry.language == PYTHON}
        self._folders = {HANDLERS: folder}
        for entry in entries:
            module, file = entry.module, entry.file
            while (module := module.rpartition(".")[0]) and module != HANDLERS:
                file = os.path.dirname(file)
                self._folders[module] = file

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name in self._files:
            # A function that is a folder too (`a.py` and `a/b.py`) is both.
            folder = self._folders.get(name)
            return importlib.util.spec_from_file_location(
                name, self._files[name], submodule_search_locations=None if folder is None else [folder]
            )
        if name in self._folders:
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [self._folders[name]]
            return spec
        return None


def _module_name(name: str) -> str:
    return ".".join([HANDLERS, *(part.replace(".", "_") for part in name.split("/"))])


def _search_path(path: list[str], own: str) -> list[str]:
    """Where imports look: what was there, with the author's files before the first site-packages.

    Not before the standard library: a function called `email` or `queue` must not take the place of Python's own.
    """
    packages = os.path.join(os.path.dirname(own), SITE_PACKAGES)
    first = next((at for at, one in enumerate(path) if one.endswith(("site-packages", "dist-packages"))), len(path))
    return [*path[:first], own, *path[first:], *([packages] if os.path.isdir(packages) else [])]
