"""Passwords: which are good enough, and that hashing them stops nobody."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher

from gettone.control.passwords import Passwords
from tests.control.hashing import light
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse"


async def test_password_is_known_by_its_hash() -> None:
    """Also one that a keyboard spells differently; no other one, and none without a hash."""
    passwords = light()
    hashed = await passwords.hash("caf\u00e9 au lait")

    assert await passwords.verify(hashed, "caf\u00e9 au lait")
    assert await passwords.verify(hashed, "cafe\u0301 au lait")
    for wrong in ("", "cafe au lait", "caf\u00e9 au lait ", "x" * 1_000_000, "\ud800" * 10):
        assert not await passwords.verify(hashed, wrong)
    assert not await passwords.verify(None, "nobody has this password")
    assert not await passwords.verify("$argon2id$nonsense", PASSWORD)
    assert await passwords.hash(PASSWORD) != await passwords.hash(PASSWORD)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025, "é" * 513])
async def test_password_has_bounds(password: str) -> None:
    """The refusal does not show it."""
    error = await refusal(light().hash(password))

    assert (error.code, error.evidence["parameter"]) == ("invalid", "Password")
    assert not password or password not in error.message


class InPairs(PasswordHasher):
    """Hashes when two are at it, and counts how many are."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.pair = threading.Barrier(2)
        self.lock = threading.Lock()
        self.running = self.most = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        if isinstance(password, bytes):  # the text that stands in for a missing hash is no password of anybody's
            with self.lock:
                self.running += 1
                self.most = max(self.most, self.running)
            self.pair.wait(timeout=10)
            with self.lock:
                self.running -= 1
        return super().hash(password, salt=salt)


async def test_two_are_hashed_at_once_and_no_more() -> None:
    """However many sign in; beside the loop."""
    hasher = InPairs()
    passwords = Passwords(hasher)

    hashes = await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(6)))

    assert len(set(hashes)) == 6
    assert hasher.most == 2
