"""The rows of any noun: its dataclass and its table have the same fields. Must not know a noun but builds and letters.

A build's two lists of versions stand in tables of their own, so that it can be asked which builds use a version.
Making a statement takes as long as running it, so what is asked often is made once, with parameters for the values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    false,
    func,
    insert,
    select,
    update,
)

from gettone.model.builds import Build
from gettone.model.errors import PlatformError
from gettone.model.outbox import OutboxMessage
from gettone.model.pages import Page, PageRequest
from gettone.store.columns import can_hold
from gettone.store.interface import Value
from gettone.store.paging import fetch_page
from gettone.store.services_schema import (
    ASSET_VERSIONS,
    BUILD_ASSET_VERSIONS,
    BUILD_FUNCTION_VERSIONS,
    FUNCTION_VERSIONS,
)
from gettone.store.session import Found, Session

N = TypeVar("N")

KEY = "key_"  # a parameter may not have a column's name where columns are set


@dataclass(frozen=True, slots=True)
class Shape(Generic[N]):
    """How a noun (a dataclass) is kept. `key` are the fields that say which row it is."""

    noun: Callable[..., N]
    table: Table
    key: tuple[str, ...]
    columns: tuple[Column[Any], ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        names = [each.name for each in fields(self.noun)]  # type: ignore[arg-type]
        object.__setattr__(self, "columns", tuple(self.table.c[name] for name in names if name in self.table.c))

    @property
    def position(self) -> Column[int]:
        """The column that orders rows: the primary key."""
        return next(iter(self.table.primary_key.columns))


class TableRows(Generic[N]):
    """`store.interface.Rows` on one table. Fields that are no columns are for a subclass to keep."""

    def __init__(self, session: Session, shape: Shape[N]) -> None:
        self._session = session
        self._shape = shape
        self._table = shape.table
        self._position = shape.position
        self._noun = shape.noun
        self._columns = shape.columns

    async def add(self, noun: N) -> None:
        """Add a row."""
        values = self._values(noun)
        # Positions are given by the database, also where a noun shows its own.
        values.pop(self._position.name, None)
        await self._session.change(_insertion(self._table), values)

    async def find(self, **matching: Value) -> N | None:
        """The one row that matches, or None."""
        found = await self._matching(_selection, matching, limit=2)
        if len(found) > 1:
            raise TypeError(f"{', '.join(matching)} match more than one row of {self._table.name}")
        return (await self._nouns(found))[0] if found else None

    async def update(self, noun: N) -> None:
        """Write every field of a row that is there."""
        values = self._values(noun)
        values |= {f"{KEY}{name}": values.pop(name) for name in self._shape.key}
        if not await self._session.change(_change(self._shape), values):
            raise PlatformError(
                "not_found", f"a row of {self._table.name} that was to be changed is gone: load it again"
            )

    async def delete(self, **matching: Value) -> int:
        """Delete what matches, and what hangs on it."""
        if not matching:
            raise TypeError("say what to delete: without a condition it would be everything")
        return await self._session.change(delete(self._table).where(*self._conditions(matching)))

    async def count(self, **matching: Value) -> int:
        """How many rows match."""
        found = await self._matching(_count, matching)
        return int(found[0][0]) if found else 0

    async def page(self, request: PageRequest, **matching: Value) -> Page[N]:
        """A piece of what matches, newest first."""
        page = await fetch_page(self._session, self._columns, self._conditions(matching), self._position, request)
        return Page(tuple(await self._nouns(page.items)), page.next, page.previous)

    async def all(self, **matching: Value) -> Sequence[N]:
        """All that matches, oldest first."""
        return await self._nouns(await self._matching(_selection, matching))

    async def _matching(
        self, make: Callable[..., Select[Any]], matching: Mapping[str, Value], **more: int
    ) -> Sequence[Found]:
        """The rows of a statement that is made for what is to match."""
        if not self._can_match(matching):
            return ()
        values = {name: value for name, value in matching.items() if value is not None}
        absent = tuple(name for name in matching if name not in values)
        return await self._session.rows(make(self._shape, tuple(values), absent, **more), values)

    async def _nouns(self, rows: Sequence[Found]) -> list[N]:
        """Make nouns of rows; a page's rows have their position behind the columns."""
        width = len(self._columns)
        return [self._noun(*row[:width]) for row in rows]

    def _values(self, noun: N) -> dict[str, Any]:
        return {column.name: getattr(noun, column.name) for column in self._columns}

    def _can_match(self, matching: Mapping[str, Value]) -> bool:
        """Whether a row could match: what cannot be kept is in no row, and PostgreSQL would take offence at it.

        Raises TypeError for a name that is no field.
        """
        names = {column.name for column in self._columns}
        unknown = sorted(set(matching) - names)
        if unknown:
            raise TypeError(f"{self._table.name} have no {', '.join(unknown)}: match one of {', '.join(sorted(names))}")
        return all(can_hold(self._table.c[name], value) for name, value in matching.items())

    def _conditions(self, matching: Mapping[str, Value]) -> list[ColumnElement[bool]]:
        if not self._can_match(matching):
            return [false()]
        return [
            self._table.c[name].is_(None) if value is None else self._table.c[name] == value
            for name, value in matching.items()
        ]


