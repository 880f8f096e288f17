"""A hash of passwords that costs nothing, for tests that are about something else."""

from argon2 import PasswordHasher

from gettone.control.passwords import Passwords


def light() -> Passwords:
    """Argon2 with next to no work."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
