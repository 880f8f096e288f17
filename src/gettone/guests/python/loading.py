"""How a deployment's files become modules and handlers. Must not know the wire, or what a handler answers.

A function `a/b` is the module `handlers.a.b`, whatever its file is called, so that `from .helper import x` finds the
file beside it. Files at the top of the functions folder are importable by their bare name too.

State: `entries`, by path, filled as functions are first called. All that most workers never need (`places`, `failures`,
what `Runtime` shows) is made when it is first asked for: each object that a clone touches is memory of its own.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from functools import cached_property
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType

from gettone.handlers.runtime import Asset, Function, provide

from .calling import Handler, prepare
from .failures import Failures, Problem
from .messages import FunctionFile, Load
from .places import Places

PYTHON = "python"
# The package that functions are modules of, and the folder that they lie in.
HANDLERS = "handlers"
SITE_PACKAGES = "site-packages"


class Entry:
    """A function that has been called: where it is, what its context holds, and its handler once it is loaded."""

    __slots__ = ("file", "handler", "language", "members", "module", "path", "source")

    def __init__(self, said: FunctionFile, load: Load) -> None:
        self.path = said["path"]
        self.file = os.path.join(load.root, said["file"])
        self.source = said["source"]
        self.language = said["language"]
        self.module = module_name(said["name"])
        self.members = {"PATH": self.path, **load.context, **load.variables}
        self.handler: Handler | None = None


class Functions:
    """The functions of one deployment."""

    def __init__(self, load: Load) -> None:
        self.entries: dict[str, Entry] = {}
        self._load = load
        # In a project as an author has it, for tests, the folder has the project's name for it.
        folder = load.functions[0]["file"].partition("/")[0] if load.functions else HANDLERS
        self._folder = os.path.join(load.root, folder)
        self._finder = _Finder(self._folder, load)

    @cached_property
    def places(self) -> Places:
        """Which file is which in the author's project."""
        root = self._load.root
        sources = {os.path.join(root, one["file"]): one["source"] for one in self._load.functions}
        return Places(root, self._folder, sources)

    @cached_property
    def failures(self) -> Failures:
        """What is said of exceptions."""
        return Failures(self.places, self._load.variables)

    def install(self) -> None:
        """Make the deployment importable in this process, and known to `Runtime`."""
        package = sys.modules[HANDLERS] = ModuleType(HANDLERS)
        package.__path__ = [self._folder]
        sys.meta_path.insert(0, self._finder)
        sys.path[:] = _search_path(sys.path, self._folder)
        provide(self._describe_functions, self._describe_assets)

    def remove(self) -> None:
        """Undo `install`, but for the path and for what was imported."""
        sys.meta_path.remove(self._finder)
        provide(None, None)

    def owns(self, name: str, module: ModuleType) -> bool:
        """Whether a module is the deployment's."""
        file = getattr(module, "__file__", None) or ""
        return name.partition(".")[0] == HANDLERS or file.startswith(f"{self._folder}/")

    def find(self, path: str) -> Entry:
        """The function at this path. Raises LookupError."""
        entry = self.entries.get(path)
        if entry is None:
            for said in self._load.functions:
                if said["path"] == path:
                    entry = self.entries[path] = Entry(said, self._load)
                    return entry
            raise LookupError(f"This deployment has no function {path}.")
        return entry

    def handler(self, entry: Entry) -> Handler:
        """The function's handler; its module is run the first time. Raises what the module raises, or HandlerError."""
        if entry.handler is None:
            entry.handler = prepare(self.module(entry), entry.source)
        return entry.handler

    def module(self, entry: Entry) -> ModuleType:
        """The function's module. Raises what the module raises."""
        module = sys.modules.get(entry.module)
        if module is not None:
            return module
        if entry.language != PYTHON:
            raise ImportError(f"{entry.source} is not written in Python: it cannot be imported here.")
        package, _, name = entry.module.rpartition(".")
        if package != HANDLERS or self._finder.is_folder(entry.module):
            return importlib.import_module(entry.module)
        # What an import would do, in a tenth of the time.
        spec = _spec(entry.module, entry.file)
        module = sys.modules[entry.module] = ModuleType(entry.module)
        module.__spec__, module.__loader__, module.__file__, module.__package__ = spec, spec.loader, entry.file, package
        try:
            run_file(entry.file, module)
        except BaseException:
            sys.modules.pop(entry.module, None)
            raise
        setattr(sys.modules[package], name, module)
        return module

    def check(self) -> list[Problem]:
        """Compile every function and run none."""
        found = [self._check(one) for one in self._load.functions if one["language"] == PYTHON]
        return [problem for problem in found if problem is not None]

    def _check(self, said: FunctionFile) -> Problem | None:
        try:
            compile_file(os.path.join(self._load.root, said["file"]))
        except (SyntaxError, ValueError, OSError, RecursionError, MemoryError) as error:
            return self.failures.describe(error, said["path"], said["source"]).problem
        return None

    def _describe_functions(self) -> dict[str, Function]:
        return {one["name"]: self._describe(self.find(one["path"])) for one in self._load.functions}

    def _describe(self, entry: Entry) -> Function:
        return Function(entry.file, lambda: self.module(entry))

    def _describe_assets(self) -> dict[str, Asset]:
        return {one["name"]: Asset(os.path.join(self._load.root, one["file"])) for one in self._load.assets}


