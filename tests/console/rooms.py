"""A service in its editor as a browser has it: forms as they stand on a page, sent back with changes.

Must not know any test.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from unittest.mock import patch

import httpx2

from gettone.console import deploys
from gettone.control.sheets import Sheet, SheetFile
from gettone.model.cookies import CONSOLE_COOKIE_PLAIN
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.model.users import Role
from tests.console.serving import Served, open_console
from tests.control.offices import member

PATH = "/create-room-token"
GOOD = 'def handler(context, event):\n    return {"room": event.get("room")}\n'
BROKEN = 'def handler(context, event):\n    return {"room": event.get("room")\n'
HTMX = {"hx-request": "true"}
# A machine that is busy takes its time: what a save leads to is over when its answer is there.
SETTLE_SECONDS = 30.0


class FormReader(HTMLParser):
    """The fields of one form, as a browser would send them."""

    def __init__(self, action_part: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._action_part = action_part
        self._is_in = False
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self._is_in = self._action_part in (said.get("action") or "")
        name = said.get("name")
        if not self._is_in:
            return
        if tag == "input" and name and (said.get("type") not in ("radio", "checkbox") or "checked" in said):
            self.fields[name] = said.get("value") or ""
        elif tag == "textarea" and name:
            self._area, self.fields[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in said or self._select not in self.fields):
            self.fields[self._select] = said.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_in = False
        elif tag == "textarea" and self._area:
            # The first line end of a textarea is the page's, not the text's (HTML, 13.2.6.4.7).
            self.fields[self._area] = self.fields[self._area].removeprefix("\n")
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data


def read_form(page: str, action_part: str) -> dict[str, str]:
    """The fields of the form on a page whose action has this in it."""
    reader = FormReader(action_part)
    reader.feed(page)
    assert reader.fields, f"no form on the page goes to {action_part}"
    return reader.fields


@dataclass
class Rooms:
    """A console with the service `rooms`, and one function in it."""

    served: Served
    service: Service
    file_sid: str

    @property
    def root(self) -> str:
        """The editor's address."""
        return f"/services/{self.service.sid}"

    async def get(self, path: str = "", **query: str) -> httpx2.Response:
        """A page below the service."""
        return await self.served.browser.get(f"{self.root}{path}", params=query)

    async def post(
        self, path: str, data: Mapping[str, str], *, headers: Mapping[str, str] | None = None, **query: str
    ) -> httpx2.Response:
        """A form sent to a path below the service."""
        return await self.served.browser.post(f"{self.root}{path}", data=data, headers=headers, params=query)

    async def form(self, page: httpx2.Response | None = None) -> dict[str, str]:
        """The editor's form as it stands on the page."""
        return read_form((page or await self.get(file=self.file_sid)).text, "/save")

    async def save(self, source: str, *, htmx: bool = False, **changes: str) -> httpx2.Response:
        """The editor's form with another text, saved."""
        form = {**await self.form(), "source": source, **changes}
        return await self.post("/save", form, headers=HTMX if htmx else {})

    async def follow(self, answer: httpx2.Response) -> httpx2.Response:
        """The page that an answer leads to."""
        return await self.served.browser.get(answer.headers["location"])

    async def sheet(self, environment_sid: str | None = None) -> Sheet:
        """The sheet as control has it."""
        return await self.served.desk.editing.open(owner(), service=self.service.sid, environment_sid=environment_sid)

    async def file(self) -> SheetFile:
        """The function as control has it."""
        found = (await self.sheet()).find(self.file_sid)
        assert found is not None
        return found

    async def source(self) -> str | None:
        """Its newest text."""
        read = await self.served.desk.editing.read(owner(), service=self.service.sid, sid=self.file_sid)
        return read.text


def owner() -> Principal:
    """Whoever owns the account."""
    return member(Role.OWNER)


async def let_in(served: Served, role: Role = Role.OWNER) -> str:
    """Make a member without a password, which takes its time, and let the browser keep a session; its secret."""
    user = await served.desk.users.create(owner(), email=f"{role}@example.com", name="Rosa Rooms", role=role)
    made = await served.desk.sessions.open_for(user)
    served.browser.cookies.set(CONSOLE_COOKIE_PLAIN, made.secret)
    return made.secret


@asynccontextmanager
async def open_rooms(*, role: Role = Role.OWNER, deploys_on_save: bool = True) -> AsyncIterator[Rooms]:
    """A console with a service in it, and somebody of this role signed in."""
    async with open_console() as served:
        await let_in(served, role)
        editing = served.desk.editing
        service = await editing.make_service(owner(), unique_name="rooms", deploys_on_save=deploys_on_save)
        saved = await editing.add_function(
            owner(), service=service.sid, name="Create Room Token", path=PATH, language="python", template="room-token"
        )
        with patch.object(deploys, "SETTLE_SECONDS", SETTLE_SECONDS):
            yield Rooms(served, service, saved.file.sid)
