"""Try it: a call from the page, its answer, and the token in it. A real server on loopback answers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from gettone.console.app import make_console
from gettone.control.tails import Tails
from gettone.control.trying import GatewayAddress, Trying
from gettone.model.users import Role
from gettone.tokens import AccessToken, VideoGrant
from tests.console.rooms import GOOD, HTMX, PATH, Rooms, let_in, open_rooms, owner, read_form
from tests.console.serving import HOSTS, make_browser
from tests.control.offices import ACCOUNT_SID, Clock

pytestmark = pytest.mark.anyio


@dataclass
class Answering:
    """What answers in the place of a gateway: always the same, and it keeps what it was asked."""

    body: bytes = b"{}"
    status: str = "200 OK"
    asked: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(line.partition(b":")[2])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            ),
            0,
        )
        self.asked.append(head + await reader.readexactly(length))
        lines = [f"HTTP/1.1 {self.status}", f"content-length: {len(self.body)}", "x-shown: yes", "connection: close"]
        writer.write("\r\n".join([*lines, "", ""]).encode() + self.body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def open_answering(rooms: Rooms) -> AsyncIterator[Answering]:
    """The same console, with something that answers calls."""
    answering, tails = Answering(), Tails()
    server = await asyncio.start_server(answering.serve, "127.0.0.1", 0)
    address = GatewayAddress("127.0.0.1", server.sockets[0].getsockname()[1], url_port=8000)
    desk = replace(rooms.served.desk, trying=Trying(rooms.served.office, tails, address))
    before = rooms.served.browser
    app = make_console(desk, randomness=os.urandom, hosts=HOSTS)
    async with make_browser(app) as browser, server:
        browser.cookies.update(before.cookies)
        rooms.served.browser = browser
        yield answering
        rooms.served.browser = before
    tails.close()


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    """A service with one function that is live."""
    async with open_rooms() as rooms:
        await rooms.save(GOOD)
        yield rooms


async def call(rooms: Rooms, *, htmx: bool = True, **changes: str) -> str:
    """The form below the code, sent; the page or part that comes back."""
    form = {**read_form((await rooms.get(file=rooms.file_sid)).text, "/try"), **changes}
    answer = await rooms.post("/try", form, headers=HTMX if htmx else {}, file=rooms.file_sid)
    return answer.text


async def test_answer_stands_beside_the_form(rooms: Rooms) -> None:
    """Status, size, headers, body; for a script a part, without one the page, with what was typed."""
    async with open_answering(rooms) as answering:
        answering.body, answering.status = b'{"message": "<b>no</b>"}', "403 Forbidden"
        part = await call(rooms, parameter="room", parameter_value="standup")
        page = await call(rooms, htmx=False, parameter="room", parameter_value="standup")

    assert 'class="chip bad">403<' in part
    assert f"{len(answering.body)} bytes" in part
    assert "x-shown" in part
    assert "&lt;b&gt;no&lt;/b&gt;" in part
    assert "<html" not in part
    assert 'class="chip bad">403<' in page
    assert 'value="standup"' in page
    assert answering.asked[0].startswith(f"POST {PATH} ".encode())
    assert b'{"room": "standup"}' in answering.asked[0]
    assert f"host: {rooms.service.domain_base}.localhost".encode() in answering.asked[0].lower()


async def test_token_in_the_answer_is_read_and_checked(rooms: Rooms) -> None:
    """Against the account's own keys, in words."""
    clock = rooms.served.office.clock
    assert isinstance(clock, Clock)
    # Tokens are minted by the machine's clock, and sessions are as old as the office's says.
    clock.now = datetime.now(UTC)
    await let_in(rooms.served, Role.DEVELOPER)
    made = await rooms.served.desk.api_keys.create(owner(), account_sid=ACCOUNT_SID, friendly_name="egghead")
    token = AccessToken(ACCOUNT_SID, made.key.sid, made.secret, identity="alice")
    token.add_grant(VideoGrant(room="standup"))
    async with open_answering(rooms) as answering:
        answering.body = b'{"token": "%s"}' % token.to_jwt().encode()
        part = await call(rooms)

    assert 'class="jwt"' in part
    assert "<dd>alice</dd>" in part
    assert "room standup" in part
    assert "egghead" in part
    assert 'class="chip ok">verified<' in part
    assert made.secret not in part


async def test_signed_call_carries_a_signature(rooms: Rooms) -> None:
    """And the page never the token that signs."""
    async with open_answering(rooms) as answering:
        part = await call(rooms, signed="on", encoding="form")

    assert b"x-twilio-signature: " in answering.asked[0].lower()
    assert "x-twilio-signature" not in part.lower()


async def test_gateway_that_is_away_is_told(rooms: Rooms) -> None:
    """Where the answer would stand, with the form as it was."""
    page = await call(rooms, htmx=False, parameter="room", parameter_value="standup")

    assert "The call could not be made" in page
    assert 'value="standup"' in page


async def test_body_that_is_no_json_is_told(rooms: Rooms) -> None:
    """Before anything is sent, and it stays."""
    async with open_answering(rooms) as answering:
        page = await call(rooms, htmx=False, body="{no json", encoding="json")

    assert answering.asked == []
    assert "this is no JSON" in page or "This is no JSON" in page
    assert "{no json" in page


async def test_viewer_calls_nothing() -> None:
    """A function may do anything: who only looks does not set it going."""
    async with open_rooms(role=Role.VIEWER) as rooms:
        page = (await rooms.get()).text
        answer = await rooms.post("/try", {"method": "POST", "encoding": "json"}, headers=HTMX, file=rooms.file_sid)

    assert 'id="try"' not in page
    assert answer.status_code == 403
