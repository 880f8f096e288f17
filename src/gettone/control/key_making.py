"""What an API key is made of: its SID, a secret, and the row that keeps it sealed. Must not know who may have one."""

from __future__ import annotations

import re

from gettone.control.office import Office
from gettone.model.api_keys import ApiKey, ApiKeyType
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal
from gettone.model.sids import API_KEY, ApiKeySid, Randomness, ServiceSid

SECRET_CHARACTERS = 32
SECRET_CHARACTERS_MAX = 256

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_BROUGHT = re.compile(r"[\x21-\x7e]*")


def make_secret(randomness: Randomness) -> str:
    """A secret of 32 letters and digits, each as likely as any other: 190 bits."""
    # A byte beyond the last whole multiple of the alphabet would favour its first letters.
    even = 256 - 256 % len(_ALPHABET)
    secret = ""
    while len(secret) < SECRET_CHARACTERS:
        secret += "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in randomness(SECRET_CHARACTERS) if byte < even)
    return secret[:SECRET_CHARACTERS]


def check_brought(sid: str, secret: str) -> ApiKeySid:
    """The SID of a key that was made elsewhere. Raises PlatformError `invalid`, which shows no secret."""
    checked = API_KEY.check(sid)
    if not SECRET_CHARACTERS <= len(secret) <= SECRET_CHARACTERS_MAX or not _BROUGHT.fullmatch(secret):
        raise PlatformError(
            "invalid",
            f"the secret of {checked} must have {SECRET_CHARACTERS} to {SECRET_CHARACTERS_MAX} characters,"
            " printable ASCII without blanks: copy it again, or make a new key",
            parameter="Secret",
        )
    return checked


def make_key(
    office: Office,
    acting: Principal,
    sid: ApiKeySid,
    secret: str,
    friendly_name: str,
    key_type: ApiKeyType = ApiKeyType.STANDARD,
    policy: tuple[str, ...] | None = None,
    service_sid: ServiceSid | None = None,
) -> ApiKey:
    """A new key of the account somebody acts in, as it is kept."""
    now = office.clock()
    return ApiKey(
        sid=sid,
        account_sid=acting.account_sid,
        friendly_name=friendly_name,
        type=key_type,
        policy=policy,
        service_sid=service_sid,
        secret=office.vault.seal("api_key", sid, secret),
        previous_secret=None,
        previous_secret_until=None,
        last_used_at=None,
        created_at=now,
        updated_at=now,
    )
