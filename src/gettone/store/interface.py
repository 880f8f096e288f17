"""What is kept, and how it is asked for. Both engines keep this contract: tests/contracts/test_store.py runs it.

A transaction sees one state and is all or nothing. Writing ones come one after the other, also among several processes:
SQLite's `BEGIN IMMEDIATE`, PostgreSQL's advisory lock. So a rule that is checked inside one holds when it is committed,
and nothing here needs to be tried again. Never open one inside another: the inner one would wait for the outer.

That a row is still used (a version by a build, a build by the environment where it is live) is found out when the
transaction is committed: `conflict` then. Whoever wants to name what uses it asks before.

Every method may raise PlatformError: `unavailable` when the database is away, full, read-only or locked for too long;
`conflict` when a row that must be unique is there already. Must not know the rules that make a row right.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from gettone.model.accounts import Account
from gettone.model.api_keys import ApiKey
from gettone.model.applications import Application
from gettone.model.assets import AssetResource, AssetVersion
from gettone.model.audit import AuditEntry
from gettone.model.builds import Build, Bundle
from gettone.model.deployments import DeploymentResource
from gettone.model.environments import EnvironmentResource, HostName
from gettone.model.functions import FunctionResource, FunctionVersion
from gettone.model.logs import LogEntry, LogFilter
from gettone.model.outbox import OutboxMessage
from gettone.model.pages import Page, PageRequest
from gettone.model.request_counts import CountFilter, FunctionCount, MinuteCount, StepCount
from gettone.model.services import Service
from gettone.model.sessions import Code, Registration, Session
from gettone.model.sids import AccountSid, AssetSid, AssetVersionSid, FunctionSid, FunctionVersionSid
from gettone.model.terms import Terms
from gettone.model.users import Link, Membership, User
from gettone.model.variables import Variable

N = TypeVar("N")

Value = str | int | bool | datetime | None


class Rows(Protocol[N]):
    """The rows of one noun. `matching` names the noun's own fields: rows have exactly these values.

    A name that is no field raises TypeError, and so does a `find` that matches several rows.
    """

    async def add(self, noun: N) -> None:
        """Add a row. Raises PlatformError `conflict` when its key or a unique field is taken."""

    async def find(self, **matching: Value) -> N | None:
        """The one row that matches, or None. Match by what is unique."""

    async def update(self, noun: N) -> None:
        """Write every field of a row, found by its key. Raises PlatformError `not_found` when it is gone."""

    async def delete(self, **matching: Value) -> int:
        """Delete what matches, and what hangs on it (foreign keys cascade). How many went."""

    async def count(self, **matching: Value) -> int:
        """How many rows match."""

    async def page(self, request: PageRequest, **matching: Value) -> Page[N]:
        """A piece of what matches, newest first."""

    async def all(self, **matching: Value) -> Sequence[N]:
        """All that matches, oldest first. For what is bounded by a limit."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One environment's or account's part of the snapshot, sealed. `digest` is keyed, over the plain text.

    `owner` is the SID of the environment or account.
    """

    owner: str
    digest: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A manifest as it was published."""

    revision: int
    manifest: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    created_at: datetime


class Snapshots(Protocol):
    """The published state. One segment per owner is current; those that kept manifests name are kept."""

    async def current_segments(self) -> Mapping[str, str]:
        """Digest by owner, of all that is published now."""

    async def put_segment(self, segment: Segment) -> None:
        """Make this its owner's current segment."""

    async def drop_segment(self, owner: str) -> None:
        """Its owner is not published any more."""

    async def find_segment(self, digest: str) -> Segment | None:
        """A segment that is kept, by its digest."""

    async def newest_revision(self) -> int:
        """The revision of the newest manifest; 0 before the first."""

    async def latest(self) -> Snapshot | None:
        """The newest manifest."""

    async def put(self, snapshot: Snapshot, keep: int) -> None:
        """Add a manifest; keep the newest `keep`, and the segments that are current or named by them.

        Which segments a manifest names is `current_segments` at the time it is put.
        """

    async def list(self, count: int) -> Sequence[Snapshot]:
        """The newest, newest first."""


class Blobs(Protocol):
    """Content by its SHA-256: sources, assets, installed packages. Written once, never changed."""

    async def put(self, digest: str, content: AsyncIterator[bytes] | bytes) -> None:
        """Keep content. When it is there already, it only counts as new once more to `prune`.

        Raises PlatformError `internal` when the content has another digest. It is read inside the transaction, so have
        it at hand: other writers wait.
        """

    async def has(self, digest: str) -> bool:
        """Whether it is there."""

    async def find(self, digest: str) -> bytes | None:
        """The whole of it. For what is small: use `pieces` for the rest."""

    def pieces(self, digest: str) -> AsyncIterator[bytes]:
        """Its content, piece by piece; nothing when it is not there."""

    async def piece(self, digest: str, place: int) -> bytes | None:
        """One of its pieces, counted from 0; None after the last, and when it is not there.

        For who hands content to somebody slow: no transaction has to stay open between two pieces.
        """

    async def prune(self, before: datetime) -> int:
        """Delete what is older and what no version, no build and no bundle used since refers to. How many went.

        A bundle's row goes with its content.
        """


