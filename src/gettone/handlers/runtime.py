"""`Runtime`: the deployment's functions and private assets, by name. Must not know how a file becomes a module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from gettone.handlers.errors import OutsideFunctionError


@dataclass(frozen=True, slots=True)
class Function:
    """A function's file. `path` is where it lies while the deployment runs."""

    path: str
    loader: Callable[[], ModuleType] = field(repr=False)

    def load(self) -> ModuleType:
        """Import it and return the module: `Runtime.get_functions()["auth"].load().check(event)`.

        Raises ImportError for a function in another language.
        """
        return self.loader()


@dataclass(frozen=True, slots=True)
class Asset:
    """A private asset's file. `path` is where it lies while the deployment runs."""

    path: str

    def open(self) -> str:
        """Read it as UTF-8 text."""
        return Path(self.path).read_text(encoding="utf-8")


class Runtime:
    """The deployment that the running function is part of."""

    # What the worker of this process serves. Set by `provide`, once.
    _list_functions: ClassVar[Callable[[], dict[str, Function]] | None] = None
    _list_assets: ClassVar[Callable[[], dict[str, Asset]] | None] = None

    @classmethod
    def get_functions(cls) -> dict[str, Function]:
        """Every function of the deployment, by its path without the first slash: `"a/b"`."""
        if cls._list_functions is None:
            raise OutsideFunctionError(_OUTSIDE)
        return cls._list_functions()

    @classmethod
    def get_assets(cls) -> dict[str, Asset]:
        """The private assets, by path: `"/message.txt"`. Public ones have a URL instead."""
        if cls._list_assets is None:
            raise OutsideFunctionError(_OUTSIDE)
        return cls._list_assets()


_OUTSIDE = "Runtime knows functions and assets only while a function runs. In a test, use gettone.testing.call."


def provide(
    list_functions: Callable[[], dict[str, Function]] | None, list_assets: Callable[[], dict[str, Asset]] | None
) -> None:
    """Tell `Runtime` how to find out what there is, as a dict of the caller's own. For whoever runs the functions."""
    Runtime._list_functions = list_functions
    Runtime._list_assets = list_assets
