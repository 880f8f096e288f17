"""What can be wrong with a token, one class each, all under TokenError. Must not know how tokens are made or read.

No message, attribute or repr holds a secret, a signature or a whole token: errors end up in logs, and a token in a log
is a token given away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeAlias, Union

JsonValue: TypeAlias = Union[str, int, float, bool, list["JsonValue"], dict[str, "JsonValue"], None]  # noqa: UP007
JsonObject: TypeAlias = Mapping[str, JsonValue]


class TokenError(Exception):
    """Anything wrong with a token, as one sentence for a person and the evidence for a program."""

    #: One stable word for logs and counters.
    reason: ClassVar[str] = "token"

    def __init__(self, message: str, header: JsonObject | None = None, claims: JsonObject | None = None) -> None:
        super().__init__(message)
        #: The token's header and claims where they could be read, else None. Evidence, not fact: unless the error came
        #: after the signature was checked, anyone may have written them.
        self.header = header
        self.claims = claims


class MintError(TokenError, ValueError):
    """The token cannot be minted from what was given."""

    reason = "mint"


class MissingValueError(MintError):
    """A SID, the secret or the identity is not there."""

    reason = "missing_value"


class CredentialsError(MintError):
    """A SID, the secret or the region is there and cannot be right."""

    reason = "credentials"


class IdentityError(MintError):
    """The identity is neither text nor a whole number."""

    reason = "identity"


class GrantError(MintError):
    """A grant holds what no token can carry, or is no grant."""

    reason = "grant"


class TtlError(MintError):
    """The token would live too long, not at all, or begins after it ends."""

    reason = "ttl"


class TokenTooLongError(MintError):
    """The finished token is longer than anything would accept."""

    reason = "too_long"


class VerifyError(TokenError):
    """The token is not to be trusted."""

    reason = "verify"


class MalformedTokenError(VerifyError):
    """The text is not a token of three strictly encoded parts."""

    reason = "malformed"


class HeaderError(VerifyError):
    """The header is not that of an access token."""

    reason = "header"


class AlgorithmError(HeaderError):
    """The header names an algorithm that the caller does not allow."""

    reason = "algorithm"


class UnknownKeyError(VerifyError):
    """The token names an API key that the caller does not trust."""

    reason = "unknown_key"


class WeakSecretError(VerifyError):
    """The API key's secret is too short for anything signed with it to be believed."""

    reason = "weak_secret"


class SignatureError(VerifyError):
    """The signature is not that of the API key: the token was made or changed by somebody else."""

    reason = "signature"


class ClaimError(VerifyError):
    """A claim is missing, of the wrong type, or names another account."""

    reason = "claim"


class LifetimeError(ClaimError):
    """The token lives longer than 24 hours, or its times cannot all be true."""

    reason = "lifetime"


class ExpiredTokenError(VerifyError):
    """The token was good, and its time is over."""

    reason = "expired"


class NotYetValidError(VerifyError):
    """The token's time has not come yet."""

    reason = "not_yet_valid"


class WeakSecretWarning(UserWarning):
    """A token was minted with a secret shorter than 32 bytes, which verify() refuses."""


def kind(value: object) -> str:
    """Name the kind of a value in words that are the same in every language we mint in."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "text"
        case int():
            return "a whole number"
        case float():
            return "a number that is not whole" if value - value == 0 else "a number that is not finite"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "an object"
        case type():
            return "a class"
        case _:
            return "a function" if callable(value) else f"a value of type {type(value).__name__}"