@dataclass(frozen=True, slots=True)
class Cluster:
    """What is one in a whole installation. `key_check` is a known text, sealed: opening it proves the master key."""

    id: str
    key_check: bytes
    created_at: datetime


class Transaction(Protocol):
    """Everything that is kept, as of one moment. A reading one must not write."""

    accounts: Rows[Account]
    users: Rows[User]
    memberships: Rows[Membership]
    links: Rows[Link]
    sessions: Rows[Session]
    codes: Rows[Code]
    registrations: Rows[Registration]
    outbox: Rows[OutboxMessage]
    terms: Rows[Terms]
    api_keys: Rows[ApiKey]
    applications: Rows[Application]
    services: Rows[Service]
    environments: Rows[EnvironmentResource]
    host_names: Rows[HostName]
    variables: Rows[Variable]
    functions: Rows[FunctionResource]
    function_versions: Rows[FunctionVersion]
    assets: Rows[AssetResource]
    asset_versions: Rows[AssetVersion]
    builds: Rows[Build]
    bundles: Rows[Bundle]
    deployments: Rows[DeploymentResource]
    audit: Rows[AuditEntry]
    snapshots: Snapshots
    blobs: Blobs

    async def cluster(self) -> Cluster | None:
        """The installation's own row; None before the first start."""

    async def found(self, cluster: Cluster) -> None:
        """Write the installation's own row, once."""

    async def first_account(self) -> Account | None:
        """The oldest account that no other owns: the operator's own."""

    async def touch_api_keys(self, used: Mapping[str, datetime]) -> None:
        """Set `last_used_at` of keys, by SID, where it is later than what is there."""

    async def due_messages(self, now: datetime, at_most: int) -> Sequence[OutboxMessage]:
        """The letters that are to be tried now, those that wait longest first."""

    async def forget_expired(self, now: datetime) -> int:
        """Delete sessions, codes, registrations and letters that are over. How many went."""

    async def builds_with_version(self, version_sid: FunctionVersionSid | AssetVersionSid) -> Sequence[Build]:
        """The builds that a version stands in, oldest first."""

    async def builds_of(self, sid: FunctionSid | AssetSid) -> Sequence[Build]:
        """The builds that any version of a function or an asset stands in, oldest first."""


class Store(Protocol):
    """One database."""

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that sees one state."""

    def writing(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that is alone, committed at the end of the block, undone when the block raises.

        A failed commit raises PlatformError: nothing was written. Only where the connection to PostgreSQL breaks while
        the answer is awaited, or the task is cancelled meanwhile, it may have been: all of it, then.
        """

    async def backup(self, file: str) -> None:
        """Write a consistent copy to a new SQLite file, whichever the engine.

        Raises PlatformError `conflict` when the file is there.
        """

    async def close(self) -> None:
        """Let go of every connection."""


class LogStore(Protocol):
    """Log lines and counts of requests: many are written, few are read, the oldest go.

    A database of its own, or tables, behind it.
    """

    async def add(self, entries: Sequence[LogEntry]) -> None:
        """Append a batch in one transaction."""

    async def page(self, account_sid: AccountSid, wanted: LogFilter, request: PageRequest) -> Page[LogEntry]:
        """A piece of what is wanted, newest first."""

    async def find(self, account_sid: AccountSid, sid: str) -> LogEntry | None:
        """One line."""

    async def prune(self, before: datetime) -> int:
        """Delete what is older. How many went."""

    async def add_counts(self, counts: Sequence[MinuteCount]) -> None:
        """Keep a batch in one transaction. Of what is told of one minute several times, the highest count stays."""

    async def read_counts(self, account_sid: AccountSid, wanted: CountFilter) -> Sequence[FunctionCount]:
        """What is wanted, added up by function, environment and step; steps and functions without any are left out."""

    async def read_totals(self, account_sid: AccountSid, wanted: CountFilter) -> Sequence[StepCount]:
        """What is wanted, added up by step alone, in their order."""

    async def fold_counts(self, before: datetime) -> int:
        """Put the minutes of each hour that was over before this together: they count as its first. How many went."""

    async def prune_counts(self, before: datetime) -> int:
        """Delete the counts of minutes that began earlier. How many went."""

    async def delete_account(self, account_sid: AccountSid) -> int:
        """Delete all lines and counts of an account. How many went."""

    async def close(self) -> None:
        """Let go of every connection."""
