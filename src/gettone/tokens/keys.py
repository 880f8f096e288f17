"""What is known about an API key: enough to verify with, or everything that its tokens share, prepared once.

Must not know identities, grants or times.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from gettone.tokens.algorithms import HS256, PreparedSignature
from gettone.tokens.bounds import MAX_TOKEN_CHARACTERS, MIN_SECRET_BYTES
from gettone.tokens.encoding import encode_base64url, quote
from gettone.tokens.errors import CredentialsError, MissingValueError, TokenTooLongError, kind

CONTENT_TYPE = "twilio-fpa;v=1"

#: Prepared keys kept in memory, secrets among them; the least recently used goes first.
_KEYS_KEPT = 256

# The conventional variable of each value: beginners leave one unset, and the value then arrives here as None.
_VALUES = (
    ("the account's SID", "ACCOUNT_SID"),
    ("the API key's SID", "API_KEY"),
    ("the API key's secret", "API_SECRET"),
)


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """An API key whose tokens verify() may believe."""

    secret: str = field(repr=False)
    account_sid: str

    def __post_init__(self) -> None:
        check_credentials(self.account_sid, "unused", self.secret)
        _encode_secret(self.secret)

    def secret_bytes(self) -> bytes:
        """Return the secret as it goes into the signature."""
        return _encode_secret(self.secret)


class SigningKey:
    """An API key that is ready to mint: what all its tokens begin with, encoded and taken into the signature."""

    __slots__ = ("_beginning", "_opening", "_signature", "weak")

    def __init__(self, account_sid: str, signing_key_sid: str, secret: bytes, region: str | None) -> None:
        twr = f',"twr":{quote(region)}' if region else ""
        header = f'{{"alg":"HS256","typ":"JWT","cty":"{CONTENT_TYPE}"{twr}}}'
        # The claims that never change come first, up to the middle of jti.
        opening = f'{{"iss":{quote(signing_key_sid)},"sub":{quote(account_sid)},"jti":{quote(signing_key_sid)[:-1]}-'
        # base64 turns three bytes into four characters, so only whole threes can be encoded ahead.
        whole = len(opening) - len(opening) % 3
        self._opening = opening[whole:]
        self._beginning = (
            encode_base64url(header.encode("ascii")) + b"." + encode_base64url(opening[:whole].encode("ascii"))
        )
        self._signature = PreparedSignature(HS256, secret, self._beginning)
        #: The secret is shorter than MIN_SECRET_BYTES.
        self.weak = len(secret) < MIN_SECRET_BYTES

    def sign(self, claims: str) -> str:
        """Make the token whose claims go on with this ASCII text, from inside the string that is jti."""
        rest = encode_base64url((self._opening + claims).encode())
        token = b"".join((self._beginning, rest, b".", encode_base64url(self._signature.finish(rest))))
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise TokenTooLongError(
                f"the token would be longer than {MAX_TOKEN_CHARACTERS} characters, more than an HTTP header carries: "
                "put less into the identity and the grants"
            )
        return token.decode()


@lru_cache(maxsize=_KEYS_KEPT)
def prepare(account_sid: str, signing_key_sid: str, secret: str, region: str | None) -> SigningKey:
    """Make a key ready to mint, or return the one made before. MintError names the value that cannot be right."""
    check_credentials(account_sid, signing_key_sid, secret)
    if region is not None and not isinstance(region, str):
        raise CredentialsError(f"the region must be text, not {kind(region)}")
    # Somebody mixed up two lines of a .env file: no library would notice, and every token would be refused.
    if account_sid.startswith("SK") or signing_key_sid.startswith("AC"):
        raise CredentialsError(
            "an account's SID starts with AC and an API key's with SK: "
            "do the variables ACCOUNT_SID and API_KEY hold each other's value?"
        )
    for name, text in (("account's SID", account_sid), ("API key's SID", signing_key_sid), ("region", region or "")):
        if not _is_unicode(text):
            raise CredentialsError(f"the {name} is not valid Unicode")
    return SigningKey(account_sid, signing_key_sid, _encode_secret(secret), region)


def check_credentials(*values: object) -> None:
    """Raise MissingValueError or CredentialsError unless account SID, API key SID and secret, in this order, are text.

    An empty text counts as missing: that is how an unset variable looks in many shells.
    """
    for value, (name, variable) in zip(values, _VALUES, strict=True):
        if value is None or value == "":
            raise MissingValueError(f"{name} is missing: is the variable {variable} set?")
        if not isinstance(value, str):
            raise CredentialsError(f"{name} must be text, not {kind(value)}")


def _encode_secret(secret: str) -> bytes:
    if not _is_unicode(secret):
        raise CredentialsError("the API key's secret is not valid Unicode")
    return secret.encode("utf-8")


def _is_unicode(text: str) -> bool:
    # Bytes of a variable that are no UTF-8 arrive from os.environ as lone surrogates.
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
