"""An internet of its own: network namespaces in which addresses of all kinds are played by hosts that the test makes.

`inside` is the namespace that Gettone runs in; `outside` plays everybody else. No packet leaves them.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PUBLIC, OTHER_PUBLIC = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
PRIVATE = ("10.1.2.3", "172.16.5.5", "192.168.7.7", "169.254.169.254", "100.64.0.9", "198.18.0.1", "fd00::5", "fe80::5")
NAME_SERVER = "10.9.9.53"
OWN_PUBLIC = "93.184.215.99"  # an address of the host that Gettone runs on
NAMES = {"service.example": PUBLIC, "rebound.example": "10.1.2.3", "metadata.example": "169.254.169.254"}
START_SECONDS = 20.0
_HOSTS = Path(__file__).with_name("hosts.py")


@dataclass(frozen=True)
class World:
    """Both namespaces, the port that everybody outside listens on, and where they write down who came."""

    inside: str
    port: int
    visits: Path

    @property
    def within(self) -> Sequence[str]:
        """A command that runs another within."""
        return ("ip", "netns", "exec", self.inside)

    def run(self, script: str, *words: str) -> str:
        """Run Python within, and return what it prints."""
        command = [*self.within, sys.executable, "-c", script, *words]
        environ = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environ, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def visited(self) -> list[str]:
        """The addresses that somebody came to."""
        return [json.loads(line)["address"] for line in self.visits.read_text().splitlines()]


@contextlib.contextmanager
def open_world(folder: Path) -> Iterator[World]:
    """Make the namespaces, and let hosts play in one of them."""
    mark = f"{os.getpid() & 0xFFFF:x}{os.urandom(2).hex()}"
    inside, outside, etc = f"gi-{mark}", f"go-{mark}", Path("/etc/netns") / f"gi-{mark}"
    try:
        for name in (inside, outside):
            _run("ip", "netns", "add", name)
            _run("ip", "-n", name, "link", "set", "lo", "up")
        _run("ip", "link", "add", "in0", "netns", inside, "type", "veth", "peer", "name", "out0", "netns", outside)
        addresses = [PUBLIC, OTHER_PUBLIC, NAME_SERVER, *PRIVATE]
        for name, link, own in ((inside, "in0", [OWN_PUBLIC]), (outside, "out0", addresses)):
            for address in own:
                _run("ip", "-n", name, "address", "add", address, "dev", link, *(["nodad"] if ":" in address else []))
            _run("ip", "-n", name, "link", "set", link, "up")
            for family in ("-4", "-6"):
                _run("ip", "-n", name, family, "route", "add", "default", "dev", link)
        etc.mkdir(parents=True)
        (etc / "resolv.conf").write_text(f"nameserver {NAME_SERVER}\n")
        visits = folder / "visits"
        visits.touch()
        with _playing(outside, addresses, visits) as port:
            yield World(inside, port, visits)
    finally:
        for name in (inside, outside):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
        with contextlib.suppress(OSError):
            (etc / "resolv.conf").unlink()
            etc.rmdir()


@contextlib.contextmanager
def _playing(namespace: str, addresses: Sequence[str], visits: Path) -> Iterator[int]:
    told: Mapping[str, object] = {
        "addresses": addresses,
        "name_server": NAME_SERVER,
        "names": NAMES,
        "visits": str(visits),
    }
    command = ["ip", "netns", "exec", namespace, sys.executable, str(_HOSTS), json.dumps(told)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=START_SECONDS)