@cache
def _selection(
    shape: Shape[Any], given: tuple[str, ...], absent: tuple[str, ...], limit: int | None = None
) -> Select[Any]:
    """Rows that have the values of parameters of these names, and none in others; oldest first."""
    found = select(*shape.columns).where(*_conditions_of(shape.table, given, absent))
    return found.order_by(shape.position) if limit is None else found.limit(limit)


@cache
def _count(shape: Shape[Any], given: tuple[str, ...], absent: tuple[str, ...]) -> Select[Any]:
    return select(func.count()).select_from(shape.table).where(*_conditions_of(shape.table, given, absent))


@cache
def _insertion(table: Table) -> Insert:
    return insert(table)


@cache
def _change(shape: Shape[Any]) -> Update:
    """Every field of the row whose key the parameters with KEY before their names tell."""
    return update(shape.table).where(*(shape.table.c[name] == bindparam(f"{KEY}{name}") for name in shape.key))


def _conditions_of(table: Table, given: tuple[str, ...], absent: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [*(table.c[name] == bindparam(name) for name in given), *(table.c[name].is_(None) for name in absent)]


class OutboxRows(TableRows[OutboxMessage]):
    """Letters, by when they are to be tried."""

    async def due(self, now: datetime, at_most: int) -> Sequence[OutboxMessage]:
        """Those whose time has come, the longest waiting first."""
        due_at = self._table.c.due_at
        wanted = select(*self._columns).where(due_at <= now).order_by(due_at, self._position).limit(at_most)
        return await self._nouns(await self._session.rows(wanted))


class BuildRows(TableRows[Build]):
    """Builds, with the versions that stand in them."""

    async def add(self, noun: Build) -> None:
        """Add a build and its lists."""
        await super().add(noun)
        await self._put(BUILD_FUNCTION_VERSIONS, noun.sid, noun.function_versions)
        await self._put(BUILD_ASSET_VERSIONS, noun.sid, noun.asset_versions)

    async def update(self, noun: Build) -> None:
        """Write every field; the lists only where they differ, and they hardly ever do."""
        await super().update(noun)
        for table, versions in (
            (BUILD_FUNCTION_VERSIONS, noun.function_versions),
            (BUILD_ASSET_VERSIONS, noun.asset_versions),
        ):
            if (await self._versions(table, [noun.sid])).get(noun.sid, ()) != versions:
                await self._session.change(delete(table).where(table.c.build_sid == noun.sid))
                await self._put(table, noun.sid, versions)

    async def with_version(self, version_sid: str) -> Sequence[Build]:
        """The builds that a function or asset version stands in, oldest first."""
        return await self._using(FUNCTION_VERSIONS.c.sid == version_sid, ASSET_VERSIONS.c.sid == version_sid)

    async def of_resource(self, sid: str) -> Sequence[Build]:
        """The builds that any version of a function or an asset stands in, oldest first."""
        return await self._using(FUNCTION_VERSIONS.c.function_sid == sid, ASSET_VERSIONS.c.asset_sid == sid)

    async def _using(self, of_functions: ColumnElement[bool], of_assets: ColumnElement[bool]) -> Sequence[Build]:
        functions = select(BUILD_FUNCTION_VERSIONS.c.build_sid).where(
            BUILD_FUNCTION_VERSIONS.c.version_sid.in_(select(FUNCTION_VERSIONS.c.sid).where(of_functions))
        )
        assets = select(BUILD_ASSET_VERSIONS.c.build_sid).where(
            BUILD_ASSET_VERSIONS.c.version_sid.in_(select(ASSET_VERSIONS.c.sid).where(of_assets))
        )
        sid = self._table.c.sid
        wanted = select(*self._columns).where(sid.in_(functions) | sid.in_(assets)).order_by(self._position)
        return await self._nouns(await self._session.rows(wanted))

    async def _nouns(self, rows: Sequence[Found]) -> list[Build]:
        fields_of = [dict(zip((column.name for column in self._columns), row, strict=False)) for row in rows]
        sids = [fields["sid"] for fields in fields_of]
        functions = await self._versions(BUILD_FUNCTION_VERSIONS, sids)
        assets = await self._versions(BUILD_ASSET_VERSIONS, sids)
        return [
            Build(function_versions=functions.get(sid, ()), asset_versions=assets.get(sid, ()), **fields)
            for sid, fields in zip(sids, fields_of, strict=True)
        ]

    async def _put(self, table: Table, build_sid: str, versions: Sequence[str]) -> None:
        if versions:
            rows = [
                {"build_sid": build_sid, "place": place, "version_sid": version}
                for place, version in enumerate(versions)
            ]
            await self._session.change(insert(table), rows)

    async def _versions(self, table: Table, build_sids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
        if not build_sids:
            return {}
        wanted = (
            select(table.c.build_sid, table.c.version_sid)
            .where(table.c.build_sid.in_(build_sids))
            .order_by(table.c.build_sid, table.c.place)
        )
        found: dict[str, list[str]] = {}
        for build_sid, version_sid in await self._session.rows(wanted):
            found.setdefault(build_sid, []).append(version_sid)
        return {build_sid: tuple(versions) for build_sid, versions in found.items()}
