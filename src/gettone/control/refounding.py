"""What the settings of the first account mean where there is one: nothing new, something missing, or a mistake.

Equal settings are ignored. Different ones are a mistake: they belong to other data. But what was changed here since, as
the audit log has it, counts more than a setting that is older. No start fails for that: it is told. Changes nothing.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from gettone.control import audit
from gettone.control.accounts import TOKEN_PROMOTED
from gettone.control.auth_tokens import open_first, open_second
from gettone.control.first_settings import BroughtKey, Founding
from gettone.control.links import OWNER_MADE, PASSWORD_SET
from gettone.control.office import Office
from gettone.control.passwords import Passwords
from gettone.model.accounts import Account
from gettone.model.api_keys import ApiKey
from gettone.model.errors import PlatformError
from gettone.model.principals import PrincipalKind
from gettone.model.users import Role
from gettone.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class Comparison:
    """Keys that are still to be brought, and settings that are of no use any more, one sentence each."""

    keys: tuple[BroughtKey, ...]
    notices: tuple[str, ...]


async def compare(
    tx: Transaction, office: Office, passwords: Passwords, account: Account, settings: Founding
) -> Comparison:
    """Compare settings with the account that is there. Raises PlatformError `invalid` where they belong to another."""
    if settings.account_sid not in (None, account.sid):
        raise _other("GETTONE_ACCOUNT_SID", f"this data belongs to {account.sid}")
    notices = [
        await _compare_token(tx, office, account, settings.auth_token),
        await _compare_owner(tx, passwords, account, settings),
    ]
    keys: list[BroughtKey] = []
    for key in settings.keys:
        is_missing, notice = await _compare_key(tx, office, account, key)
        if is_missing:
            keys.append(key)
        notices.append(notice)
    return Comparison(tuple(keys), tuple(notice for notice in notices if notice is not None))


async def _compare_token(tx: Transaction, office: Office, account: Account, token: str | None) -> str | None:
    kept = (open_first(office.vault, account), open_second(office.vault, account) or "")
    if token is None or any(hmac.compare_digest(token, each) for each in kept):
        return None
    if await tx.audit.count(account_sid=account.sid, action=TOKEN_PROMOTED) > 0:
        return _outdated("GETTONE_AUTH_TOKEN", f"the auth token of {account.sid} was changed")
    raise _other("GETTONE_AUTH_TOKEN", f"{account.sid} has another auth token")


async def _compare_owner(tx: Transaction, passwords: Passwords, account: Account, settings: Founding) -> str | None:
    owners = await tx.memberships.all(account_sid=account.sid, role=Role.OWNER)
    if settings.owner is None or not owners:
        return None
    email, password = settings.owner
    user = await tx.users.find(email=email)
    if user is None or user.id not in {each.user_id for each in owners}:
        actor = audit.actor_of(PrincipalKind.USER, email)
        if await tx.audit.count(account_sid=account.sid, action=OWNER_MADE, actor=actor) > 0:
            return _outdated("GETTONE_OWNER_EMAIL", f"{account.sid} was given another owner")
        raise _other("GETTONE_OWNER_EMAIL", f"{account.sid} has another owner")
    if await passwords.verify(user.password_hash, password):
        return None
    if await tx.audit.count(action=PASSWORD_SET, target=user.id) > 0:
        return _outdated("GETTONE_OWNER_PASSWORD_FILE", f"{email} set another password")
    raise _other("GETTONE_OWNER_PASSWORD_FILE", f"{email} has another password")


async def _compare_key(tx: Transaction, office: Office, account: Account, key: BroughtKey) -> tuple[bool, str | None]:
    """Whether the key is still to be brought, and the notice about it, if there is one."""
    kept = await tx.api_keys.find(sid=key.sid)
    if kept is None:
        if await _happened(tx, account, "key.delete", key.sid):
            return False, _outdated("the setting of a key to bring", f"{key.sid} was deleted")
        return True, None
    if kept.account_sid == account.sid:
        if _has_secret(office, kept, key.secret):
            return False, None
        if await _happened(tx, account, "key.rotate", key.sid):
            return False, _outdated("the setting of a key to bring", f"{key.sid} was rotated")
    raise _other("the setting of a key to bring", f"there is a key {key.sid} with another secret or account")


def _has_secret(office: Office, kept: ApiKey, secret: str) -> bool:
    return hmac.compare_digest(office.vault.open("api_key", kept.sid, kept.secret).encode(), secret.encode())


async def _happened(tx: Transaction, account: Account, action: str, target: str) -> bool:
    return await tx.audit.count(account_sid=account.sid, action=action, target=target) > 0


def _outdated(setting: str, what: str) -> str:
    return f"{setting} is of no use any more: {what} since"


def _other(setting: str, what: str) -> PlatformError:
    return PlatformError(
        "invalid", f"{setting} does not fit: {what}. Leave it out, or start with other data", setting=setting
    )
