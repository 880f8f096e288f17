"""Reading tokens: verify() believes one or says why not, decode() reads without believing.

The order is the defence: form, header, key, signature; only then is a claim looked at. The one exception is ``iss``,
which is read before to find the key, and means nothing until the signature has been checked with it.
Must not know how tokens are minted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from time import time

from gettone.tokens.algorithms import ALGORITHMS, Algorithm
from gettone.tokens.bounds import MAX_LIFETIME_SECONDS, MAX_SAFE_INTEGER, MAX_TOKEN_CHARACTERS, MIN_SECRET_BYTES
from gettone.tokens.encoding import EncodingError, decode_base64url, read_json_object
from gettone.tokens.errors import (
    AlgorithmError,
    ClaimError,
    ExpiredTokenError,
    HeaderError,
    JsonObject,
    JsonValue,
    LifetimeError,
    MalformedTokenError,
    NotYetValidError,
    SignatureError,
    UnknownKeyError,
    WeakSecretError,
    kind,
)
from gettone.tokens.keys import CONTENT_TYPE, TrustedKey

#: How far a verifier may bend exp and nbf for the difference between two clocks.
MAX_LEEWAY_SECONDS = 300

#: How far ahead the minting clock may be before a token counts as issued in the future.
_CLOCK_SKEW_SECONDS = 300

# Header members that name a key or a form of the token's own choosing. Unknown others say nothing to us and are passed
# over (RFC 7515 section 4), "kid" among them: the key is found by "iss", in a mapping, never in a file or a query.
_REFUSED_MEMBERS = ("crit", "b64", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "enc", "zip")


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a token says that verify() believed. Times are seconds since 1970."""

    identity: str
    #: Without the identity, by Twilio's keys: "video", "voice", ...
    grants: JsonObject
    account_sid: str
    signing_key_sid: str
    region: str | None
    #: From iat, or else nbf, or else jti.
    issued_at: int
    expires_at: int
    claims: JsonObject


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """What a text that looks like a token says. Nobody checked who wrote it, nor when it ends."""

    header: JsonObject
    claims: JsonObject


def verify(
    token: str,
    keys: Mapping[str, TrustedKey],
    *,
    algorithms: Collection[str] = ("HS256",),
    leeway_seconds: int = 0,
    now: int | None = None,
) -> VerifiedToken:
    """Believe an access token, ours or Twilio's own, or raise the VerifyError that says why not.

    ``keys`` maps the SID of each API key to be trusted. ``algorithms`` may add HS384 and HS512.
    ``leeway_seconds``, 300 at most, is granted at both ends. ``now`` is seconds since 1970, the clock's unless given.
    """
    allowed = _allowed(algorithms)
    if not 0 <= leeway_seconds <= MAX_LEEWAY_SECONDS:
        raise ValueError(f"leeway_seconds must be between 0 and {MAX_LEEWAY_SECONDS}")
    read, signed, signature = _read(token)
    algorithm = _check_header(read, allowed)
    sid, key = _find_key(read, keys)
    if not algorithm.accepts(key.secret_bytes(), signed, signature):
        raise SignatureError(
            "the signature is not this API key's: the token was changed, or made with another secret",
            read.header,
            read.claims,
        )
    return _check_claims(read, sid, key, int(time()) if now is None else now, leeway_seconds)


def decode(token: str) -> UnverifiedToken:
    """Read a token without believing it: no key is asked for, and nothing is checked but its form."""
    return _read(token)[0]


def _allowed(algorithms: Collection[str]) -> Mapping[str, Algorithm]:
    if isinstance(algorithms, str) or not algorithms or not set(algorithms) <= set(ALGORITHMS):
        raise ValueError(f"algorithms must name some of {', '.join(ALGORITHMS)}")
    return {name: ALGORITHMS[name] for name in algorithms}


def _read(token: str) -> tuple[UnverifiedToken, bytes, bytes]:
    if not isinstance(token, str):
        raise MalformedTokenError(f"a token is text, not {kind(token)}")
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise MalformedTokenError(f"the token is longer than {MAX_TOKEN_CHARACTERS} characters")
    parts = token.split(".")
    if len(parts) != 3:
        raise MalformedTokenError(
            f"a signed token has three parts with dots between them, and this text has {len(parts)}"
        )
    header = claims = None
    part = "header"
    try:
        header = read_json_object(decode_base64url(parts[0]))
        part = "payload"
        claims = read_json_object(decode_base64url(parts[1]))
        part = "signature"
        signature = decode_base64url(parts[2])
    except EncodingError as error:
        raise MalformedTokenError(f"the token's {part} cannot be read: {error}", header, claims) from error
    return UnverifiedToken(header, claims), token.rpartition(".")[0].encode("ascii"), signature


def _check_header(read: UnverifiedToken, allowed: Mapping[str, Algorithm]) -> Algorithm:
    header = read.header
    name = header.get("alg")
    algorithm = allowed.get(name) if isinstance(name, str) else None
    if algorithm is None:
        raise AlgorithmError(
            f"the token is signed with {_shown(name)}, and only {', '.join(allowed)} is allowed", header, read.claims
        )
    for member in _REFUSED_MEMBERS:
        if member in header:
            raise HeaderError(f"the header has {member}, which no access token has", header, read.claims)
    if header.get("typ") != "JWT":
        raise HeaderError(f"typ must be JWT, and is {_shown(header.get('typ'))}", header, read.claims)
    if header.get("cty") != CONTENT_TYPE:
        raise HeaderError(f"cty must be {CONTENT_TYPE}, and is {_shown(header.get('cty'))}", header, read.claims)
    if "twr" in header and not isinstance(header["twr"], str):
        raise HeaderError(f"twr must be text, and is {_shown(header['twr'])}", header, read.claims)
    return algorithm


