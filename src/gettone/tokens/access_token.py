"""Minting: an identity, its grants and a lifetime become a signed token. Must not know how tokens are checked.

The class has Twilio's argument names and can be used like Twilio's. It differs where theirs lets a mistake through: see
docs/tokens.md.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from time import time

from gettone.tokens import grants as grant_classes
from gettone.tokens.bounds import MAX_LIFETIME_SECONDS, MAX_SAFE_INTEGER
from gettone.tokens.encoding import holds_lone_surrogate, quote
from gettone.tokens.errors import IdentityError, MissingValueError, TtlError, WeakSecretWarning, kind
from gettone.tokens.grants import AccessTokenGrant, Grant, check_grant, write_grants
from gettone.tokens.keys import check_credentials, prepare
from gettone.tokens.nonces import next_nonce


class AccessToken:
    """A token to be: everything may be changed until ``to_jwt()`` mints it, which may be called more than once.

    ``ttl`` is in seconds; ``nbf`` and ``valid_until`` are seconds since 1970. ``valid_until`` replaces ``ttl``.
    A token says nothing about when it begins unless ``nbf`` is given: a server whose clock runs ahead would otherwise
    hand out tokens that are not valid yet.
    """

    __slots__ = (
        "account_sid",
        "grants",
        "identity",
        "nbf",
        "region",
        "secret",
        "signing_key_sid",
        "ttl",
        "valid_until",
    )

    VideoGrant = grant_classes.VideoGrant
    VoiceGrant = grant_classes.VoiceGrant
    ChatGrant = grant_classes.ChatGrant
    SyncGrant = grant_classes.SyncGrant
    TaskRouterGrant = grant_classes.TaskRouterGrant
    PlaybackGrant = grant_classes.PlaybackGrant

    def __init__(
        self,
        account_sid: str | None,
        signing_key_sid: str | None,
        secret: str | None,
        grants: Iterable[Grant] | None = None,
        identity: str | int | None = None,
        nbf: int | None = None,
        ttl: int = 3600,
        valid_until: int | None = None,
        region: str | None = None,
    ) -> None:
        # Checked here as well as in to_jwt: this is the line on which the variable was forgotten.
        if not account_sid or not signing_key_sid or not secret:
            check_credentials(account_sid, signing_key_sid, secret)
        self.account_sid = account_sid
        self.signing_key_sid = signing_key_sid
        self.secret = secret
        self.identity = identity
        self.nbf = nbf
        self.ttl = ttl
        self.valid_until = valid_until
        self.region = region
        self.grants: list[Grant] = []
        if grants:
            for grant in grants:
                self.add_grant(grant)

    def add_grant(self, grant: Grant) -> None:
        """Add a grant; of two with the same key the later one counts. GrantError for what is no grant."""
        if not isinstance(grant, AccessTokenGrant):
            check_grant(grant)
        self.grants.append(grant)

    def to_jwt(self, ttl: int | None = None) -> str:
        """Mint the token. MintError says what is missing or cannot be.

        ``ttl``, in seconds, replaces the token's own for this time.
        A secret shorter than 32 bytes gives a WeakSecretWarning.
        """
        return self._mint(ttl, int(time()), next_nonce())

    def __repr__(self) -> str:
        # Twilio's prints the signed token. Whoever logs an object does not expect to log a credential.
        keys = ", ".join(str(getattr(grant, "key", "?")) for grant in self.grants)
        return f"<{type(self).__name__} of {self.signing_key_sid} for {self.identity!r}: {keys or 'no grants'}>"

    def _mint(self, ttl: int | None, now: int, nonce: str) -> str:
        """Mint with a given time and nonce: the seam for tests, which need equal tokens from equal input.

        Pure but for the warning. ``nonce`` is ASCII letters and digits.
        """
        try:
            key = prepare(self.account_sid, self.signing_key_sid, self.secret, self.region)
        except TypeError:  # A list or a dict: no key to a cache, and no credential.
            key = prepare.__wrapped__(self.account_sid, self.signing_key_sid, self.secret, self.region)
        if key.weak:
            warnings.warn(
                "the API key's secret is shorter than 32 bytes, so the token can be forged by guessing: "
                "make a new API key",
                WeakSecretWarning,
                stacklevel=3,
            )
        identity = self.identity
        if type(identity) is not str or not identity:
            identity = identity_text(identity)
        lifetime = self.ttl
        if ttl is None and self.valid_until is None and type(lifetime) is int and 0 < lifetime <= MAX_LIFETIME_SECONDS:
            expires = now + lifetime  # as nearly always
        else:
            expires = _expiry(ttl, lifetime, self.valid_until, now)
        nbf = "" if self.nbf is None else f',"nbf":{_beginning(self.nbf, expires)}'
        claims = (
            f'{nonce}","iat":{now},"exp":{expires}{nbf},'
            f'"grants":{{"identity":{quote(identity)}{write_grants(self.grants)}}}}}'
        )
        if "\\" in claims and holds_lone_surrogate('{"":"' + claims):
            raise IdentityError("the identity or a grant is not valid Unicode: it holds half of a surrogate pair")
        return key.sign(claims)


def identity_text(identity: object) -> str:
    """Return an identity as the text that a token carries; a whole number is written out, as Twilio's Node does."""
    if identity is None or identity == "":
        raise MissingValueError(
            "the identity is missing: a token says who it is for, so set identity before the token is minted"
        )
    if isinstance(identity, str):
        return str.__str__(identity)  # str() of an enumeration's member is its name.
    if isinstance(identity, int) and not isinstance(identity, bool):
        if abs(identity) > MAX_SAFE_INTEGER:
            raise IdentityError(f"a number as identity may be at most {MAX_SAFE_INTEGER}: write a longer one as text")
        return str(int(identity))
    raise IdentityError(f"the identity must be text or a whole number, not {kind(identity)}")


def _expiry(override: int | None, ttl: int, valid_until: int | None, now: int) -> int:
    if override is not None:
        lifetime = _whole("ttl", override)
    elif valid_until is not None:
        lifetime = _whole("valid_until", valid_until) - now
        if lifetime <= 0:
            raise TtlError("valid_until has passed: it is a time in seconds since 1970, later than now")
    else:
        lifetime = _whole("ttl", ttl)
    if lifetime <= 0:
        raise TtlError("ttl must be at least 1 second: a token that is minted expired opens nothing")
    if lifetime > MAX_LIFETIME_SECONDS:
        raise TtlError(
            f"a token lives {MAX_LIFETIME_SECONDS} seconds (24 hours) at most: "
            "mint a shorter one, and a new one when the client needs it (all times are in seconds)"
        )
    return now + lifetime


def _beginning(nbf: int, expires: int) -> int:
    beginning = _whole("nbf", nbf)
    if beginning < 0:
        raise TtlError("nbf must be a time in seconds since 1970, and is negative")
    if beginning >= expires:
        raise TtlError(
            "the token would expire before it becomes valid: nbf, in seconds since 1970, must be before its end"
        )
    return beginning


def _whole(name: str, value: object) -> int:
    if type(value) is int:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    raise TtlError(f"{name} must be a whole number of seconds, not {kind(value)}")
