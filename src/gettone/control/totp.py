"""Codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 seconds), and what stands in for them. Pure.

Must not know whose they are.
"""

from __future__ import annotations

import base64
import hmac
import unicodedata
from datetime import datetime

from pyotp import TOTP

from gettone.control.opaque import digest_of
from gettone.model.sids import Randomness

ISSUER = "Gettone"
SECRET_BYTES = 20  # RFC 4226, section 4, R6
STEP_SECONDS = 30
# One step to either side, for clocks and for who types slowly (RFC 6238, 5.2).
_WINDOW = 1
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10  # 80 bits, as 16 letters: nobody guesses one from its digest
_GROUP = 4


def make_totp_secret(randomness: Randomness) -> str:
    """A secret to put into an app, in base32."""
    return base64.b32encode(randomness(SECRET_BYTES)).decode()


def uri_of(secret: str, email: str) -> str:
    """The secret as an address that authenticator apps open."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of_code(secret: str, code: str, now: datetime, after: int | None) -> int | None:
    """The time step whose code this is, when it is near enough to now and later than `after`; else None.

    Whoever keeps the step and gives it back takes no code twice.
    """
    given = digits_of(code)
    current = int(now.timestamp()) // STEP_SECONDS
    totp = TOTP(secret, interval=STEP_SECONDS)
    found = None
    for step in range(current - _WINDOW, current + _WINDOW + 1):
        is_it = hmac.compare_digest(totp.generate_otp(step).encode(), given)
        if is_it and (after is None or step > after):
            found = step
    return found


def digits_of(code: str) -> bytes:
    """A code as it is compared: people put blanks into it, and Japanese keyboards write wide digits."""
    return "".join(unicodedata.normalize("NFKC", code[:64]).split()).encode("utf-8", "surrogatepass")


def make_recovery_codes(randomness: Randomness) -> tuple[str, ...]:
    """Codes for who has lost the app, to be written down: `abcd-efgh-ijkl-mnop`."""
    return tuple(_grouped(base64.b32encode(randomness(_RECOVERY_BYTES)).decode()) for _ in range(RECOVERY_CODES))


def digest_of_recovery_code(code: str) -> str:
    """What is kept of a code; the same however it is typed."""
    letters = "".join(letter for letter in unicodedata.normalize("NFKC", code[:64]).upper() if letter.isalnum())
    return digest_of(f"recovery code {letters}")


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + _GROUP].lower() for start in range(0, len(letters), _GROUP))
