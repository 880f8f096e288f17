"""What functions may call. Everybody that they call is played in namespaces of the test's own."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from benchmarks.deploying import Language, Site
from benchmarks.rest import Rest
from tests.security.world import OTHER_PUBLIC, OWN_PUBLIC, PRIVATE, PUBLIC, World, open_world
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN, UNATTENDED, StartServer, start_server

pytestmark = [
    pytest.mark.needs("bwrap", "ip"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make network namespaces"),
    pytest.mark.xdist_group("escapes"),
]

OPENED = "10.1.2.3"
LANGUAGES = {
    "python": Language(
        "call.py",
        "text/x-python",
        "import http.client\n\n\ndef handler(context, event):\n"
        "    peer = http.client.HTTPConnection(event['host'], int(event['port']), timeout=5)\n"
        "    try:\n        peer.request('GET', '/')\n        return peer.getresponse().read().decode()\n"
        "    except OSError as error:\n        return f'refused: {error!r}'\n",
    ),
    "javascript": Language(
        "call.js",
        "application/javascript",
        "exports.handler = async (context, event, callback) => {\n"
        "  const host = event.host.includes(':') ? `[${event.host}]` : event.host;\n"
        "  try {\n"
        "    const answer = await fetch(`http://${host}:${event.port}/`, { signal: AbortSignal.timeout(5000) });\n"
        "    callback(null, await answer.text());\n"
        "  } catch (error) {\n    callback(null, `refused: ${error.cause ?? error}`);\n  }\n};\n",
    ),
}


@dataclass
class Callers:
    """Functions of both languages in a Gettone that stands in the test's own world."""

    world: World
    server: StartServer
    hosts: Mapping[str, str]

    def call(self, language: str, host: str, port: int | None = None) -> str:
        """Let a function call somebody; what it says of it."""
        event = json.dumps({"host": host, "port": port or self.world.port})
        # Gettone's own port is within the world, too.
        script = (
            "import http.client, sys\n"
            "c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=20)\n"
            "c.request('POST', '/version', sys.argv[3], {'Host': sys.argv[2], 'Content-Type': 'application/json'})\n"
            "sys.stdout.write(c.getresponse().read().decode())\n"
        )
        return self.world.run(script, str(self.server.port), self.hosts[language], event)


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    """One Gettone for all; one private address is opened."""
    folder = tmp_path_factory.mktemp("world")
    with open_world(folder) as world:
        environ = {
            **UNATTENDED,
            "GETTONE_SANDBOX": "bubblewrap",
            "GETTONE_NETWORK_ALLOW": f"{OPENED}:{world.port}",
        }
        with start_server(folder / "data", environ=environ, within=world.within) as server:
            hosts = json.loads(
                world.run(
                    "import json, sys, time\n"
                    "from tests.security.test_network import deploy\n"
                    "print(json.dumps(deploy(int(sys.argv[1]))))\n",
                    str(server.console_port),
                )
            )
            yield Callers(world, server, hosts)


def deploy(console_port: int) -> dict[str, str]:
    """Make both functions live; runs within the world."""
    hosts = {}
    with Rest(console_port, ACCOUNT_SID, AUTH_TOKEN) as rest:
        for name, language in LANGUAGES.items():
            site = Site(rest, f"calls-{name}", language)
            site.deploy(site.build(1))
            hosts[name] = site.domain_name
    connection = http.client.HTTPConnection("127.0.0.1", console_port, timeout=20)
    status = 0
    while status != 200:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        response.read()
        status = response.status
    return hosts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("host", [PUBLIC, OTHER_PUBLIC, "service.example"])
def test_public_addresses_are_reached(callers: Callers, language: str, host: str) -> None:
    """By number and by name."""
    assert callers.call(language, host) == "here"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_public_is_refused(callers: Callers, language: str) -> None:
    """Private, link-local, metadata, carrier-grade, mapped, by a name too; nobody there hears of it."""
    closed = [each for each in PRIVATE if each not in (OPENED, "fe80::5")]
    asked = [*closed, "metadata.example", "::ffff:192.168.7.7", "64:ff9b::c0a8:707", "0.0.0.0", "127.0.0.1", OWN_PUBLIC]
    answers = {host: callers.call(language, host) for host in asked}

    assert {host: answer for host, answer in answers.items() if not answer.startswith("refused")} == {}
    assert set(callers.world.visited()) <= {PUBLIC, OTHER_PUBLIC, OPENED}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("host", [OPENED, "rebound.example"])
def test_what_was_opened_is_reached_at_its_port_alone(callers: Callers, language: str, host: str) -> None:
    """However it is named."""
    assert callers.call(language, host) == "here"
    assert callers.call(language, host, callers.world.port + 1).startswith("refused")


@pytest.mark.parametrize("language", LANGUAGES)
def test_gateway_itself_is_reached(callers: Callers, language: str) -> None:
    """A function may call another; no service has this name, and it is told so."""
    assert "No service answers for this host name" in callers.call(language, "127.0.0.1", callers.server.port)


@pytest.mark.parametrize("language", LANGUAGES)
def test_log_says_what_was_refused_and_what_opens_it(callers: Callers, language: str) -> None:
    """In the function's own log."""
    callers.call(language, "172.16.5.5")
    line = callers.world.run(
        "import sys\nfrom tests.security.test_network import logged\nprint(logged(int(sys.argv[1]), sys.argv[2]))\n",
        str(callers.server.console_port),
        f"calls-{language}",
    )

    assert f"172.16.5.5:{callers.world.port} was refused" in line
    assert f"GETTONE_NETWORK_ALLOW=172.16.5.5:{callers.world.port}" in line


def logged(console_port: int, service: str) -> str:
    """The first line that says that something was refused; runs within the world."""
    with Rest(console_port, ACCOUNT_SID, AUTH_TOKEN) as rest:
        environments = rest.get(f"/v1/Services/{service}/Environments")["environments"]
        assert isinstance(environments, list)
        while True:
            logs = rest.get(f"/v1/Services/{service}/Environments/{environments[0]['sid']}/Logs")["logs"]
            assert isinstance(logs, list)
            for line in logs:
                if "172.16.5.5" in line["message"] and "was refused" in line["message"]:
                    return str(line["message"])
