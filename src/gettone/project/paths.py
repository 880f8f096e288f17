"""What a file's name says: route, visibility, language, or that it is none of ours. Pure: knows names, reads nothing.

Names are relative to the functions or assets folder, with `/` between their parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from posixpath import splitext
from types import MappingProxyType

from gettone.model.errors import PlatformError
from gettone.model.functions import Language, Visibility

LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        ".py": Language.PYTHON,
        ".js": Language.JAVASCRIPT,
        ".mjs": Language.JAVASCRIPT,
        ".cjs": Language.JAVASCRIPT,
        ".ts": Language.JAVASCRIPT,
    }
)

# Twilio's rule is "under 256".
PATH_CHARACTERS_MAX = 255

# Twilio's toolkit refuses the first group. The second cannot be asked for by a URL, or not be printed.
_FORBIDDEN = re.compile(r"[#;,?:@+&$()'\"]|[\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANK = re.compile(r"\s")

_SKIPPED_NAMES = frozenset({"node_modules", "__pycache__"})
# What editors and merges leave behind. A backup of a private asset would be public, for its name no longer says so.
_SKIPPED_ENDINGS = ("~", ".bak", ".orig", ".swp", ".swo", ".swx", ".pyc", "___jb_tmp___", "___jb_old___")

_SUFFIXES = (Visibility.PROTECTED, Visibility.PRIVATE)


def is_skipped(part: str) -> bool:
    """Whether a file or folder of this name is no part of a project."""
    if part.startswith("."):
        # RFC 8615: the one name with a dot that is there to be served.
        return part != ".well-known"
    return part in _SKIPPED_NAMES or part.endswith(_SKIPPED_ENDINGS) or (part.startswith("#") and part.endswith("#"))


def language_of(name: str) -> Language | None:
    """The language of a function, None for a file that is no function but is carried along."""
    if name.endswith(".d.ts"):
        return None
    language = LANGUAGES.get(splitext(name)[1])
    if language is Language.PYTHON and any(part.startswith("_") for part in name.split("/")):
        return None
    return language


def split_visibility(name: str, source: str) -> tuple[str, str, Visibility]:
    """Split into stem, extension and visibility: `a/b.private.js` is `a/b`, `.js`, private.

    Raises PlatformError `invalid` for what looks like a visibility and is none: it would be served to anyone.
    """
    stem, extension = splitext(name)
    for visibility in _SUFFIXES:
        if stem.endswith(f".{visibility}"):
            return stem[: -len(visibility) - 1], extension, visibility
    for ending, wanted in (
        (splitext(stem)[1], "in lower case"),
        (extension, "before the extension, as in a.private.txt"),
    ):
        if ending[1:].lower() in _SUFFIXES:
            raise PlatformError(
                "invalid", f"{source} would be public: write {ending.lower()} {wanted}", file=source, suffix=ending
            )
    return stem, extension, Visibility.PUBLIC


def route_of(name: str, source: str) -> str:
    """The route of a name without its visibility (and, for a function, without its extension).

    White space becomes `-`, as in Twilio's toolkit. Raises PlatformError `invalid` for what no route may hold.
    """
    path = "/" + without_blanks(name)
    fault = find_fault(path)
    if fault is not None:
        raise PlatformError(
            "invalid", f"{shown(source)} cannot be served: {fault}. Rename the file", file=source, path=path
        )
    return path


def without_blanks(name: str) -> str:
    """The name with `-` for each character of white space."""
    return _BLANK.sub("-", name)


def find_fault(path: str) -> str | None:
    """Why nothing can be served at a path, as half a sentence; None where it can."""
    forbidden = _FORBIDDEN.search(path)
    if forbidden is not None:
        return f"a path may not contain {shown(forbidden[0])}"
    if len(path) > PATH_CHARACTERS_MAX:
        return f"its path has {len(path)} characters, {PATH_CHARACTERS_MAX} are allowed"
    return None


def shown(text: str) -> str:
    """The text fit for a terminal: what cannot be printed is escaped."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
