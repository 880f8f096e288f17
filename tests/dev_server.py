"""A real `gettone dev`, as a test's neighbour: started on a free port, asked over HTTP, listened to, stopped."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 30.0
ACCOUNT = {
    "ACCOUNT_SID": "AC" + "a" * 32,
    "API_KEY": "SK" + "b" * 32,
    "API_SECRET": "c" * 32,
    "AUTH_TOKEN": "d" * 32,
    "TWIML_APP_SID": "AP" + "e" * 32,
}


@dataclass(frozen=True)
class Answer:
    """A response as it came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> dict[str, object]:
        """The body as a JSON object."""
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    def header(self, name: str) -> str | None:
        """The values of a header, joined; None if it did not come."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None


@dataclass
class DevServer:
    """One run of `gettone dev`. `lines` is all that it printed so far."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    spoken: threading.Condition = field(default_factory=threading.Condition)
    port: int = 0

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
    ) -> Answer:
        """Send a request on a connection of its own."""
        connection = http.client.HTTPConnection(host, self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def post(self, path: str, **parameters: object) -> Answer:
        """Post parameters as JSON."""
        return self.ask(path, "POST", json.dumps(parameters), {"Content-Type": "application/json"})

    def wait_for(self, pattern: str, since: int = 0, seconds: float = START_SECONDS) -> re.Match[str]:
        """The first line after the `since`-th that matches, as soon as it is printed."""
        deadline = time.monotonic() + seconds
        with self.spoken:
            seen = since
            while True:
                for line in self.lines[seen:]:
                    if found := re.search(pattern, line):
                        return found
                seen = len(self.lines)
                left = deadline - time.monotonic()
                over = self.process.poll() is not None
                if left <= 0 or (over and not self.spoken.wait(0.2)):
                    raise AssertionError(f"{pattern!r} was not printed:\n" + "\n".join(self.lines))
                self.spoken.wait(min(left, 1.0))

    def listen(self) -> None:
        """Collect what it prints, until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.spoken:
                self.lines.append(line.rstrip("\n"))
                self.spoken.notify_all()


@contextmanager
def dev_server(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Iterator[DevServer]:
    """Run `gettone dev FOLDER --port 0` with its output collected."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gettone", "dev", str(folder), "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "NO_COLOR": "1", **(environ or {})},
    )
    server = DevServer(process)
    listener = threading.Thread(target=server.listen, daemon=True)
    listener.start()
    try:
        server.port = int(server.wait_for(r"http://[^ ]+:(\d+)").group(1))
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            listener.join(5)
            assert process.stdout is not None
            process.stdout.close()


def write_project(folder: Path, files: Mapping[str, str], variables: Mapping[str, str] | None = None) -> Path:
    """Make a project folder: files by their names, and variables in `.env` (an account's, unless given)."""
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, "utf-8")
    chosen = ACCOUNT if variables is None else variables
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in chosen.items()), "utf-8")
    return folder
