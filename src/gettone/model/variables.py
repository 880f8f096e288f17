"""An environment's variables. Their values are secrets until proven otherwise: they never show in a repr."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gettone.model.sids import AccountSid, EnvironmentSid, ServiceSid, VariableSid


class Variables(Mapping[str, str]):
    """Names and values, immutable."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Variables({', '.join(self._values)})"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of an environment as it is kept: `value` is sealed."""

    sid: VariableSid
    account_sid: AccountSid
    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    key: str
    value: bytes = field(repr=False)
    created_at: datetime
    updated_at: datetime
