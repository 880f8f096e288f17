"""What is refused, for tests of any use case."""

from collections.abc import Awaitable

import pytest

from gettone.model.errors import PlatformError


async def refusal(trying: Awaitable[object]) -> PlatformError:
    """The error of what is refused."""
    with pytest.raises(PlatformError) as caught:
        await trying
    return caught.value
