"""What the pool says about invocations, and to whom. Must not know where it is kept or shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LogRecord:
    """Text that a function printed, or that the platform says of it. `level` is info, warning or error.

    `key` is that of the worker's specification.
    """

    level: str
    text: str
    function: str | None = None
    request: str | None = None
    platform: bool = False
    key: str | None = None


class LogSink(Protocol):
    """Takes records at once and never waits: it is called on the request path."""

    def log(self, record: LogRecord) -> None:
        """Take a record."""