def compile_file(file: str) -> object:
    """A file's code. Raises SyntaxError and the like, OSError."""
    with open(file, "rb") as source:
        return compile(source.read(), file, "exec", dont_inherit=True)


def run_file(file: str, module: ModuleType) -> None:
    """Run a file as this module. Raises what the file raises."""
    exec(compile_file(file), module.__dict__)  # type: ignore[arg-type]  # noqa: S102 - what we are here for


class _Loader(Loader):
    """Runs a function's file. Python's own loader does the same, and looks for byte code that is never there."""

    def __init__(self, file: str) -> None:
        self._file = file

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python."""

    def exec_module(self, module: ModuleType) -> None:
        """Compile and run the file."""
        run_file(self._file, module)


def _spec(name: str, file: str, folder: str | None = None) -> ModuleSpec:
    spec = ModuleSpec(name, _Loader(file), origin=file, is_package=folder is not None)
    if folder is not None:
        spec.submodule_search_locations = [folder]
    spec.has_location = True
    return spec


class _Finder:
    """Finds the modules below `handlers`: functions by their name, folders as packages. The rest is Python's own."""

    def __init__(self, folder: str, load: Load) -> None:
        self._folder = folder
        self._load = load

    @cached_property
    def _files(self) -> dict[str, str]:
        """Functions, by module."""
        functions = (one for one in self._load.functions if one["language"] == PYTHON)
        return {module_name(one["name"]): os.path.join(self._load.root, one["file"]) for one in functions}

    @cached_property
    def _folders(self) -> dict[str, str]:
        """Folders that hold functions, by package."""
        folders = {}
        for module, file in self._files.items():
            package, folder = module.rpartition(".")[0], os.path.dirname(file)
            while package != HANDLERS:
                folders[package] = folder
                package, folder = package.rpartition(".")[0], os.path.dirname(folder)
        return folders

    def is_folder(self, name: str) -> bool:
        """Whether a package of this name holds functions."""
        return name in self._folders

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Where a module comes from; None for whatever is not below `handlers`, and for helpers there."""
        if not name.startswith(f"{HANDLERS}."):
            return None
        folder = self._folders.get(name)
        if name in self._files:
            # A function may be a folder too: `a.py` and `a/b.py`.
            return _spec(name, self._files[name], folder)
        if folder is None:
            return None
        initial = os.path.join(folder, "__init__.py")
        if os.path.isfile(initial):
            return _spec(name, initial, folder)
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [folder]
        return spec


def module_name(function: str) -> str:
    """The module of the function with this name."""
    return f"{HANDLERS}.{function.replace('.', '_').replace('/', '.')}"


def _search_path(path: list[str], own: str) -> list[str]:
    """Where imports look: what was there, with the author's files before the first site-packages.

    Not before the standard library: a function called `email` or `queue` must not take the place of Python's own.
    """
    packages = os.path.join(os.path.dirname(own), SITE_PACKAGES)
    first = next((at for at, one in enumerate(path) if one.endswith(("site-packages", "dist-packages"))), len(path))
    return [*path[:first], own, *path[first:], *([packages] if os.path.isdir(packages) else [])]
