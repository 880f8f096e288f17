"""What makes each token's jti its own. Must not know keys or claims.

A nonce is twenty random hex digits, drawn once per process, and a number that counts up: unique across machines without
asking any. Nobody relies on its being hard to guess. The digits are drawn at the first use, and again in a child made
by fork, so a process that is cloned before it mints shares them with nobody, however it was cloned.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count

#: 80 bits: a million processes collide with a chance below one in a trillion.
_RANDOM_BYTES = 10


def next_nonce() -> str:
    """Draw a text of ASCII letters and digits that no other token has."""
    return _draw()


def reseed() -> None:
    """Draw new digits before the next nonce, as a clone must whose original has minted, if os.fork did not make it."""
    global _draw
    _draw = _begin


def _begin() -> str:
    global _draw
    # One C iterator per process, advanced by one call: two threads never see the same number. If two threads begin at
    # once, each has random digits of its own, and one iterator is dropped.
    draw = map((os.urandom(_RANDOM_BYTES).hex() + "%d").__mod__, count()).__next__
    _draw = draw
    return draw()


_draw: Callable[[], str] = _begin

os.register_at_fork(after_in_child=reseed)
