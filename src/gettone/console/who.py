"""Who may call a function, in a word for each case, so that a page can say what that means. Pure."""

from __future__ import annotations

from gettone.control.sheets import FileKind, SheetFile
from gettone.model.functions import Visibility

# Whoever makes a token in code names the class, in both languages.
_MINTS = "AccessToken"


def who_may(file: SheetFile, source: str) -> str:
    """The key under `who` of the sentence about a file: a public function that mints tokens has one of its own."""
    if file.kind is FileKind.ASSET:
        return f"asset_{file.visibility}"
    if file.language is None:
        return "module"
    mints = file.visibility is Visibility.PUBLIC and _MINTS in source
    return f"{file.visibility}_token" if mints else str(file.visibility)
