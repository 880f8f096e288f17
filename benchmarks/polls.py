"""Which sockets can be read. Must not know what comes out of them."""

from __future__ import annotations

import select
import selectors
from typing import Protocol


class Poll(Protocol):
    """What of select.epoll the generator uses."""

    def register(self, descriptor: int, /) -> None:
        """Tell of this descriptor when it can be read."""

    def unregister(self, descriptor: int, /) -> None:
        """Forget this descriptor."""

    def poll(self, timeout_seconds: float, /) -> list[tuple[int, int]]:
        """Wait; returns descriptors that can be read, each with a mask."""


class SelectorPoll:
    """The same on machines without epoll."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def register(self, descriptor: int, /) -> None:
        """Tell of this descriptor when it can be read."""
        self._selector.register(descriptor, selectors.EVENT_READ)

    def unregister(self, descriptor: int, /) -> None:
        """Forget this descriptor."""
        self._selector.unregister(descriptor)

    def poll(self, timeout_seconds: float, /) -> list[tuple[int, int]]:
        """Wait; returns descriptors that can be read, each with a mask."""
        return [(key.fd, mask) for key, mask in self._selector.select(timeout_seconds)]


class EpollPoll:
    """epoll, asked only for what can be read."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.unregister = self._epoll.unregister
        self.poll = self._epoll.poll

    def register(self, descriptor: int, /) -> None:
        """Tell of this descriptor when it can be read."""
        self._epoll.register(descriptor, select.EPOLLIN)


def make_poll() -> Poll:
    """The quickest of what this machine has."""
    return EpollPoll() if hasattr(select, "epoll") else SelectorPoll()
