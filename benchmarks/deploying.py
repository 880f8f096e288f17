"""Deploys one function again and again while it is asked for: how long until a new version is served, and what fails.

One *save* is what a person's tool does: upload a version, build it, wait for the build, deploy it. From when the
deployment is asked for to the end of the first answer of the new version is *deploy to served*; from when the upload
begins, *save to served*. Must not know how Gettone was started, nor what is to be reached.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from benchmarks.rest import Rest
from benchmarks.standing import Unavailable
from benchmarks.steady import Reply, SteadyJob

PATH = "/version"
SERVED_SECONDS = 30.0
MARKER = "{version}"


@dataclass(frozen=True, slots=True)
class Language:
    """In which language the function is written: its file, and a source that answers its version's number."""

    file: str
    content_type: str
    source: str

    def content(self, version: int) -> bytes:
        """The source of one version."""
        return self.source.replace(MARKER, str(version)).encode()


PYTHON = Language("version.py", "text/x-python", 'def handler(context, event):\n    return "{version}"\n')
JAVASCRIPT = Language(
    "version.js",
    "application/javascript",
    'exports.handler = (context, event, callback) => callback(null, "{version}");\n',
)


@dataclass(frozen=True, slots=True)
class Saved:
    """One version's way: when its upload began, when its deployment was asked for and done, when it first answered."""

    version: int
    began_at: float
    asked_at: float
    deployed_at: float
    served_at: float


@dataclass(frozen=True, slots=True)
class Deployed:
    """What came of it: every version's way, and every answer meanwhile."""

    saves: Sequence[Saved]
    replies: Sequence[Reply]

    @property
    def failures(self) -> list[Reply]:
        """Requests that were not answered as they should be."""
        return [reply for reply in self.replies if reply.status != 200]

    @property
    def turned_back(self) -> list[Reply]:
        """Answers of a version older than one that had answered before they were asked for."""
        found: list[Reply] = []
        ended = sorted((reply.ended_at, int(reply.body)) for reply in self.replies if reply.status == 200)
        newest = place = 0
        for reply in sorted(self.replies, key=lambda each: each.sent_at):
            while place < len(ended) and ended[place][0] < reply.sent_at:
                newest = max(newest, ended[place][1])
                place += 1
            if reply.status == 200 and int(reply.body) < newest:
                found.append(reply)
        return found


class Saving(Protocol):
    """A function that can be saved: in two steps, where whoever saves takes two."""

    domain_name: str

    def build(self, version: int) -> str:
        """Make one version ready to be deployed; what it is known by."""

    def deploy(self, build_sid: str) -> None:
        """Let it go live."""


class Site:
    """A service with one environment and one function, made through the API."""

    def __init__(self, rest: Rest, name: str, language: Language) -> None:
        self._rest = rest
        self._language = language
        service = rest.post("/v1/Services", {"UniqueName": name, "FriendlyName": name})
        self._service = f"/v1/Services/{service['sid']}"
        environment = rest.post(f"{self._service}/Environments", {"UniqueName": "live"})
        self._environment = f"{self._service}/Environments/{environment['sid']}"
        function = rest.post(f"{self._service}/Functions", {"FriendlyName": PATH})
        self._function = f"{self._service}/Functions/{function['sid']}"
        self.domain_name = str(environment["domain_name"])

    def build(self, version: int) -> str:
        """Upload a version and build it; the SID of the completed build."""
        language = self._language
        uploaded = self._rest.upload(
            f"{self._function}/Versions", PATH, language.content(version), language.file, language.content_type
        )
        build = self._rest.post(f"{self._service}/Builds", {"FunctionVersions": str(uploaded["sid"])})
        give_up = time.monotonic() + SERVED_SECONDS
        while build["status"] == "building":
            if time.monotonic() > give_up:
                raise Unavailable("a build was not completed in time")
            build = {**build, **self._rest.get(f"{self._service}/Builds/{build['sid']}/Status")}
        if build["status"] != "completed":
            raise Unavailable(f"a build is {build['status']}")
        return str(build["sid"])

    def deploy(self, build_sid: str) -> None:
        """Let a build go live."""
        self._rest.post(f"{self._environment}/Deployments", {"BuildSid": build_sid})


class Asking:
    """A steady load that runs in a process of its own, and what it has told so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._told: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        self._replies: list[Reply] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def await_body(self, body: str) -> Reply:
        """The first answer with this body, as soon as it came. Raises Unavailable."""
        try:
            while (reply := self._told.get(timeout=SERVED_SECONDS)) is not None:
                if reply.body == body:
                    return reply
        except queue.Empty:
            raise Unavailable(f"no answer of version {body} came") from None
        raise Unavailable("the load ended")

    def end(self) -> list[Reply]:
        """End it; all answers."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reader.join()
        if self._process.wait() != 0:
            raise Unavailable("the load generator died")
        return self._replies

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if isinstance(told, list):
                self._replies = [Reply(**each) for each in told]
            else:
                self._told.put(Reply(**told))
        self._told.put(None)


@contextlib.contextmanager
def asking(job: SteadyJob) -> Iterator[Asking]:
    """Ask at a steady rate for the length of a with statement."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.steady"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(asdict(job)) + "\n")
        process.stdin.flush()
        yield Asking(process)
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def deploy_under_load(
    site: Saving, gateway_port: int, deploys: int, rate: float, pause_seconds: float = 0.0
) -> Deployed:
    """Save one version after the other, each once the one before is served, under a load of so many requests a second.

    A pause after each lets what follows a save come to its end, as between two saves of a person.
    Raises Unavailable, Refused.
    """
    site.deploy(site.build(1))
    _await_first_answer(gateway_port, site.domain_name)
    saves = []
    with asking(SteadyJob(gateway_port, site.domain_name, PATH, rate)) as load:
        load.await_body("1")
        for version in range(2, deploys + 2):
            began_at = time.monotonic()
            build = site.build(version)
            asked_at = time.monotonic()
            site.deploy(build)
            deployed_at = time.monotonic()
            served_at = load.await_body(str(version)).ended_at
            saves.append(Saved(version, began_at, asked_at, deployed_at, served_at))
            time.sleep(pause_seconds)
        return Deployed(saves, load.end())


def _await_first_answer(port: int, host: str) -> None:
    """Wait until a function that was just deployed is there."""
    give_up = time.monotonic() + SERVED_SECONDS
    while time.monotonic() < give_up:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SERVED_SECONDS)
        with contextlib.closing(connection):
            connection.request("GET", PATH, headers={"Host": host})
            if connection.getresponse().status == 200:
                return
        time.sleep(0.01)  # nobody tells when a gateway serves what was deployed
    raise Unavailable("the first version is not served")
