"""The editor of services over a real store, a real feed, and a gateway that serves whatever is published.

Must not know any test.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gettone.control.checking import CodeChecker
from gettone.control.editing import Editing
from gettone.control.feed import Feed
from gettone.control.history import History
from gettone.control.limits import Limits
from gettone.control.log_writer import LogWriter
from gettone.control.progress import Live, Progress, Refused
from gettone.control.publish import Publisher
from gettone.control.releasing import Releases
from gettone.control.saved_files import Edit, Saved
from gettone.control.sheets import Sheet, SheetFile
from gettone.control.tails import Tails
from gettone.control.what_goes import WhatGoes
from gettone.model.services import Service
from gettone.wire.feed import Published, Served, ServingProblem
from tests.control.desks import Desk, LedPackages
from tests.control.offices import FIGURES, OTHER_SID, Clock, add_account, holder, open_office
from tests.control.peers import Peer, peer
from tests.stores import sqlite_file

GOOD = "exports.handler = (context, event, callback) => callback(null, 'good');\n"
BETTER = "exports.handler = (context, event, callback) => callback(null, 'better');\n"


@dataclass
class PeerGateway:
    """A gateway that says of each publication that it serves it, with these problems; unless it is held back."""

    told: Peer
    problems: tuple[ServingProblem, ...] = ()
    served: list[int] = field(default_factory=list)
    may_serve: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Serve for ever."""
        published = await self.told.follow()
        while True:
            await self.may_serve.wait()
            self.served.append(published.revision)
            self.told.say(Served(published.revision, self.problems))
            published = await self._next()

    async def _next(self) -> Published:
        while True:
            with contextlib.suppress(TimeoutError):
                return await self.told.hear(Published)


class Editor(Desk):
    """Every use case of services, and the editor's."""

    gateway: PeerGateway
    releases: Releases
    editing: Editing
    history: History
    what_goes: WhatGoes
    checker: CodeChecker
    tails: Tails
    feed_path: Path

    async def make_service(self, name: str = "rooms", *, deploys_on_save: bool = True) -> Service:
        """A service as consoles make it."""
        return await self.editing.make_service(holder(), unique_name=name, deploys_on_save=deploys_on_save)

    async def sheet(self, service: str = "rooms", environment_sid: str | None = None) -> Sheet:
        """The sheet of a service."""
        return await self.editing.open(holder(), service=service, environment_sid=environment_sid)

    async def add(self, path: str = "/hello", language: str = "javascript", service: str = "rooms") -> SheetFile:
        """A new function."""
        saved = await self.editing.add_function(holder(), service=service, name=path, path=path, language=language)
        return saved.file

    async def save(self, file: SheetFile, text: str, service: str = "rooms") -> Saved:
        """A file saved with a text, which nobody else changed meanwhile."""
        edit = Edit(file.sid, file.version_sid, text)
        saved = await self.editing.save(holder(), service=service, edit=edit)
        assert isinstance(saved, Saved)
        return saved

    async def live(self, progress: Progress | None) -> Live:
        """How a deploy ended well."""
        outcome = await self.outcome(progress)
        assert isinstance(outcome, Live), outcome
        return outcome

    async def refused(self, progress: Progress | None) -> Refused:
        """How a deploy was refused."""
        outcome = await self.outcome(progress)
        assert isinstance(outcome, Refused), outcome
        return outcome

    async def outcome(self, progress: Progress | None) -> Live | Refused:
        """How a deploy ended."""
        assert progress is not None
        async with asyncio.timeout(30):
            outcome = (await progress.finished()).outcome
        assert outcome is not None
        return outcome

    async def saved_live(self, path: str = "/hello", text: str = GOOD) -> SheetFile:
        """A function that is live, as it stands on the sheet."""
        saved = await self.save(await self.add(path), text)
        await self.live(saved.progress)
        found = (await self.sheet()).find(saved.file.sid)
        assert found is not None
        return found


@asynccontextmanager
async def open_editor(
    folder: Path,
    *,
    clock: Clock | None = None,
    limits: Limits = FIGURES,
    follows: bool = True,
    served_seconds: float = 20.0,
) -> AsyncIterator[Editor]:
    """An editor over a store in a file, with two accounts; `follows`: a gateway does."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(sqlite_file(folder, created=True))
        office = await stack.enter_async_context(open_office(store, clock=clock, limits=limits))
        await add_account(office, OTHER_SID)
        tails = Tails()
        writer = LogWriter(office, tails)
        writer.open()
        stack.push_async_callback(writer.close)
        feed = Feed(office.store, writer, office.logs)
        await feed.serve(folder / "feed.sock")
        stack.push_async_callback(feed.close)
        assert isinstance(office.publisher, Publisher)
        office.publisher.listeners.append(feed.announce)
        editor = Editor(office, LedPackages())
        editor.tails, editor.feed_path = tails, folder / "feed.sock"
        stack.push_async_callback(editor.builds.close)
        editor.checker = CodeChecker()
        stack.push_async_callback(editor.checker.close)
        editor.releases = Releases(office, editor.builds, feed, editor.checker, served_seconds=served_seconds)
        stack.push_async_callback(editor.releases.close)
        editor.editing = Editing(office, editor.releases)
        editor.history = History(office)
        editor.what_goes = WhatGoes(office)
        if follows:
            editor.gateway = PeerGateway(await stack.enter_async_context(peer(folder / "feed.sock")))
            editor.gateway.may_serve.set()
            running = asyncio.create_task(editor.gateway.run())
            stack.push_async_callback(_end, running)
        yield editor


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
