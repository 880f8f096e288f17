"""What a test gets back of a function. Must not know how the function was run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from gettone.handlers import Headers


@dataclass(frozen=True, slots=True)
class Log:
    """What the function printed or logged. `level` is info, warning or error."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Error:
    """What the function raised, or called back as an error; and where, in the author's files."""

    name: str
    message: str
    code: int | str | None = None
    stack: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller of the function would get. `error` is None unless the function failed.

    `headers` are found in any case; a repeated one is a list.
    """

    status: int
    headers: Headers
    body: bytes
    logs: tuple[Log, ...] = ()
    error: Error | None = None

    @property
    def text(self) -> str:
        """The body as UTF-8 text."""
        return self.body.decode("utf-8")

    # Any: it is whatever the function answered.
    def json(self) -> Any:
        """The body's JSON. Raises ValueError where it is none."""
        return json.loads(self.body)
