"""All that is held of an account or of a person, as JSON lines, for whom it belongs to.

A line is an object with its `noun`. Secrets are left out: whoever may read them asks for each. Contents follow the
rest, each once: code as text, files as base64 in pieces. It is read in short transactions, so that a slow reader keeps
nobody waiting, and so it is no picture of one moment. Must not know who may ask.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

from gettone.control.audit import actor_of
from gettone.control.office import Office
from gettone.model.logs import LogFilter
from gettone.model.pages import PageRequest
from gettone.model.principals import PrincipalKind
from gettone.model.sids import AccountSid
from gettone.model.users import LinkPurpose, User
from gettone.store.interface import Rows, Transaction, Value


class Noun(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


N = TypeVar("N", bound=Noun)

PIECE_BYTES = 192 << 10  # a multiple of three: joined pieces of base64 are base64
_ROWS_AT_ONCE = 200

# Sealed texts, and digests by which a secret could be guessed at.
_SECRETS = frozenset(
    {
        "auth_token",
        "secondary_auth_token",
        "secret",
        "previous_secret",
        "value",
        "password_hash",
        "secret_digest",
        "totp",
        "totp_step",
        "recovery_digests",
        "text",
    }
)


async def export_account(office: Office, account_sid: AccountSid) -> AsyncGenerator[bytes, None]:
    """An account and what it holds."""
    sid: dict[str, Value] = {"account_sid": account_sid}
    parts = (
        _rows(office, "account", lambda tx: tx.accounts, {"sid": account_sid}),
        _people(office, account_sid),
        _rows(office, "api_key", lambda tx: tx.api_keys, sid),
        _rows(office, "application", lambda tx: tx.applications, sid),
        _rows(office, "service", lambda tx: tx.services, sid),
        _rows(office, "environment", lambda tx: tx.environments, sid),
        _rows(office, "host_name", lambda tx: tx.host_names, sid),
        _rows(office, "variable", lambda tx: tx.variables, sid),
        _rows(office, "function", lambda tx: tx.functions, sid),
        _rows(office, "function_version", lambda tx: tx.function_versions, sid),
        _rows(office, "asset", lambda tx: tx.assets, sid),
        _rows(office, "asset_version", lambda tx: tx.asset_versions, sid),
        _rows(office, "build", lambda tx: tx.builds, sid),
        _rows(office, "deployment", lambda tx: tx.deployments, sid),
        _rows(office, "audit", lambda tx: tx.audit, sid),
        _rows(office, "invitation", lambda tx: tx.links, {**sid, "purpose": LinkPurpose.INVITE}),
        _rows(office, "letter", lambda tx: tx.outbox, sid),
        _codes(office, account_sid),
        _files(office, account_sid),
        _lines(office, account_sid),
    )
    for part in parts:
        async with aclosing(part):
            async for line in part:
                yield line


async def export_user(office: Office, user: User, account_sid: AccountSid | None) -> AsyncGenerator[bytes, None]:
    """A person: who it is, where it belongs, what it did; in one account, or in all."""
    where: dict[str, Value] = {} if account_sid is None else {"account_sid": account_sid}
    parts = (
        _rows(office, "user", lambda tx: tx.users, {"id": user.id}),
        _rows(office, "membership", lambda tx: tx.memberships, {"user_id": user.id, **where}),
        _rows(office, "link", lambda tx: tx.links, {"user_id": user.id, **where}),
        _rows(office, "session", lambda tx: tx.sessions, {"user_id": user.id, **where}),
        _rows(office, "letter", lambda tx: tx.outbox, {"user_id": user.id, **where}),
        _rows(office, "deployment", lambda tx: tx.deployments, {"actor": user.email, **where}),
        _rows(office, "audit", lambda tx: tx.audit, {"actor": actor_of(PrincipalKind.USER, user.email), **where}),
    )
    for part in parts:
        async with aclosing(part):
            async for line in part:
                yield line


async def _each(
    office: Office, rows: Callable[[Transaction], Rows[N]], matching: dict[str, Value]
) -> AsyncGenerator[tuple[N, ...], None]:
    after: int | None = None
    while True:
        async with office.store.reading() as tx:
            page = await rows(tx).page(PageRequest(_ROWS_AT_ONCE, after=after), **matching)
        yield page.items
        if page.next is None:
            return
        after = page.next


async def _rows(
    office: Office, noun: str, rows: Callable[[Transaction], Rows[N]], matching: dict[str, Value]
) -> AsyncGenerator[bytes, None]:
    async with aclosing(_each(office, rows, matching)) as pages:
        async for page in pages:
            for row in page:
                yield _line(noun, row)


async def _people(office: Office, account_sid: AccountSid) -> AsyncGenerator[bytes, None]:
    async with aclosing(_each(office, lambda tx: tx.memberships, {"account_sid": account_sid})) as pages:
        async for page in pages:
            for membership in page:
                yield _line("membership", membership)
                async with office.store.reading() as tx:
                    user = await tx.users.find(id=membership.user_id)
                if user is not None:
                    yield _line("user", user)


async def _codes(office: Office, account_sid: AccountSid) -> AsyncGenerator[bytes, None]:
    seen: set[str] = set()
    async with aclosing(_each(office, lambda tx: tx.function_versions, {"account_sid": account_sid})) as pages:
        async for page in pages:
            for digest in [version.digest for version in page]:
                content = await _content(office, digest, seen)
                if content is not None:
                    yield _json({"noun": "code", "digest": digest, "text": content.decode()})


async def _files(office: Office, account_sid: AccountSid) -> AsyncGenerator[bytes, None]:
    seen: set[str] = set()
    async with aclosing(_each(office, lambda tx: tx.asset_versions, {"account_sid": account_sid})) as pages:
        async for page in pages:
            for digest in [version.digest for version in page]:
                content = await _content(office, digest, seen)
                for start in range(0, len(content or b""), PIECE_BYTES):
                    piece = base64.b64encode((content or b"")[start : start + PIECE_BYTES]).decode()
                    yield _json({"noun": "file", "digest": digest, "start": start, "base64": piece})


async def _content(office: Office, digest: str, seen: set[str]) -> bytes | None:
    if digest in seen:
        return None
    seen.add(digest)
    async with office.store.reading() as tx:
        return await tx.blobs.find(digest)


async def _lines(office: Office, account_sid: AccountSid) -> AsyncGenerator[bytes, None]:
    after: int | None = None
    while True:
        page = await office.logs.page(account_sid, LogFilter(), PageRequest(_ROWS_AT_ONCE, after=after))
        for entry in page.items:
            yield _line("log", entry)
        if page.next is None:
            return
        after = page.next


def _line(noun: str, row: Noun) -> bytes:
    shown = {field.name: getattr(row, field.name) for field in fields(row) if field.name not in _SECRETS}
    return _json({"noun": noun, **shown})


def _json(line: dict[str, object]) -> bytes:
    return msgspec.json.encode(line) + b"\n"
