"""What may be uploaded: the rules of paths, visibilities, languages, sizes and content types, for functions and assets.

Pure. Must not know how an upload arrives, nor where content is kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from posixpath import splitext
from types import MappingProxyType

from gettone.model.assets import ASSET_BYTES_MAX
from gettone.model.errors import PlatformError
from gettone.model.functions import FUNCTION_BYTES_MAX, MODULE_BYTES_MAX, Language, Visibility
from gettone.project.content_types import content_type_of
from gettone.project.files import megabytes
from gettone.project.paths import LANGUAGES, find_fault, shown, without_blanks

# A file system's bound is 255 bytes for each part of a path; an extension has to fit behind the last one.
PART_BYTES_MAX = 250

# What clients, browsers and editors call the languages. Others are told by the file name.
_JAVASCRIPT = frozenset(
    {
        "application/javascript",
        "application/x-javascript",
        "application/ecmascript",
        "application/node",
        "application/typescript",
        "text/javascript",
        "text/ecmascript",
        "text/typescript",
    }
)
_PYTHON = frozenset({"text/x-python", "application/x-python", "text/x-script.python", "application/x-python-code"})
# IANA's name of CommonJS modules, and what editors call TypeScript.
_EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {"application/node": ".cjs", "application/typescript": ".ts", "text/typescript": ".ts"}
)

# Ours: a file beside the functions that is none, kept as a private version that lies where its path says.
MODULE_TYPE = "application/vnd.gettone.module"

# RFC 9110, 8.3.1: a type, a subtype and parameters; what cannot stand in a header is out.
_CONTENT_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*(?:;[\t\x20-\x7e]*)?")
CONTENT_TYPE_CHARACTERS_MAX = 255


@dataclass(frozen=True, slots=True)
class FunctionUpload:
    """Code that may be kept: every rule was asked."""

    path: str
    visibility: Visibility
    language: Language
    extension: str
    digest: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AssetUpload:
    """A file that may be kept: every rule was asked. Its content is kept apart from it: it may be large."""

    path: str
    visibility: Visibility
    content_type: str
    digest: str
    size_bytes: int


def read_function(
    path: str, visibility: str, content: bytes, filename: str, content_type: str, bytes_max: int = FUNCTION_BYTES_MAX
) -> FunctionUpload:
    """A function that was uploaded, or a file beside functions. Raises PlatformError `invalid` or `too_large`."""
    if content_type.partition(";")[0].strip().lower() == MODULE_TYPE:
        return _read_module(path, visibility, content)
    language, extension = language_of(filename, content_type)
    check_source(content, bytes_max)
    return FunctionUpload(
        path=check_path(path),
        visibility=check_visibility(visibility),
        language=language,
        extension=extension,
        digest=hashlib.sha256(content).hexdigest(),
        content=content,
    )


def _read_module(path: str, visibility: str, content: bytes) -> FunctionUpload:
    """A file that lies beside functions, under its whole name. It may be data: nobody reads it as code here."""
    if check_visibility(visibility) is not Visibility.PRIVATE:
        raise PlatformError(
            "invalid",
            f"a file of the type {MODULE_TYPE} is served to nobody: send it as private",
            parameter="Visibility",
        )
    if len(content) > MODULE_BYTES_MAX:
        raise _too_large(len(content), MODULE_BYTES_MAX, "a file beside functions", "move data into a private asset")
    place = check_path(path)
    return FunctionUpload(
        path=place,
        visibility=Visibility.PRIVATE,
        # No guest loads it as a function.
        language=Language.PYTHON if place.endswith(".py") else Language.JAVASCRIPT,
        extension="",
        digest=hashlib.sha256(content).hexdigest(),
        content=content,
    )


def read_asset(
    path: str, visibility: str, content: bytes, content_type: str, bytes_max: Mapping[Visibility, int] = ASSET_BYTES_MAX
) -> AssetUpload:
    """An asset that was uploaded; tens of milliseconds for the largest. Errors as in `read_function`."""
    allowed = check_visibility(visibility)
    place = check_path(path)
    if place == "/" and allowed is Visibility.PRIVATE:
        raise _wrong_path("a private asset needs a Path with a name: handlers find it by that name alone")
    check_asset(content, allowed, bytes_max[allowed])
    return AssetUpload(
        path=place,
        visibility=allowed,
        content_type=content_type_for(place, content_type),
        digest=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
    )


def check_path(text: str) -> str:
    """The path under which an upload is served: with a slash at its start and `-` for white space.

    Raises PlatformError `invalid` for what no URL asks for or no file system holds. Idempotent.
    """
    if not text:
        raise _wrong_path("Path is missing: write /hello, say")
    path = without_blanks(text)
    path = path if path.startswith("/") else f"/{path}"
    fault = find_fault(path)
    if fault is not None:
        raise _wrong_path(f"Path {_quoted(path)} cannot be served: {fault}")
    parts = path[1:].split("/") if path != "/" else []
    if "" in parts:
        raise _wrong_path(f"Path {_quoted(path)} cannot be served: leave out doubled slashes, and the one at its end")
    # Clients and proxies resolve these before they ask: nobody would get here.
    if "." in parts or ".." in parts:
        raise _wrong_path(f"Path {_quoted(path)} cannot be served: write it without . and ..")
    for part in parts:
        if len(part.encode()) > PART_BYTES_MAX:
            raise _wrong_path(
                f"Path {_quoted(path)} cannot be served: a part of it has {len(part.encode())} bytes,"
                f" {PART_BYTES_MAX} are allowed. Shorten it"
            )
    return path


def check_visibility(text: str) -> Visibility:
    """The visibility of this name, in whatever case: builds show it in capitals. Raises PlatformError `invalid`."""
    try:
        return Visibility(text.lower())
    except ValueError:
        raise PlatformError(
            "invalid", f"Visibility must be one of {', '.join(Visibility)}", parameter="Visibility"
        ) from None


def language_of(filename: str, content_type: str) -> tuple[Language, str]:
    """The language of a function and the extension that its file gets when it runs.

    The content type decides, and the file name where that says nothing. Raises PlatformError `invalid`.
    """
    kind = content_type.partition(";")[0].strip().lower()
    extension = splitext(filename)[1].lower()
    if kind in _JAVASCRIPT:
        # Twilio's toolkit names the file after its path, without the extension: `v1.py` may be JavaScript.
        named = LANGUAGES.get(extension) is Language.JAVASCRIPT
        return Language.JAVASCRIPT, extension if named else _EXTENSIONS.get(kind, ".js")
    if kind in _PYTHON:
        return Language.PYTHON, ".py"
    language = LANGUAGES.get(extension)
    if language is None:
        raise PlatformError(
            "invalid",
            "Content is in no language that runs here: send it with the content type application/javascript or"
            f" text/x-python, or with a file name that ends in {', '.join(LANGUAGES)}",
            parameter="Content",
        )
    return language, extension


def check_source(content: bytes, bytes_max: int) -> None:
    """Raise PlatformError `too_large` or `invalid` unless this is the text of a function."""
    if len(content) > bytes_max:
        raise _too_large(len(content), bytes_max, "a function", "move data into a private asset")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PlatformError(
            "invalid", f"Content is not UTF-8 (line {line}): save it as UTF-8", parameter="Content", line=line
        ) from None


def check_asset(content: bytes, visibility: Visibility, bytes_max: int) -> None:
    """Raise PlatformError `too_large` where an asset of this visibility may not have so much content."""
    if len(content) > bytes_max:
        raise _too_large(
            len(content), bytes_max, f"a {visibility} asset", "make it smaller, or serve it from elsewhere"
        )


def content_type_for(path: str, said: str) -> str:
    """The content type an asset is sent with: what was said, or what its path tells where that says nothing.

    Raises PlatformError `invalid` for what is no content type.
    """
    said = said.strip()
    # `application/octet-stream` is what a client sends that has not thought about it.
    if said.lower() in ("", "application/octet-stream"):
        return content_type_of(path)
    if len(said) > CONTENT_TYPE_CHARACTERS_MAX or not _CONTENT_TYPE.fullmatch(said):
        raise PlatformError(
            "invalid", "the content type of Content is none: write image/png, say, or leave it out", parameter="Content"
        )
    # The same file from a folder and from an upload should be the same version.
    known = content_type_of(path)
    return known if known.partition(";")[0] == said.lower() else said


def _too_large(size_bytes: int, bytes_max: int, noun: str, advice: str) -> PlatformError:
    return PlatformError(
        "too_large",
        f"Content has {size_bytes:,} bytes, {noun} may have {bytes_max:,} ({megabytes(bytes_max)}): {advice}",
        size_bytes=size_bytes,
        bytes_max=bytes_max,
    )


def _wrong_path(message: str) -> PlatformError:
    return PlatformError("invalid", message, parameter="Path")


def _quoted(path: str) -> str:
    return f"'{shown(path[:300])}'"
