"""One Gettone under Twilio's host names, and what aims the official clients at it. Nothing in between is a mock.

A certificate authority made here signs for Twilio's names, `gettone start` shows its certificate, and a proxy on
loopback leads every connection there. The clients learn of both as they would in any company: from their environment.
"""

from __future__ import annotations

import base64
import http.client
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.conftest import in_ci
from tests.dev_server import Answer
from tests.journeys.official_clients.certificates import Certificates, make_certificates
from tests.journeys.official_clients.npm_clients import RegistryAway, install_npm_clients, search_path
from tests.journeys.official_clients.proxy import Proxy, run_proxy
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN, UNATTENDED, StartServer, start_server

# A wildcard covers one label, and clients that are given a region ask for more.
NAMES = (
    "*.twilio.com",
    "api.twilio.com",
    "iam.twilio.com",
    "serverless.twilio.com",
    "serverless-upload.twilio.com",
    "serverless.dublin.ie1.twilio.com",
)
# Nobody listens there: a build that asked a registry would fail.
NPMRC = "registry=http://127.0.0.1:9/\n"
SERVED_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Twilio:
    """A Gettone that answers under Twilio's names. `home` is the home folder of the clients' user."""

    server: StartServer
    proxy: Proxy
    certificates: Certificates
    home: Path

    def environment(self) -> dict[str, str]:
        """The environment of a program whose Twilio this is: where the proxy is, whom to trust, who signs in."""
        authority = str(self.certificates.authority)
        return {
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PATH": search_path(),
            "NO_PROXY": "127.0.0.1",
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            # Python's client reads these,
            "HTTPS_PROXY": self.proxy.url,
            "REQUESTS_CA_BUNDLE": authority,
            # and Node's clients these: the first for HTTPS, too.
            "HTTP_PROXY": self.proxy.url,
            "NODE_EXTRA_CA_CERTS": authority,
        }

    def ask(self, host: str, path: str, form: Mapping[str, str] | None = None) -> Answer:
        """Ask for a path of the service that has this host name, over TLS. Posts a form where one is given."""
        return self._ask(self.server.port, f"{host}:{self.server.port}", path, form)

    def api(self, host: str, path: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Ask the API under one of Twilio's names, as the account. Posts a form where one is given."""
        credentials = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
        answer = self._ask(self.server.console_port, host, path, form, {"Authorization": f"Basic {credentials}"})
        assert answer.status in (200, 201), answer.text
        return answer.json()

    def await_text(self, host: str, path: str, text: str) -> None:
        """Return as soon as a path answers with this text: what is deployed is served a moment later."""
        end = time.monotonic() + SERVED_SECONDS
        while (answer := self.ask(host, path)).status != 200 or answer.text != text:
            assert time.monotonic() < end, f"{host}{path} answers {answer.status} {answer.text}"
            time.sleep(0.02)

    def _ask(
        self,
        port: int,
        host: str,
        path: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        trust = ssl.create_default_context(cafile=str(self.certificates.authority))
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=trust)
        sent = {"Host": host, **(headers or {})}
        body = None
        if form is not None:
            body = urlencode(form)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request("GET" if form is None else "POST", path, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()


@pytest.fixture(scope="session")
def twilio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twilio]:
    """Gettone with Twilio's names, its npm registry out of reach."""
    folder = tmp_path_factory.mktemp("official")
    certificates = make_certificates(folder, NAMES, "127.0.0.1")
    npmrc = folder / "npmrc"
    npmrc.write_text(NPMRC)
    npmrc.chmod(0o600)
    home = folder / "home"
    home.mkdir()
    tls = ("--tls-cert", str(certificates.certificate), "--tls-key", str(certificates.key))
    environ = {**UNATTENDED, "GETTONE_NPMRC": str(npmrc)}
    with (
        start_server(folder / "data", *tls, environ=environ) as server,
        run_proxy(server.console_port) as proxy,
    ):
        yield Twilio(server, proxy, certificates, home)


@pytest.fixture(scope="session")
def npm_clients() -> None:
    """The clients from npm; without a registry that has them there is nothing to test, and CI has one."""
    try:
        install_npm_clients()
    except RegistryAway as away:
        reason = f"needs npm's registry, for Twilio's clients: {away}"
        pytest.fail(reason, pytrace=False) if in_ci() else pytest.skip(reason)
