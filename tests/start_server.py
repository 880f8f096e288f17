"""A real `gettone start`, as a test's neighbour: on free ports, with a data folder of its own, asked, shot, stopped."""

from __future__ import annotations

import base64
import http.client
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from tests.dev_server import Answer, DevServer

STOP_SECONDS = 30.0
ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "fedcba9876543210" * 2
UNATTENDED = {"GETTONE_ACCOUNT_SID": ACCOUNT_SID, "GETTONE_AUTH_TOKEN": AUTH_TOKEN}


@dataclass
class StartServer(DevServer):
    """One run of `gettone start`. `port` is the gateway's, `console_port` that of console and API."""

    console_port: int = 0
    credentials: tuple[str, str] = (ACCOUNT_SID, AUTH_TOKEN)
    quickstart: str = ""
    children: list[int] = field(default_factory=list)

    def api(
        self,
        path: str,
        method: str = "GET",
        form: Mapping[str, str | list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Ask the API: a form where one is given, with the account's own credentials."""
        user = base64.b64encode(":".join(self.credentials).encode()).decode()
        sent = {"Authorization": f"Basic {user}", **(headers or {})}
        if form is not None:
            method = "POST" if method == "GET" else method
            body = urlencode(form, doseq=True).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.console_port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def programs(self) -> dict[str, int]:
        """Process ids of the supervisor's programs, by name."""
        found: dict[str, int] = {}
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            for pid in (task / "children").read_text().split():
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                for name in ("gateway", "control"):
                    if f"gettone.assembly.{name}_program".encode() in words:
                        found[name] = int(pid)
        return found


@contextmanager
def start_server(
    data: Path,
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    ready: bool = True,
    within: Sequence[str] = (),
) -> Iterator[StartServer]:
    """Run `gettone start` on free ports, unattended unless `environ` says otherwise; stopped with Ctrl-C at the end.

    `within` is a command that runs it, and becomes it.
    """
    chosen = UNATTENDED if environ is None else environ
    process = subprocess.Popen(
        [
            *within,
            sys.executable,
            "-m",
            "gettone",
            "start",
            "--data",
            str(data),
            "--port",
            "0",
            "--console-port",
            "0",
            *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**{name: value for name, value in os.environ.items() if not name.startswith("GETTONE_")}, **chosen},
    )
    server = StartServer(process)
    listener = threading.Thread(target=server.listen, daemon=True)
    listener.start()
    try:
        if ready:
            wait_until_up(server)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("gettone start did not stop:\n" + "\n".join(server.lines)) from None
        finally:
            listener.join(5)
            assert process.stdout is not None
            process.stdout.close()


def wait_until_up(server: StartServer) -> None:
    """Wait for the banner, and take the addresses from it."""
    server.wait_for("Ctrl-C stops it")
    server.port = int(server.wait_for(r"Functions +https?://[^ ]+:(\d+)").group(1))
    server.console_port = int(server.wait_for(r"Console +https?://[^ ]+:(\d+)").group(1))
    for line in server.lines:
        if "/@" in line:
            server.quickstart = line.partition("/@")[2].partition("/")[0]
