"""Who a user name and a password belong to: an account and its auth token, or an API key and its secret.

Must not know HTTP, nor what the one who is found may do (access.py).

Theory of operation: the password is compared with exactly two secrets, whatever the name: the token and the secondary
one, the secret and the previous one. Where there is none, a secret that nobody has stands in. So neither the time nor
the answer tells whether a name exists, is suspended, or was nearly right.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from gettone.control.office import Office
from gettone.control.vault import Kind
from gettone.model.accounts import Account, AccountStatus
from gettone.model.api_keys import ApiKey
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sids import ACCOUNT, API_KEY
from gettone.store.interface import Store, Transaction

# Names that nobody has: they are looked up where there is nothing to look up.
_NO_ACCOUNT = ACCOUNT.prefix + "-"
_NO_KEY = API_KEY.prefix + "-"


@dataclass(frozen=True, slots=True)
class _Sealed:
    kind: Kind
    id: str
    secret: bytes = field(repr=False)


class Usage:
    """When keys were last used, kept in memory between two flushes: no request waits for a write."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._used: dict[str, datetime] = {}

    def record(self, key: ApiKey, now: datetime) -> None:
        """Remember that a key was used."""
        self._used[key.sid] = now

    async def flush(self) -> None:
        """Write what was remembered. While the store is away it is kept for the next flush."""
        used, self._used = self._used, {}
        if not used:
            return
        written = False
        try:
            async with self._store.writing() as tx:
                await tx.touch_api_keys(used)
            written = True
        except PlatformError as error:
            if error.code != "unavailable":
                raise
        finally:
            if not written:
                self._used = used | self._used


class Authentication:
    """Tells who signs in to the API, and remembers when keys were used."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.usage = Usage(office.store)
        decoy = office.randomness(16).hex()
        self._decoy = _Sealed("cluster", "decoy", office.vault.seal("cluster", "decoy", decoy))

    async def authenticate(self, username: str, password: str, address: str | None = None) -> Principal | None:
        """Who this is; None for nobody, and for a suspended or closed account. `address` is for the audit log."""
        async with self._office.store.reading() as tx:
            account, key, is_active = await self._look_up(tx, username)
        now = self._office.clock()
        holds = self._matches(self._secrets(account, key, now), password)
        if account is None or not (holds and is_active):
            return None
        if key is None:
            return Principal(PrincipalKind.AUTH_TOKEN, account.sid, account.sid, address=address)
        self.usage.record(key, now)
        return principal_of(key, address)

    async def _look_up(self, tx: Transaction, username: str) -> tuple[Account | None, ApiKey | None, bool]:
        """The account, the key if it is one's name, and whether the account and the one above it are active."""
        is_key = API_KEY.matches(username)
        key = await tx.api_keys.find(sid=username if is_key else _NO_KEY)
        name = key.account_sid if key is not None else _NO_ACCOUNT
        if ACCOUNT.matches(username):
            name = username
        account = await tx.accounts.find(sid=name)
        owner = await tx.accounts.find(sid=account.owner_account_sid if account is not None else _NO_ACCOUNT)
        active = [each is not None and each.status is AccountStatus.ACTIVE for each in (account, owner)]
        return account, key, all(active)

    def _secrets(self, account: Account | None, key: ApiKey | None, now: datetime) -> tuple[_Sealed, _Sealed]:
        first = second = self._decoy
        if key is not None:
            first = _Sealed("api_key", key.sid, key.secret)
            until = key.previous_secret_until
            if key.previous_secret is not None and until is not None and now < until:
                second = _Sealed("api_key", f"{key.sid}/previous", key.previous_secret)
        elif account is not None:
            first = _Sealed("account", account.sid, account.auth_token)
            if account.secondary_auth_token is not None:
                second = _Sealed("account", f"{account.sid}/secondary", account.secondary_auth_token)
        return first, second

    def _matches(self, secrets: tuple[_Sealed, _Sealed], password: str) -> bool:
        # Digests have one length: comparing them tells nothing about that of the secret.
        given = sha256(password.encode("utf-8", "surrogatepass")).digest()
        holds = False
        for sealed in secrets:
            secret = self._office.vault.open(sealed.kind, sealed.id, sealed.secret)
            is_it = hmac.compare_digest(given, sha256(secret.encode()).digest())
            holds |= is_it and sealed is not self._decoy
        return holds


def principal_of(key: ApiKey, address: str | None) -> Principal:
    """A key as somebody who acts."""
    return Principal(
        PrincipalKind.API_KEY,
        key.account_sid,
        key.sid,
        key_type=key.type,
        policy=key.policy,
        service_sid=key.service_sid,
        address=address,
    )
