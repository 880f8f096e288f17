"""People's passwords: which are good enough, and argon2's hashes of them. Must not know whose they are.

A hash takes a tenth of a second and 64 MiB on purpose, so that guessing is dear. It runs beside the loop, and no more
than two at once, so that signing in cannot use up the machine.
"""

from __future__ import annotations

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gettone.model.errors import PlatformError

CHARACTERS_MIN = 8  # NIST SP 800-63B, 5.1.1.2
BYTES_MAX = 1024
_AT_ONCE = 2


class Passwords:
    """Hashes and verifies. One for a process: the bound is its own."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises PlatformError `invalid` for what is too short or too long."""
        text = check_password(password)
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, text)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether this is the password. Without a hash it takes as long, and is not."""
        if len(password.encode("utf-8", "surrogatepass")) > BYTES_MAX:
            return False
        async with self._turns:
            holds = await asyncio.to_thread(self._verify, hashed, _normal(password))
        return holds and hashed is not None

    def _verify(self, hashed: str | None, text: bytes) -> bool:
        # Made once, at the first question, whoever it is about: so that the time tells nothing.
        self._nobody = self._nobody or self._hasher.hash("nobody has this password")
        try:
            return self._hasher.verify(hashed or self._nobody, text)
        except (VerificationError, InvalidHashError):
            return False


def check_password(password: str, parameter: str = "Password") -> bytes:
    """The password as it is hashed. Raises PlatformError `invalid`, which names the field and never shows it."""
    text = _normal(password)
    if len(password) < CHARACTERS_MIN:
        raise PlatformError(
            "invalid",
            f"a password needs {CHARACTERS_MIN} characters or more: choose a longer one",
            parameter=parameter,
        )
    if len(text) > BYTES_MAX:
        raise PlatformError(
            "invalid", f"a password may have {BYTES_MAX} bytes: choose a shorter one", parameter=parameter
        )
    return text


def _normal(password: str) -> bytes:
    # One password has several spellings in Unicode, and keyboards differ in which they send (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
