"""How fast people may try passwords and codes, and have letters sent: one set of throttles for a control process.

Must not know what is tried. Someone who knows an e-mail address can slow its owner down, so that pause is short; what
one caller tries at many addresses is slowed down for longer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gettone.control.throttle import Pace, Quota, Throttle

_HOUR = 3600.0


class Brakes:
    """Every throttle and quota of signing in and up."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.by_email = Throttle(clock, Pace(free=5, pause_seconds_max=60))
        """Wrong passwords for one e-mail address."""
        self.by_caller = Throttle(clock, Pace(free=20, pause_seconds_max=900))
        """Wrong passwords from one network."""
        self.by_user = Throttle(clock, Pace(free=5, pause_seconds_max=900))
        """Wrong codes of a second factor, and wrong passwords of who is signed in already."""
        self.letters = Quota(clock, 5, _HOUR)
        """Letters to one e-mail address, of one kind, asked for by anybody."""
        self.callers = Quota(clock, 20, _HOUR)
        """Sign-ups and letters that one network asks for."""
        self.texts = Quota(clock, 5, _HOUR)
        """Short messages that one person asks for, and those to one number."""
        self.resends = Quota(clock, 1, 30)
        """The pause between two short messages to one person."""
