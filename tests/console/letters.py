"""What lies in the outbox of a console under test. Must not know what is tested."""

from __future__ import annotations

import re

from gettone.model.pages import PageRequest
from gettone.model.users import Role
from tests.console.serving import Served
from tests.control.offices import member


async def newest_text(served: Served) -> str:
    """What the newest letter says."""
    page = await served.desk.outbox.list(member(Role.OWNER), page=PageRequest())
    text = page.items[0].text
    assert text is not None
    return text


async def newest_link(served: Served) -> str:
    """The secret of the link in the newest letter."""
    found = re.search(r"/link#(\S+)", await newest_text(served))
    assert found is not None
    return found[1]


async def newest_code(served: Served) -> str:
    """The code in the newest letter."""
    found = re.search(r"\b\d{6}\b", await newest_text(served))
    assert found is not None
    return found[0]
