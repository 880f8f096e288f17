"""What went wrong, in a code for programs and a sentence for people. Must not know HTTP, SQL or files."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

Code = Literal["invalid", "denied", "not_found", "conflict", "too_large", "unavailable", "internal"]
CODES: frozenset[str] = frozenset(get_args(Code))


class PlatformError(Exception):
    """A refusal that a person can act on.

    `message` says what happened, why, and what to do next; it is shown to users, so it never holds a secret.
    `evidence` is for programs and logs: the file, the bound, the two names that clash. No secrets there either.
    """

    def __init__(self, code: Code, message: str, **evidence: object) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.evidence: Mapping[str, object] = MappingProxyType(evidence)

    def __repr__(self) -> str:
        evidence = "".join(f", {name}={value!r}" for name, value in self.evidence.items())
        return f"PlatformError({self.code!r}, {self.message!r}{evidence})"
