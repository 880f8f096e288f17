"""How a gateway stands towards what is published: a value that anybody may ask for, at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """`revision` is what is served, 0 for nothing, since `since`; `newest` is what control announced last.

    `problems` counts owners whose newest segment could not be loaded.
    """

    revision: int = 0
    newest: int = 0
    is_connected: bool = False
    since: datetime | None = None
    problems: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether something is served, and nothing newer is known while control can be heard."""
        return self.revision > 0 and (not self.is_connected or self.revision >= self.newest > 0)
