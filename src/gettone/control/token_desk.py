"""Access tokens at a desk: one is minted with a key of the account's, or read, or checked against the account's keys.

Nothing that is read or minted is kept: the audit log has it that a key signed, for whom and what, without the token.
Restricted keys sign no tokens (https://www.twilio.com/docs/iam/api-keys). Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gettone.control import access, audit
from gettone.control.access import Permission
from gettone.control.office import Office
from gettone.model.api_keys import ApiKey, ApiKeyType
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal
from gettone.model.sids import API_KEY
from gettone.store.interface import Transaction
from gettone.tokens import (
    AccessToken,
    ExpiredTokenError,
    Grant,
    IdentityError,
    MalformedTokenError,
    MintError,
    MissingValueError,
    NotYetValidError,
    SignatureError,
    TrustedKey,
    TtlError,
    UnverifiedToken,
    VerifyError,
    decode,
    verify,
)

ALGORITHMS = ("HS256", "HS384", "HS512")


class Verdict(StrEnum):
    """What the account's keys say of a token. EXPIRED and EARLY are signed as they should be."""

    GOOD = "good"
    EXPIRED = "expired"
    EARLY = "early"
    FORGED = "forged"
    STRANGE = "strange"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Check:
    """How a check came out. `message` says why a token is refused; `previous_until` is set where the key's old secret
    signed it, which is good until then.
    """

    verdict: Verdict
    message: str = ""
    key: ApiKey | None = None
    previous_until: datetime | None = None

    @property
    def is_signed(self) -> bool:
        """Whether the signature is that of one of the account's keys."""
        return self.verdict in (Verdict.GOOD, Verdict.EXPIRED, Verdict.EARLY)


@dataclass(frozen=True, slots=True)
class Minted:
    """A token, and the key that signed it."""

    token: str = field(repr=False)
    key: ApiKey


class TokenDesk:
    """Tokens of one account."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def mint(
        self,
        principal: Principal,
        *,
        account_sid: str,
        key_sid: str,
        identity: str,
        grant: Grant,
        ttl_seconds: int = 3600,
    ) -> Minted:
        """Mint a token with one of the account's keys. For who may see credentials: the token is one.

        Raises PlatformError `invalid` that names the parameter, `not_found` for the key.
        """
        office = self._office
        access.require(principal, Permission.CREDENTIALS_READ)
        async with office.store.writing() as tx:
            acting = await access.enter(tx, principal, account_sid)
            key = await _find(tx, acting, key_sid)
            if key is None:
                raise access.not_found(f"/Accounts/{acting.account_sid}/Keys/{key_sid}")
            if key.type is ApiKeyType.RESTRICTED:
                raise PlatformError(
                    "invalid", "restricted keys sign no tokens: choose a Standard or Main key", parameter="Key"
                )
            secret = office.vault.open("api_key", key.sid, key.secret)
            try:
                minted = AccessToken(acting.account_sid, key.sid, secret, [grant], identity).to_jwt(ttl_seconds)
            except MintError as error:
                raise PlatformError("invalid", str(error), parameter=_parameter_of(error)) from None
            told = {"identity": identity, "grant": grant.key, "ttl_seconds": str(ttl_seconds)}
            await audit.record(tx, acting, office.clock, "token.mint", key.sid, **told)
        return Minted(minted, key)

    def read(self, token: str) -> UnverifiedToken:
        """What a token says; nobody has checked who wrote it. Raises PlatformError `invalid` for what is none."""
        try:
            return decode(token)
        except MalformedTokenError as error:
            raise PlatformError("invalid", str(error), parameter="Token") from None

    async def check(self, principal: Principal, *, account_sid: str, token: str) -> Check:
        """Check a token against the account's keys, and against the clock.

        Who may look at the account learns no more by it than who shows the token somewhere. Raises PlatformError
        `invalid` for what is no token.
        """
        access.require(principal, Permission.ACCOUNTS_READ)
        said = self.read(token).claims.get("iss")
        async with self._office.store.reading() as tx:
            acting = await access.enter(tx, principal, account_sid)
            key = await _find(tx, acting, said if isinstance(said, str) else "")
        if key is None:
            return Check(Verdict.STRANGE)
        if key.type is ApiKeyType.RESTRICTED:
            return Check(Verdict.REFUSED, "its key is restricted, and restricted keys sign no tokens", key)
        vault, now = self._office.vault, self._office.clock()
        found = _check(token, key, vault.open("api_key", key.sid, key.secret), now)
        until = key.previous_secret_until
        if found.verdict is Verdict.FORGED and key.previous_secret is not None and until is not None and now < until:
            previous = vault.open("api_key", f"{key.sid}/previous", key.previous_secret)
            found = _check(token, key, previous, now, until)
        return found


def _check(token: str, key: ApiKey, secret: str, now: datetime, previous_until: datetime | None = None) -> Check:
    trusted = {str(key.sid): TrustedKey(secret, key.account_sid)}
    try:
        verify(token, trusted, algorithms=ALGORITHMS, now=int(now.timestamp()))
    except ExpiredTokenError:
        return Check(Verdict.EXPIRED, key=key, previous_until=previous_until)
    except NotYetValidError:
        return Check(Verdict.EARLY, key=key, previous_until=previous_until)
    except SignatureError:
        return Check(Verdict.FORGED, key=key)
    except VerifyError as error:
        return Check(Verdict.REFUSED, str(error), key)
    return Check(Verdict.GOOD, key=key, previous_until=previous_until)


async def _find(tx: Transaction, acting: Principal, sid: str) -> ApiKey | None:
    return await tx.api_keys.find(sid=sid, account_sid=acting.account_sid) if API_KEY.matches(sid) else None


def _parameter_of(error: MintError) -> str:
    if isinstance(error, TtlError):
        return "Ttl"
    return "Identity" if isinstance(error, IdentityError | MissingValueError) else "Grant"
