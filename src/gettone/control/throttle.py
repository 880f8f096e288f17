"""How often something may be tried: slower with each failure, or so many times within a while. Must not know what.

Kept in memory, for this process alone: a restart forgets it, and two control processes would count apart. What is
forgotten first, when there are too many names, is what was tried longest ago.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gettone.model.errors import PlatformError

NAMES_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Pace:
    """So many failures are free; then each one doubles the pause, from a second up to `pause_seconds_max`.

    After `forgotten_seconds` without a failure it begins anew.
    """

    free: int
    pause_seconds_max: float
    forgotten_seconds: float = 3600.0


@dataclass(slots=True)
class _Failures:
    count: int
    latest: datetime


class Throttle:
    """Failures by name. State: the table of failures, changed between awaits only."""

    def __init__(self, clock: Callable[[], datetime], pace: Pace, names_max: int = NAMES_MAX) -> None:
        self._clock = clock
        self._pace = pace
        self._names_max = names_max
        self._failures: OrderedDict[bytes, _Failures] = OrderedDict()

    def check(self, name: str) -> None:
        """Raise PlatformError `denied`, with `retry_after_seconds`, while a pause lasts."""
        wait = self._wait(_key(name))
        if wait > 0:
            raise too_often(wait)

    def begin(self, name: str) -> None:
        """Count a try as failed before it is made, so that many at once get no further than one after the other.

        Raises as `check` does, and counts nothing then.
        """
        self.check(name)
        key, now = _key(name), self._clock()
        known = self._failures.pop(key, None)
        if known is None or now - known.latest > timedelta(seconds=self._pace.forgotten_seconds):
            known = _Failures(0, now)
        self._failures[key] = _Failures(known.count + 1, now)
        while len(self._failures) > self._names_max:
            self._failures.popitem(last=False)

    def forgive(self, name: str) -> None:
        """Take one back: it was no failure. Those before it still count."""
        known = self._failures.get(_key(name))
        if known is not None:
            known.count -= 1
            if known.count <= 0:
                del self._failures[_key(name)]

    def forget(self, name: str) -> None:
        """Begin anew."""
        self._failures.pop(_key(name), None)

    def _wait(self, key: bytes) -> float:
        known = self._failures.get(key)
        if known is None or known.count < self._pace.free:
            return 0.0
        pause = min(2.0 ** min(known.count - self._pace.free, 30), self._pace.pause_seconds_max)
        return pause - (self._clock() - known.latest).total_seconds()


class Quota:
    """So many times within a while, by name. State: the table of times, changed between awaits only."""

    def __init__(
        self, clock: Callable[[], datetime], times: int, within_seconds: float, names_max: int = NAMES_MAX
    ) -> None:
        self._clock = clock
        self._times = times
        self._within = timedelta(seconds=within_seconds)
        self._names_max = names_max
        self._taken: OrderedDict[bytes, tuple[datetime, ...]] = OrderedDict()

    def take(self, name: str) -> None:
        """Count one more. Raises PlatformError `denied`, with `retry_after_seconds`, when there were enough."""
        wait = self.wait(name)
        if wait > 0:
            raise too_often(wait)
        key = _key(name)
        self._taken[key] = (*self._recent(key), self._clock())
        self._taken.move_to_end(key)
        while len(self._taken) > self._names_max:
            self._taken.popitem(last=False)

    def wait(self, name: str) -> float:
        """In how many seconds there may be another one; 0 for now."""
        recent = self._recent(_key(name))
        if len(recent) < self._times:
            return 0.0
        return (recent[0] + self._within - self._clock()).total_seconds()

    def _recent(self, key: bytes) -> tuple[datetime, ...]:
        since = self._clock() - self._within
        return tuple(at for at in self._taken.get(key, ()) if at > since)


def take_all(*taken: tuple[Quota, str]) -> None:
    """Count one more of each, or none of any. Raises PlatformError `denied` with the longest wait."""
    wait = max(quota.wait(name) for quota, name in taken)
    if wait > 0:
        raise too_often(wait)
    for quota, name in taken:
        quota.take(name)


def too_often(wait_seconds: float) -> PlatformError:
    """What is said of a try that comes too soon."""
    seconds = max(1, math.ceil(wait_seconds))
    when = f"{seconds} second{'' if seconds == 1 else 's'}" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
    return PlatformError("denied", f"that was too often: try again in {when}", retry_after_seconds=seconds)


def network_of(address: str | None) -> str:
    """What counts as one caller: an IPv4 address, the /64 of an IPv6 one, which belongs to one connection."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "elsewhere"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)


def _key(name: str) -> bytes:
    # All names are of one size here, whatever was sent.
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
