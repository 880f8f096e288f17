"""What the guest hears and says, as values and frame heads (docs/wire.md). Must not know sockets or handlers."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypedDict

from gettone.handlers.event import Event
from gettone.handlers.results import Answer, Header

from .failures import Failure, Problem

VERSION = 1

_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode_json = json.JSONDecoder().raw_decode

# What the head begins and ends with that hosts send all day. To read it so takes a third of the time of JSON.
_PLAIN_INVOKE = re.compile(rb'\{"type":"invoke","id":(\d+),"function":"([^"\\]*)","request":').match
_TICKET = b',"ticket":true}'

# Handlers answer with the same few headers again and again.
_HEADERS_KEPT_MAX = 64
_encoded_headers: dict[tuple[Header, ...], bytes] = {}


class FunctionFile(TypedDict):
    """A function, in any language. `file` lies under the root, `source` is what the project calls it."""

    path: str
    name: str
    file: str
    source: str
    language: str


class AssetFile(TypedDict):
    """A private asset. `file` lies under the root."""

    name: str
    file: str


class Load:
    """A deployment, as this worker is to serve it: what the host said, as it said it."""

    __slots__ = (
        "assets",
        "check",
        "concurrency",
        "context",
        "debug_port",
        "functions",
        "log_bytes",
        "response_bytes",
        "root",
        "variables",
    )

    def __init__(self, said: dict[str, Any]) -> None:
        self.root: str = said["root"]
        self.functions: list[FunctionFile] = said["functions"]
        self.assets: list[AssetFile] = said["assets"]
        self.variables: dict[str, str] = said["variables"]
        self.context: dict[str, str] = said["context"]
        self.log_bytes: int = said["limits"]["log_bytes"]
        self.response_bytes: int = said["limits"]["response_bytes"]
        self.concurrency: int = said["concurrency"]
        self.check: bool = said["check"]
        self.debug_port: int | None = said["debug_port"]

    def __repr__(self) -> str:
        # It holds the variables.
        return f"<Load {self.root} functions={len(self.functions)}>"


def read_load(head: bytes) -> Load:
    """The host's `load`. Raises ValueError, KeyError or TypeError for anything else."""
    said: dict[str, Any] = _decode_json(head.decode())[0]
    if said["type"] != "load":
        raise ValueError(f"the first message is {said['type']!r}, not 'load'")
    return Load(said)


def read_invoke(head: bytes) -> tuple[int, str, bool]:
    """The host's `invoke`: its id, its function, whether it was sent ahead. Raises ValueError for anything else."""
    plain = _PLAIN_INVOKE(head)
    if plain is not None:
        return int(plain[1]), plain[2].decode(), head.endswith(_TICKET)
    said: dict[str, Any] = json.loads(head)
    if said["type"] != "invoke":
        raise ValueError(f"a message {said['type']!r} that may not be said now")
    return said["id"], said["function"], said.get("ticket", False)


def read_event(body: bytes) -> Event:
    """The event that came with an `invoke`."""
    return Event(_decode_json(body.decode())[0])


def hello(runtime: str, pid: int) -> bytes:
    """The head of the first frame."""
    return b'{"type":"hello","version":%d,"runtime":"%b","pid":%d}' % (VERSION, runtime.encode(), pid)


def loaded(problems: Sequence[Problem]) -> bytes:
    """The head that answers `load`."""
    if not problems:
        return b'{"type":"loaded","problems":[]}'
    return _encode({"type": "loaded", "problems": [asdict(problem) for problem in problems]}).encode()


def log(id: int | None, level: str) -> bytes:
    """The head of a log entry; the text is the body."""
    return b'{"type":"log","id":%s,"level":"%s"}' % (b"null" if id is None else b"%d" % id, level.encode())


def completed(id: int, answer: Answer, log_bytes_dropped: int) -> bytes:
    """The head of an answer; its body is the body."""
    headers = answer.headers
    encoded = _encoded_headers.get(headers)
    if encoded is None:
        encoded = _encode(headers).encode()
        if len(_encoded_headers) >= _HEADERS_KEPT_MAX:
            _encoded_headers.clear()
        _encoded_headers[headers] = encoded
    return b'{"type":"completed","id":%d,"status":%d,"headers":%b,"log_bytes_dropped":%d}' % (
        id,
        answer.status,
        encoded,
        log_bytes_dropped,
    )


def failed(id: int, failure: Failure, log_bytes_dropped: int) -> bytes:
    """The head of a failure."""
    return _encode(
        {
            "type": "failed",
            "id": id,
            "error": {"message": failure.message, "name": failure.name, "code": failure.code},
            "stack": failure.stack,
            "problem": None if failure.problem is None else asdict(failure.problem),
            "log_bytes_dropped": log_bytes_dropped,
        }
    ).encode()
