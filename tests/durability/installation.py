"""A `gettone start` that is shot, in part or whole, and comes back. Must not know what it is asked for."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from benchmarks.rest import Refused, Rest
from gettone.model.sids import ACCOUNT, ENVIRONMENT, SERVICE
from gettone.settings import Settings
from tests.durability.facts import PATH, Place, Seen, look
from tests.durability.looking import look_within
from tests.postgres import Server
from tests.processes import is_gone
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN, UNATTENDED, StartServer, start_server

READY_SECONDS = 30.0
AGAIN_SECONDS = 0.02
ENVIRON = {**UNATTENDED, "GETTONE_BUILDS_PER_HOUR": "100000", "GETTONE_SPARES": "1"}
# A small disk in memory for the data folder ($0), and a database that cannot be written.
SMALL_DISK = 'mkdir -p "$0" && mount -t tmpfs -o size=32m,mode=700 tmpfs "$0"'
READ_ONLY = 'mount --bind "$0/gettone.db" "$0/gettone.db" && mount -o remount,bind,ro "$0/gettone.db"'
_IS_ROOT = os.geteuid() == 0
UNSHARE = ("unshare", "--mount") if _IS_ROOT else ("unshare", "--map-root-user", "--mount")
ENTER = ("nsenter", "--mount", *(() if _IS_ROOT else ("--user", "--preserve-credentials")), "--target")


class Installation:
    """One data folder, and whatever runs over it now. `database` is its PostgreSQL server; None: SQLite.

    `mounts` is a script that changes what it finds in the folder: only what runs there sees that.
    """

    def __init__(
        self, data: Path, database: Server | None = None, url: str | None = None, mounts: str | None = None
    ) -> None:
        self._settings = Settings(data=data, database_url=url)
        self._database = database
        self._mounts = mounts
        self._life = contextlib.ExitStack()
        self._server: StartServer | None = None
        self._spoken = 0

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._life.close()

    @property
    def server(self) -> StartServer:
        """What runs now."""
        assert self._server is not None
        return self._server

    @property
    def data(self) -> Path:
        """The data folder, as it is reached from here."""
        path = self._settings.data
        return path if self._mounts is None else Path(f"/proc/{self.server.process.pid}/root{path}")

    def look(self, place: Place) -> Seen:
        """What is kept, and what is half-done in it."""
        if self._mounts is None:
            return look(self._settings, place)
        # SQLite would follow /proc to a file of this namespace.
        return look_within((*ENTER, str(self.server.process.pid)), self._settings.data, place)

    @property
    def victims(self) -> Mapping[str, tuple[Callable[[], None], Callable[[], None]]]:
        """Who can be shot: how, and what is to be done until all is back."""
        found = {
            "control": (lambda: self._shoot("control"), lambda: self._back("control")),
            "gateway": (lambda: self._shoot("gateway"), lambda: self._back("gateway")),
            "everything": (self._shoot_all, self._start_again),
            "supervisor": (self.server.process.kill, self._start_again),
        }
        if self._database is not None:
            found["database"] = (self._database.shoot, self._database.start)
        return found

    def rest(self) -> Rest:
        """A client of whatever runs now."""
        return Rest(self.server.console_port, ACCOUNT_SID, AUTH_TOKEN)

    def make_place(self) -> Place:
        """The service that a client will change."""
        with self.rest() as rest:
            service = rest.post("/v1/Services", {"UniqueName": "kills", "FriendlyName": "kills"})
            path = f"/v1/Services/{service['sid']}"
            environment = rest.post(f"{path}/Environments", {"UniqueName": "live"})
            function = rest.post(f"{path}/Functions", {"FriendlyName": PATH})
        return Place(
            ACCOUNT.check(ACCOUNT_SID),
            SERVICE.check(str(service["sid"])),
            ENVIRONMENT.check(str(environment["sid"])),
            str(function["sid"]),
            str(environment["domain_name"]),
        )

    def await_ready(self) -> None:
        """Wait until the gateway serves the newest snapshot."""
        give_up = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            assert time.monotonic() < give_up, "not ready:\n" + "\n".join(self.server.lines)
            time.sleep(AGAIN_SECONDS)  # what is asked has just been shot: nobody tells

    def _is_ready(self) -> bool:
        with self.rest() as rest, contextlib.suppress(Refused, OSError):
            return bool(rest.get("/readyz")["ready"])
        return False

    def ask(self, place: Place) -> str:
        """What the live version answers."""
        answer = self.server.ask(PATH, headers={"Host": place.domain_name})
        assert answer.status == 200, answer.text
        return answer.text

    def _start(self) -> None:
        environ, data = dict(ENVIRON), self._settings.data
        if self._settings.database_url is not None:
            environ["GETTONE_DATABASE_URL"] = self._settings.database_url
        within: tuple[str, ...] = ()
        if self._mounts is not None:
            environ["TMPDIR"] = str(data / "tmp")
            within = (*UNSHARE, "sh", "-c", f'{self._mounts} && mkdir -p "$0/tmp" && exec "$@"', str(data))
        self._server = self._life.enter_context(start_server(data, environ=environ, within=within))

    def _start_again(self) -> None:
        self._life.close()
        self._start()

    def _shoot(self, name: str) -> None:
        self._spoken = len(self.server.lines)
        os.kill(self.server.programs()[name], signal.SIGKILL)

    def _back(self, name: str) -> None:
        self.server.wait_for(f"The {name} is back", self._spoken)

    def _shoot_all(self) -> None:
        programs = self.server.programs().values()
        for pid in (self.server.process.pid, *programs):
            os.kill(pid, signal.SIGKILL)
        for pid in programs:
            assert is_gone(pid)
