"""How a field of a noun becomes a column, the same on both engines. Must not know which nouns there are.

Texts have no length here: bounds are the control plane's. JSON is kept as text, because nothing asks the database
to look into it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    false,
    true,
)
from sqlalchemy.types import TypeDecorator

from gettone.model.errors import PlatformError

# Every constraint has a name from the start: a later migration can only change what it can name.
NAMES = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
E = TypeVar("E", bound=StrEnum)
J = TypeVar("J")


def is_keepable(text: str) -> bool:
    """Whether both engines can keep a text: PostgreSQL takes no NUL, and neither takes half a surrogate pair."""
    if "\0" in text:
        return False
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return True


class KeptText(TypeDecorator[str]):
    """A text that both engines can keep; any other raises PlatformError `invalid`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Check what goes in."""
        if value is not None and not is_keepable(value):
            raise PlatformError(
                "invalid", "a text holds a character that cannot be kept (NUL or half a surrogate pair): leave it out"
            )
        return value


class LineText(TypeDecorator[str]):
    """A text that somebody's program printed: what cannot be kept of it is replaced, never refused."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Put U+FFFD in the place of NUL, and `?` in that of half a surrogate pair."""
        if value is None or is_keepable(value):
            return value
        return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in, the same moment in UTC out. SQLite keeps it as text that sorts as time does."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone: nobody knows what it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("times are kept with their zone: this one has none")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back UTC: SQLite has forgotten the zone, PostgreSQL answers in the session's."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EnumText(TypeDecorator[E], Generic[E]):
    """A member of an enumeration, kept as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, members: type[E]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: E | str | None, dialect: Dialect) -> str | None:
        """Refuse what is no member."""
        return None if value is None else self.members(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        """The member."""
        return None if value is None else self.members(value)


class JsonText(TypeDecorator[J], Generic[J]):
    """A value of the model (a tuple, a mapping, a dataclass), kept as JSON."""

    impl = Text
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape
        self._decoder = msgspec.json.Decoder(shape)

    def process_bind_param(self, value: J | None, dialect: Dialect) -> str | None:
        """Write it; msgspec escapes NUL."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> J | None:
        """Read it back as the type that it was."""
        if value is None:
            return None
        decoded: J = self._decoder.decode(value)
        return decoded


def can_hold(column: Column[Any], value: object) -> bool:
    """Whether a value could stand in a column: asked of what strangers send, before the database is."""
    if isinstance(value, str):
        is_member = not isinstance(column.type, EnumText) or value in {member.value for member in column.type.members}
        return is_member and is_keepable(value)
    return not isinstance(value, int) or -(1 << 63) <= value < 1 << 63


METADATA = MetaData(naming_convention=NAMES)
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts only an INTEGER PRIMARY KEY up by itself


def position(name: str = "position") -> Column[int]:
    """The place of a row in the order in which rows came. It is never used twice, so pages stay stable."""
    return Column(name, _NUMBER, Identity(), primary_key=True)


def text(name: str, *, unique: bool = False, index: bool = False, primary_key: bool = False) -> Column[str]:
    """A text that is always there."""
    return Column(name, KeptText, nullable=False, unique=unique or None, index=index or None, primary_key=primary_key)


def text_or_none(name: str, *, index: bool = False) -> Column[str]:
    """A text that may be missing."""
    return Column(name, KeptText, index=index or None)


def number(name: str, *, primary_key: bool = False) -> Column[int]:
    """A count, a size or a place."""
    return Column(name, BigInteger, nullable=False, primary_key=primary_key, autoincrement=False)


def number_or_none(name: str) -> Column[int]:
    """A count, a size or a place that may be missing."""
    return Column(name, BigInteger)


def flag(name: str, *, default: bool | None = None) -> Column[bool]:
    """Yes or no; `default` is what rows have that were there before the column."""
    before = None if default is None else true() if default else false()
    return Column(name, Boolean, nullable=False, server_default=before)


def flag_or_none(name: str) -> Column[bool]:
    """Yes, no, or not said."""
    return Column(name, Boolean)


def content(name: str) -> Column[bytes]:
    """Bytes that are always there."""
    return Column(name, LargeBinary, nullable=False)


def content_or_none(name: str) -> Column[bytes]:
    """Bytes that may be missing."""
    return Column(name, LargeBinary)


def moment(name: str, *, index: bool = False) -> Column[datetime]:
    """A time that is always there."""
    return Column(name, UtcDateTime, nullable=False, index=index or None)


def moment_or_none(name: str, *, index: bool = False) -> Column[datetime]:
    """A time that may be missing."""
    return Column(name, UtcDateTime, index=index or None)


def choice(name: str, members: type[E], *, default: E | None = None) -> Column[E]:
    """A member of an enumeration; `default` is what rows have that were there before the column."""
    before = None if default is None else default.value
    return Column(name, EnumText(members), nullable=False, server_default=before)


def choice_or_none(name: str, members: type[E]) -> Column[E]:
    """A member of an enumeration, or nothing."""
    return Column(name, EnumText(members))


def json(name: str, shape: Any, *, default: str | None = None) -> Column[Any]:
    """A value of the model as JSON; `shape` is its type, `default` what rows have that were there before the column."""
    return Column(name, JsonText(shape), nullable=False, server_default=default)


def json_or_none(name: str, shape: Any) -> Column[Any]:
    """A value of the model as JSON, or nothing."""
    return Column(name, JsonText(shape))


def part_of(name: str, target: str, *, index: bool = True, primary_key: bool = False) -> Column[str]:
    """The key of what this row is part of: it goes with it. No index where a constraint begins with this column."""
    return Column(
        name,
        KeptText,
        ForeignKey(target, ondelete="CASCADE"),
        nullable=False,
        index=index or None,
        primary_key=primary_key,
    )


def part_of_or_none(name: str, target: str) -> Column[str]:
    """The key of what this row is part of, if of anything: it goes with it."""
    return Column(name, KeptText, ForeignKey(target, ondelete="CASCADE"), index=True)


def uses(name: str, target: str, *, nullable: bool = False) -> Column[str]:
    """The key of what this row needs: that cannot be deleted before it.

    Checked at commit: when a service goes, the order in which its parts go is the engine's.
    """
    return Column(
        name,
        KeptText,
        ForeignKey(target, deferrable=True, initially="DEFERRED"),
        nullable=nullable,
        index=True,
    )