def _find_key(read: UnverifiedToken, keys: Mapping[str, TrustedKey]) -> tuple[str, TrustedKey]:
    sid = _text_claim(read, "iss", "the SID of the API key")
    key = keys.get(sid)
    if key is None:
        raise UnknownKeyError(f"{_shown(sid)} is none of the API keys that are trusted here", read.header, read.claims)
    if len(key.secret_bytes()) < MIN_SECRET_BYTES:
        raise WeakSecretError(
            f"the secret of {_shown(sid)} is shorter than {MIN_SECRET_BYTES} bytes, so its tokens can be forged: "
            "make a new API key",
            read.header,
            read.claims,
        )
    return sid, key


def _check_claims(read: UnverifiedToken, sid: str, key: TrustedKey, now: int, leeway_seconds: int) -> VerifiedToken:
    claims = read.claims
    account_sid = _text_claim(read, "sub", "the SID of the account")
    if account_sid != key.account_sid:
        raise ClaimError(
            f"the token is for the account {_shown(account_sid)}, and its API key belongs to another",
            read.header,
            claims,
        )
    issued_at, expires_at = _check_times(read, now, leeway_seconds)
    grants = claims.get("grants")
    if not isinstance(grants, dict):
        raise ClaimError(f"grants must be an object, and is {_shown(grants)}", read.header, claims)
    region = read.header.get("twr")
    return VerifiedToken(
        identity=_identity(read, grants.get("identity")),
        grants={name: grant for name, grant in grants.items() if name != "identity"},
        account_sid=account_sid,
        signing_key_sid=sid,
        region=region if isinstance(region, str) else None,
        issued_at=issued_at,
        expires_at=expires_at,
        claims=claims,
    )


def _check_times(read: UnverifiedToken, now: int, leeway_seconds: int) -> tuple[int, int]:
    """Return when the token was issued and when it ends; raise unless it is good now."""
    exp, nbf, iat = (_time_claim(read, name) for name in ("exp", "nbf", "iat"))
    if exp is None:
        raise ClaimError("exp is missing: a token without an end is not accepted", read.header, read.claims)
    if now >= exp + leeway_seconds:
        raise ExpiredTokenError(f"the token expired {now - exp} seconds ago: fetch a new one", read.header, read.claims)
    if nbf is not None and now < nbf - leeway_seconds:
        raise NotYetValidError(f"the token becomes valid in {nbf - now} seconds", read.header, read.claims)
    issued_at = next((moment for moment in (iat, nbf, _jti_time(read)) if moment is not None), None)
    if issued_at is None:
        raise ClaimError("none of iat, nbf and jti says when the token was issued", read.header, read.claims)
    if issued_at > now + _CLOCK_SKEW_SECONDS:
        raise NotYetValidError(
            f"the token was issued {issued_at - now} seconds in the future: compare the clocks of the two machines",
            read.header,
            read.claims,
        )
    if exp - issued_at > MAX_LIFETIME_SECONDS:
        raise LifetimeError(
            f"the token lives {exp - issued_at} seconds, and {MAX_LIFETIME_SECONDS} (24 hours) is the most",
            read.header,
            read.claims,
        )
    if exp <= issued_at or (nbf is not None and exp <= nbf):
        raise LifetimeError("the token ends before it begins", read.header, read.claims)
    return issued_at, exp


def _text_claim(read: UnverifiedToken, name: str, meaning: str) -> str:
    value = read.claims.get(name)
    if not isinstance(value, str) or not value:
        raise ClaimError(f"{name} must be {meaning}, and is {_shown(value)}", read.header, read.claims)
    return value


def _time_claim(read: UnverifiedToken, name: str) -> int | None:
    if name not in read.claims:
        return None
    value = read.claims[name]
    # A bool is an int in Python, and a float a NumericDate in RFC 7519; no minter of access tokens writes either.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SAFE_INTEGER:
        raise ClaimError(f"{name} must be whole seconds since 1970, and is {_shown(value)}", read.header, read.claims)
    return value


def _jti_time(read: UnverifiedToken) -> int | None:
    """Return the time in Twilio's jti, which is the key's SID, a hyphen and the second of issue."""
    jti = read.claims.get("jti")
    digits = jti.rpartition("-")[2] if isinstance(jti, str) else ""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 12 else None


def _identity(read: UnverifiedToken, value: JsonValue) -> str:
    if isinstance(value, str) and value:
        return value
    # Twilio's Python library writes a number as it was given.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_SAFE_INTEGER:
        return str(value)
    raise ClaimError(f"the token's identity must be text, and is {_shown(value)}", read.header, read.claims)


def _shown(value: JsonValue) -> str:
    """Show a value that anyone may have written: short, on one line."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return ascii(value) if len(value) <= 80 else ascii(value[:80]) + "..."
    return kind(value)
