"""Offices for tests: a clock that stands until it is moved, randomness that repeats, a vault with a known key.

Must not know any use case.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gettone.control.auth_tokens import seal_first
from gettone.control.limits import Limits
from gettone.control.office import Office
from gettone.control.publish import Publisher
from gettone.control.vault import Vault
from gettone.model.accounts import Account, AccountStatus
from gettone.model.api_keys import ApiKeyType
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sids import AccountSid, Randomness, ServiceSid
from gettone.model.users import Role
from gettone.store.interface import Cluster, LogStore, Store
from gettone.store.sqlite import open_sqlite_logs
from tests.stores import sqlite_memory

MASTER_KEY = b"thirty-two bytes, in every test."
STARTED_AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ACCOUNT_SID = AccountSid("AC" + "a" * 32)
OTHER_SID = AccountSid("AC" + "b" * 32)
AUTH_TOKEN = "0123456789abcdef" * 2
FIGURES = Limits()


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = STARTED_AT

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Move on, by so many `hours`, `minutes` or `seconds`."""
        self.now += timedelta(**by)


def seeded(seed: int = 1) -> Randomness:
    """Random bytes that are the same in every run."""
    return random.Random(seed).randbytes


def office(
    store: Store,
    logs: LogStore,
    *,
    clock: Clock | None = None,
    limits: Limits = FIGURES,
    master_key: bytes = MASTER_KEY,
    seed: int = 1,
) -> Office:
    """The office over a store. Equal seeds make equal SIDs: two offices over one store need two of them."""
    clock, randomness = clock or Clock(), seeded(seed)
    vault = Vault(master_key, randomness)
    publisher = Publisher(vault, clock, randomness, limits)
    return Office(store, logs, vault, clock, randomness, limits, publisher)


@asynccontextmanager
async def open_office(
    store: Store | None = None, *, clock: Clock | None = None, limits: Limits = FIGURES, seed: int = 1
) -> AsyncIterator[Office]:
    """An office over a store in memory, if none is given, and its logs, with ACCOUNT_SID in it."""
    async with AsyncExitStack() as stack:
        if store is None:
            store = await stack.enter_async_context(sqlite_memory())
        logs = await open_sqlite_logs(None)
        stack.push_async_callback(logs.close)
        made = office(store, logs, clock=clock, limits=limits, seed=seed)
        await add_account(made, ACCOUNT_SID)
        yield made


async def add_account(
    office: Office, sid: AccountSid, owner_sid: AccountSid | None = None, token: str = AUTH_TOKEN
) -> Account:
    """Write an account, and the installation's own row where there is none, past every use case."""
    now = office.clock()
    account = Account(
        sid=sid,
        owner_account_sid=owner_sid or sid,
        friendly_name="Test",
        status=AccountStatus.ACTIVE,
        auth_token=seal_first(office.vault, sid, token),
        secondary_auth_token=None,
        created_at=now,
        updated_at=now,
    )
    async with office.store.writing() as tx:
        if await tx.cluster() is None:
            await tx.found(Cluster("test", office.vault.make_check(), now))
        await tx.accounts.add(account)
        await office.publisher.publish(tx, holder(sid), accounts=[sid])
    return account


def holder(account_sid: AccountSid = ACCOUNT_SID) -> Principal:
    """Whoever has the auth token: may do everything."""
    return Principal(PrincipalKind.AUTH_TOKEN, account_sid, account_sid, address="192.0.2.1")


def member(role: Role, account_sid: AccountSid = ACCOUNT_SID, email: str = "ada@example.com") -> Principal:
    """A person with this role."""
    return Principal(PrincipalKind.USER, account_sid, email, role=role, address="192.0.2.2")


def key(
    key_type: ApiKeyType = ApiKeyType.STANDARD,
    *policy: str,
    service_sid: ServiceSid | None = None,
    account_sid: AccountSid = ACCOUNT_SID,
) -> Principal:
    """A key of this type; a restricted one with a policy."""
    return Principal(
        PrincipalKind.API_KEY,
        account_sid,
        "SK" + "c" * 32,
        key_type=key_type,
        policy=policy or None,
        service_sid=service_sid,
        address="192.0.2.3",
    )
