"""Following the feed: published is served, whatever becomes of control, the disk or a neighbour's publication."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.feeds import Site, account, open_control, python
from tests.gateway.nodes import open_node

pytestmark = pytest.mark.anyio

HELLO = Site("hello-1234", {"functions/hello.py": python("hello")})


@pytest.fixture
def anyio_backend() -> str:
    """The loop that the gateway runs on, but for uvloop."""
    return "asyncio"


async def test_published_is_served(tmp_path: Path) -> None:
    """A function answers under its environment's host name once control has been told so."""
    async with open_control(tmp_path) as control, open_node(tmp_path / "gateway", control.socket) as node:
        await control.served(await control.publish(account(), HELLO))
        answer = await node.ask(HELLO.host, "/hello")

    assert (answer.status, answer.text) == (200, "hello")
