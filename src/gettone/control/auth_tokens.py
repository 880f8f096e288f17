"""An account's auth tokens: two may be good at once, so that one can be changed without anybody being refused.

The second one is made, is accepted from then on, and becomes the first. Pure but for the vault. Must not know who may.
"""

from __future__ import annotations

import re
from dataclasses import replace

from gettone.control.vault import Vault
from gettone.model.accounts import Account
from gettone.model.errors import PlatformError
from gettone.model.sids import AccountSid, Randomness

_SHAPE = re.compile(r"[0-9a-f]{32}")


def make_auth_token(randomness: Randomness) -> str:
    """A token as Twilio makes them: 32 lower-case hex digits."""
    return randomness(16).hex()


def check_auth_token(text: str) -> str:
    """The text, when it is a token. Raises PlatformError `invalid`, which does not show it."""
    if not _SHAPE.fullmatch(text):
        raise PlatformError("invalid", "an auth token has 32 lower-case hex digits: copy it again")
    return text


def seal_first(vault: Vault, sid: AccountSid, token: str) -> bytes:
    """The first token as it is kept."""
    return vault.seal("account", sid, token)


def open_first(vault: Vault, account: Account) -> str:
    """The first token."""
    return vault.open("account", account.sid, account.auth_token)


def open_second(vault: Vault, account: Account) -> str | None:
    """The second token, if there is one."""
    if account.secondary_auth_token is None:
        return None
    return vault.open("account", _second(account), account.secondary_auth_token)


def with_second(vault: Vault, account: Account, token: str) -> Account:
    """The account with a second token. Raises PlatformError `conflict` when it has one."""
    if account.secondary_auth_token is not None:
        raise PlatformError(
            "conflict", f"{account.sid} has a secondary auth token already: promote it, or delete it first"
        )
    return replace(account, secondary_auth_token=vault.seal("account", _second(account), token))


def without_second(account: Account) -> Account:
    """The account without its second token. Raises PlatformError `not_found` when it has none."""
    if account.secondary_auth_token is None:
        raise _none(account)
    return replace(account, secondary_auth_token=None)


def promoted(vault: Vault, account: Account) -> Account:
    """The account with its second token as the first; the first is gone. Raises PlatformError `not_found`."""
    token = open_second(vault, account)
    if token is None:
        raise _none(account)
    return replace(account, auth_token=seal_first(vault, account.sid, token), secondary_auth_token=None)


def _second(account: Account) -> str:
    return f"{account.sid}/secondary"


def _none(account: Account) -> PlatformError:
    return PlatformError("not_found", f"{account.sid} has no secondary auth token: create one first")
