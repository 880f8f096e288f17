"""A long list, piece by piece. A place in it is the position of a row; must not know how a page is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE_SIZE = 50  # Twilio's default, and its most
PAGE_SIZE_MAX = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which piece is wanted, newest first: what comes `after` a position, or what stands just `before` one."""

    size: int = PAGE_SIZE
    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A piece, newest first. `next` and `previous` are the positions to ask `after` and `before`; None at the ends."""

    items: tuple[T, ...]
    next: int | None = None
    previous: int | None = None
