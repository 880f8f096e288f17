"""One JSON object of an answer, read name by name. Pure.

What is not there, or of another type, is an error that says so: an answer of some other program's is not taken for one
of Gettone's. Must not know nouns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn

from gettone.model.errors import PlatformError


class Record:
    """A JSON object. `where` says what answered it, for people. Its values stay out of repr: they may be secrets."""

    __slots__ = ("_values", "where")

    def __init__(self, values: object, where: str) -> None:
        self.where = where
        if not isinstance(values, dict):
            _refuse(where, "its answer is no JSON object")
        self._values: dict[object, object] = values

    def __repr__(self) -> str:
        return f"Record({sorted(map(str, self._values))})"

    def text(self, name: str) -> str:
        """A text."""
        value = self._values.get(name)
        return value if isinstance(value, str) else self._wrong(name, "text")

    def find_text(self, name: str) -> str | None:
        """A text; None where it is null or not there."""
        return None if self._values.get(name) is None else self.text(name)

    def flag(self, name: str) -> bool:
        """Yes or no."""
        value = self._values.get(name)
        return value if isinstance(value, bool) else self._wrong(name, "boolean")

    def find_flag(self, name: str) -> bool | None:
        """Yes or no; None where it is null or not there."""
        return None if self._values.get(name) is None else self.flag(name)

    def number(self, name: str) -> float:
        """A number."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._wrong(name, "number")
        return value

    def find_number(self, name: str) -> float | None:
        """A number; None where it is null or not there."""
        return None if self._values.get(name) is None else self.number(name)

    def moment(self, name: str) -> datetime:
        """A point in time, in either of Twilio's two ways to write one."""
        text = self.text(name)
        try:
            moment = datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)
        except ValueError:
            self._wrong(name, "date")
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

    def find_moment(self, name: str) -> datetime | None:
        """A point in time; None where it is null or not there."""
        return None if self._values.get(name) is None else self.moment(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self._list(name)
        return tuple(value if isinstance(value, str) else self._wrong(name, "list of texts") for value in values)

    def find_texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts; None where it is null or not there."""
        return None if self._values.get(name) is None else self.texts(name)

    def record(self, name: str) -> Record:
        """An object."""
        return Record(self._values.get(name), self.where)

    def find_record(self, name: str) -> Record | None:
        """An object; None where it is null or not there."""
        return None if self._values.get(name) is None else self.record(name)

    def records(self, name: str) -> Iterator[Record]:
        """A list of objects."""
        return (Record(value, self.where) for value in self._list(name))

    def find_records(self, name: str) -> Iterator[Record]:
        """A list of objects; none where it is null or not there."""
        return iter(()) if self._values.get(name) is None else self.records(name)

    def _list(self, name: str) -> list[object]:
        value = self._values.get(name)
        return value if isinstance(value, list) else self._wrong(name, "list")

    def _wrong(self, name: str, type_name: str) -> NoReturn:
        _refuse(self.where, f"its answer has no {type_name} named {name}")


def _refuse(where: str, why: str) -> NoReturn:
    raise PlatformError(
        "invalid", f"{where} does not answer as a Gettone does ({why}): look at the URL, and at what listens there"
    )
