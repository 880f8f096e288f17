"""What host and guest can say to each other, as values and as frames. Must not know sockets, HTTP or pools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import msgspec

from gettone.wire.errors import GuestError
from gettone.wire.frames import encode_frame

VERSION = 1
FUNCTIONS_KEPT = 1024  # paths that are ready to be sent

_to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


@dataclass(frozen=True, slots=True)
class Problem:
    """Where source code does not load, or failed. Lines and columns count from 1."""

    function: str
    message: str
    name: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    text: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Hello:
    """The guest is there."""

    version: int
    runtime: str
    pid: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """The deployment is in. What does not compile, where a check was asked for."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """A line or more of a handler's output. `id` is None when no invocation is under way."""

    id: int | None
    level: str
    text: str


class Completed(msgspec.Struct, frozen=True):
    """The handler answered."""

    id: int
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    log_bytes_dropped: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """The handler, or loading it, failed. `name` and `code` are the error's own."""

    id: int
    message: str
    name: str
    code: int | str | None = None
    stack: str | None = None
    problem: Problem | None = None
    log_bytes_dropped: int = 0


GuestMessage = Hello | Loaded | Log | Completed | Failed


@dataclass(frozen=True, slots=True)
class FunctionFile:
    """A function, and where it lies under the task root."""

    path: str
    name: str
    file: str
    source: str
    language: str


@dataclass(frozen=True, slots=True)
class AssetFile:
    """A private asset, and where it lies under the task root."""

    name: str
    file: str


@dataclass(frozen=True, slots=True)
class Load:
    """All that a worker needs to serve one deployment. Never printed: it holds the variables."""

    root: str
    functions: tuple[FunctionFile, ...]
    assets: tuple[AssetFile, ...]
    variables: Mapping[str, str]
    context: Mapping[str, str]
    twilio: str | None
    log_bytes: int
    response_bytes: int
    concurrency: int = 1
    check: bool = False
    debug_port: int | None = None

    def __repr__(self) -> str:
        return f"Load(root={self.root!r}, functions={len(self.functions)}, variables={len(self.variables)})"

    def encode(self) -> bytes:
        """The frame of this message."""
        head = {
            "type": "load",
            "root": self.root,
            "functions": [
                {"path": f.path, "name": f.name, "file": f.file, "source": f.source, "language": f.language}
                for f in self.functions
            ],
            "assets": [{"name": a.name, "file": a.file} for a in self.assets],
            "variables": dict(self.variables),
            "context": dict(self.context),
            "twilio": self.twilio,
            "limits": {"log_bytes": self.log_bytes, "response_bytes": self.response_bytes},
            "concurrency": self.concurrency,
            "check": self.check,
            "debug_port": self.debug_port,
        }
        return encode_frame(_to_json(head).encode())


@lru_cache(maxsize=FUNCTIONS_KEPT)
def _function_as_json(path: str) -> bytes:
    return _to_json(path).encode()


def encode_invoke(id: int, function: str, request: str, event: bytes, ticket: bool = False) -> bytes:
    """The frame that starts an invocation, or with `ticket` one that is sent ahead. `event` is JSON."""
    head = b'{"type":"invoke","id":%d,"function":%s,"request":"%s"%s}' % (
        id,
        _function_as_json(function),
        request.encode("ascii"),
        b',"ticket":true' if ticket else b"",
    )
    return encode_frame(head, event)


class _Error(msgspec.Struct, frozen=True):
    message: str
    name: str
    code: int | str | float | bool | None = None


class _HelloHead(msgspec.Struct, frozen=True, tag="hello"):
    version: int
    runtime: str
    pid: int


class _LoadedHead(msgspec.Struct, frozen=True, tag="loaded"):
    problems: tuple[Problem, ...]


class _LogHead(msgspec.Struct, frozen=True, tag="log"):
    id: int | None
    level: Literal["info", "warning", "error"]


class _CompletedHead(msgspec.Struct, frozen=True, tag="completed"):
    id: int
    status: Annotated[int, msgspec.Meta(ge=200, le=599)]
    headers: tuple[tuple[str, str], ...]
    log_bytes_dropped: int = 0


class _FailedHead(msgspec.Struct, frozen=True, tag="failed"):
    id: int
    error: _Error
    stack: str | None = None
    problem: Problem | None = None
    log_bytes_dropped: int = 0


_read_head = msgspec.json.Decoder(_HelloHead | _LoadedHead | _LogHead | _CompletedHead | _FailedHead).decode


def _mend_surrogates(head: bytes) -> bytes:
    """A head without halves of surrogate pairs: a handler's error may hold what a caller sent, and JSON can say it."""
    return json.dumps(json.loads(head), ensure_ascii=False).encode("utf-8", "replace")


def decode_guest(head: bytes, body: bytes) -> GuestMessage:
    """Read what a guest said. Raises GuestError for anything but a well-formed message: guests are not trusted."""
    try:
        said = _read_head(head)
    except (ValueError, RecursionError) as error:
        try:
            said = _read_head(_mend_surrogates(head))
        except (ValueError, RecursionError):
            raise GuestError(f"a frame that cannot be read: {error}") from error
    if isinstance(said, _CompletedHead):
        return Completed(said.id, said.status, said.headers, body, said.log_bytes_dropped)
    if isinstance(said, _LogHead):
        return Log(said.id, said.level, body.decode("utf-8", "replace"))
    if isinstance(said, _FailedHead):
        theirs = said.error
        code = theirs.code if isinstance(theirs.code, int | str) and not isinstance(theirs.code, bool) else None
        return Failed(said.id, theirs.message, theirs.name, code, said.stack, said.problem, said.log_bytes_dropped)
    if isinstance(said, _LoadedHead):
        return Loaded(said.problems)
    return Hello(said.version, said.runtime, said.pid)
