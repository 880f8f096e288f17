"""An installation with attempts in Python and in JavaScript, and a neighbour in it. Tells what they get.

What there is to get lies around it: a file of the host, the data folder, a secret of the gateway's, sockets.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.deploying import Language, Site
from benchmarks.rest import Rest
from tests.processes import tree
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN, UNATTENDED, StartServer, start_server

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = Path(__file__).parent / "attempts" / "functions"
LANGUAGES = {
    "python": Language("attempts.py", "text/x-python", (FUNCTIONS / "python.py").read_text()),
    "javascript": Language("attempts.js", "application/javascript", (FUNCTIONS / "javascript.js").read_text()),
}
BOMBS = {
    "python": Language("bombs.py", "text/x-python", (FUNCTIONS / "bombs.py").read_text()),
    "javascript": Language("bombs.js", "application/javascript", (FUNCTIONS / "bombs.js").read_text()),
}
ANSWER_SECONDS = 30.0
# A name that a process gives itself is seen from outside; its number within is not the one without.
NEIGHBOUR = """
import ctypes

SECRET = "{secret}"
ctypes.CDLL(None).prctl(15, b"gettone-next", 0, 0, 0)


def handler(context, event):
    return "in peace"
"""


@dataclass(frozen=True)
class Got:
    """What an attempt got, if anything; else how it was refused."""

    got: str
    refused: str


class Prison:
    """A running installation, and who sits in it."""

    def __init__(self, server: StartServer, hosts: Mapping[str, str], facts: Mapping[str, object]) -> None:
        self.server = server
        self._hosts = hosts
        self._facts = facts

    def attempts(self, language: str) -> Sequence[str]:
        """The names of what is attempted in a language."""
        names: list[str] = json.loads(self.call(language, {"attempt": "list"})[1])
        return names

    def attempt(self, language: str, name: str) -> Got:
        """Let one attempt be made."""
        status, body = self.call(language, {"attempt": name, "facts": self._facts})
        if status != 200:
            # Whoever breaks a rule of the sandbox may be ended for it.
            return Got("", f"{status}: {body[:300]}")
        answer = json.loads(body)
        return Got(answer["got"], answer["refused"])

    def call(self, who: str, event: Mapping[str, object]) -> tuple[int, str]:
        """Call a function; status and body of its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=ANSWER_SECONDS)
        try:
            headers = {"Host": self._hosts[who], "Content-Type": "application/json"}
            connection.request("POST", "/version", json.dumps(event), headers)
            response = connection.getresponse()
            return response.status, response.read().decode(errors="replace")
        finally:
            connection.close()

    def users_of_guests(self) -> Sequence[int]:
        """Who the host takes the guests for: the processes in process namespaces of their own."""
        ours, found = os.readlink("/proc/self/ns/pid"), []
        for pid in tree(self.server.process.pid):
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text()
                # Bubblewrap stands at the door, within the namespace that it made for others.
                if os.readlink(f"/proc/{pid}/ns/pid") != ours and not status.startswith("Name:\tbwrap"):
                    found.append(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Uid:")))
        return found

    def neighbour_answers(self) -> bool:
        """Whether the function next door still does its work."""
        return self.call("neighbour", {}) == (200, "in peace")


@contextlib.contextmanager
def open_prison(
    folder: Path,
    kind: str,
    within: Sequence[str] = (),
    functions: Mapping[str, Language] = LANGUAGES,
    seconds: float = 10.0,
) -> Iterator[Prison]:
    """Start an installation with a kind of sandbox, put everybody in, and close it at the end.

    `seconds` is how long a call may take.
    """
    data, canary = folder / "data", folder / "canary"
    canary.write_text("a file of the host")
    secret = secrets.token_hex(16)
    environ = {**UNATTENDED, "GETTONE_SANDBOX": kind, "GETTONE_TEST_SECRET": secret}
    with (
        contextlib.ExitStack() as stack,
        start_server(data, environ=environ, within=within) as server,
        Rest(server.console_port, ACCOUNT_SID, AUTH_TOKEN) as rest,
    ):
        neighbour = Language(
            "neighbour.py", "text/x-python", NEIGHBOUR.replace("{secret}", "next door: " + secrets.token_hex(8))
        )
        sites = {name: Site(rest, name, language) for name, language in {**functions, "neighbour": neighbour}.items()}
        for name, site in sites.items():
            headers = {"Content-Type": "application/json"}
            body = json.dumps({"timeout_seconds": seconds}).encode()
            assert server.api(f"/api/v1/services/{name}/settings", "POST", headers=headers, body=body).status == 200
            site.deploy(site.build(1))
        hosts = {name: site.domain_name for name, site in sites.items()}
        abstract = f"gettone-test-{secrets.token_hex(8)}"
        stack.enter_context(_listening_abstractly(abstract))
        facts = {
            "canary": str(canary),
            "data": str(data),
            "repository": str(ROOT),
            "passwd": Path("/etc/passwd").read_text(),
            "secret": secret,
            "neighbour": neighbour.source.partition("next door: ")[2].partition('"')[0],
            "gateway": server.programs()["gateway"],
            "console_port": server.console_port,
            "gateway_port": server.port,
            "feed": str(data / "run" / "feed.sock"),
            "abstract": abstract,
            "datagram_port": stack.enter_context(_answering_datagrams()),
        }
        _wait_until_served(server)
        prison = Prison(server, hosts, facts)
        assert prison.neighbour_answers()
        prison = Prison(server, hosts, {**facts, "neighbour_pid": _find_neighbour(server)})
        yield prison


def _wait_until_served(server: StartServer) -> None:
    give_up = time.monotonic() + ANSWER_SECONDS
    while server.api("/readyz").status != 200:
        assert time.monotonic() < give_up, "what was deployed is not served"
        time.sleep(0.01)


def _find_neighbour(server: StartServer) -> int:
    for pid in tree(server.process.pid):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text() == "gettone-next\n":
                return pid
    raise AssertionError("the neighbour is nowhere")


@contextlib.contextmanager
def _listening_abstractly(name: str) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{name}")
        listener.listen()
        yield


@contextlib.contextmanager
def _answering_datagrams() -> Iterator[int]:
    """A port on loopback that answers what it is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))

        def answer() -> None:
            while True:
                data, address = peer.recvfrom(100)
                if data == b"end":
                    return
                peer.sendto(data, address)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        port: int = peer.getsockname()[1]
        try:
            yield port
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"end", ("127.0.0.1", port))
            thread.join(5)
