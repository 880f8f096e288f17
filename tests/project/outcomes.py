"""What came of a call that may refuse: for properties that hold either way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gettone.model.errors import PlatformError

T = TypeVar("T")


def outcome(call: Callable[[], T]) -> T | PlatformError:
    """The result, or the refusal in its place. Any other error passes."""
    try:
        return call()
    except PlatformError as error:
        return error
