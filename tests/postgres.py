"""A PostgreSQL server of the tests' own: one per process, started when first asked for, gone with the process.

It listens on loopback alone, on a port that the system chose, and flushes nothing: what it keeps is for a test.
Must not know what is kept in it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

from tests.conftest import find_tool
from tests.processes import is_gone

PASSWORD = "a password: @/%?#"
USER = "gettone tests"
START_SECONDS = 30
# Where files stand in memory, if this machine has such a place: a database is made ten times quicker there.
MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "logging_collector": "off",
    "autovacuum": "off",
}


# The parent-death signal follows the thread that started a process, not the process (man 2 prctl): a server that was
# first asked for by a passing thread would go with it.
_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postgres-starter")


class Server:
    """A running server. Its folder belongs to an ordinary user: PostgreSQL refuses to run as root."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = _SETTINGS) -> None:
        self._settings = settings
        self._data = folder / "data"
        self._socket = folder
        self._log = folder / "log"
        self._owner = _ordinary_user() if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        password = folder / "password"
        password.write_text(PASSWORD)
        if self._owner is not None:
            for path in (folder, password):
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        # C.UTF-8 makes equal order and case everywhere, whatever the machine speaks.
        self._run("initdb", "-D", str(self._data), "-U", USER, "--pwfile", str(password), "-A", "scram-sha-256")
        self.port = _free_port()
        self.start()

    def start(self) -> None:
        """Start it, where it was before, unless it runs; returns when it answers."""
        if self._process is not None:
            return
        settings = {**self._settings, "port": str(self.port), "unix_socket_directories": str(self._socket)}
        command = self._command("postgres", "-D", str(self._data), *(f"--{name}={it}" for name, it in settings.items()))
        self._process = _STARTER.submit(self._begin, command).result()
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"PostgreSQL does not start:\n{self._log.read_text()}") from None
                time.sleep(0.02)  # there is no event to wait for: it is another program
            else:
                return

    def _begin(self, command: list[str]) -> subprocess.Popen[bytes]:
        with open(self._log, "ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._socket)

    def stop(self) -> None:
        """Stop it at once; whoever is connected is told."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START_SECONDS)
            self._process = None

    def shoot(self) -> None:
        """End it as a loss of power would: nothing is written any more, nobody is told."""
        if self._process is not None:
            backends = _descendants(self._process.pid)
            for pid in (self._process.pid, *backends):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait(START_SECONDS)
            self._process = None
            for pid in backends:
                is_gone(pid)  # they hold the memory that the next start wants

    def url(self, database: str) -> str:
        """Address of a database, as an operator writes it."""
        from urllib.parse import quote

        return f"postgresql://{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = "template0") -> str:
        """Make a database, empty or a copy of another that nobody uses meanwhile. Returns its name."""
        name = f"test_{secrets.token_hex(6)}"
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, and whoever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextlib.contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """A database for a while; gives its address."""
        name = self.create_database(template)
        try:
            yield self.url(name)
        finally:
            self.drop_database(name)

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, *command: str) -> None:
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        subprocess.run(
            self._command(*command), check=True, capture_output=True, cwd=self._socket, env=environment, timeout=60
        )

    def _command(self, program: str, *arguments: str) -> list[str]:
        path = find_tool(program)
        assert path is not None, f"{program} is not installed"
        command = [str(path), *arguments]
        setpriv = find_tool("setpriv")
        if self._owner is not None:
            assert setpriv is not None, "root needs setpriv to start PostgreSQL as somebody else"
            ids = [f"--reuid={self._owner.pw_uid}", f"--regid={self._owner.pw_gid}", "--clear-groups"]
            # A test run that is shot takes its server with it.
            return [str(setpriv), *ids, "--pdeathsig=INT", *command]
        return [str(setpriv), "--pdeathsig=INT", *command] if setpriv else command


@contextlib.contextmanager
def private_server(settings: Mapping[str, str]) -> Iterator[Server]:
    """A server for one test, with settings beside those of all."""
    with tempfile.TemporaryDirectory(prefix="gettone-postgres-", dir=MEMORY) as folder:
        made = Server(Path(folder), {**_SETTINGS, **settings})
        try:
            yield made
        finally:
            made.stop()


@cache
def server() -> Server:
    """The server of this process."""
    folder = Path(tempfile.mkdtemp(prefix="gettone-postgres-", dir=MEMORY))  # pytest's own are for its user alone
    made = Server(folder)

    def end() -> None:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return made


def _descendants(pid: int) -> list[int]:
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [each for child in found for each in _descendants(child)]


def _ordinary_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL needs an ordinary user to run as: make one that is called postgres")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
