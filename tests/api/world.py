"""One of everything, made through the API, for tests that want to get past `not found`. Must not know what they ask."""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx2

from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN

BUILD_SECONDS = 20
SOURCE = b"def handler(context, event):\n    return 'hi'\n"


@dataclass(frozen=True)
class World:
    """The SIDs of what was made."""

    service: str
    environment: str
    variable: str
    function: str
    function_version: str
    asset: str
    asset_version: str
    build: str
    deployment: str
    key: str
    application: str
    user: str
    host: str


def make_world(url: str) -> World:
    """Make one of everything."""
    with httpx2.Client(base_url=url, auth=(ACCOUNT_SID, AUTH_TOKEN)) as client:
        classic = f"/2010-04-01/Accounts/{ACCOUNT_SID}"
        service = _make(client, "/v1/Services", UniqueName="world", FriendlyName="World")["sid"]
        inside = f"/v1/Services/{service}"
        environment = _make(client, f"{inside}/Environments", UniqueName="dev", DomainSuffix="dev")["sid"]
        there = f"{inside}/Environments/{environment}"
        variable = _make(client, f"{there}/Variables", Key="API_KEY", Value="value")["sid"]
        function = _make(client, f"{inside}/Functions", FriendlyName="/hello")["sid"]
        asset = _make(client, f"{inside}/Assets", FriendlyName="/a.txt")["sid"]
        function_version = _upload(client, f"{inside}/Functions/{function}/Versions", "/hello", SOURCE, "text/x-python")
        asset_version = _upload(client, f"{inside}/Assets/{asset}/Versions", "/a.txt", b"a", "text/plain")
        build = _make(client, f"{inside}/Builds", FunctionVersions=function_version, AssetVersions=asset_version)["sid"]
        _await_build(client, f"{inside}/Builds/{build}/Status")
        _make(client, "/2010-04-01/Accounts.json", FriendlyName="below")
        host_names = f"/api/v1/services/{service}/environments/{environment}/host-names"
        return World(
            service=service,
            environment=environment,
            variable=variable,
            function=function,
            function_version=function_version,
            asset=asset,
            asset_version=asset_version,
            build=build,
            deployment=_make(client, f"{there}/Deployments", BuildSid=build)["sid"],
            key=_make(client, f"{classic}/Keys.json", FriendlyName="key")["sid"],
            application=_make(client, f"{classic}/Applications.json", FriendlyName="calls")["sid"],
            user=_send(client, "/api/v1/users", email="ada@example.com", role="viewer")["id"],
            host=_send(client, host_names, host="a.example.com")["host"],
        )


def make_main_key(url: str) -> tuple[str, str]:
    """Make a key that may do everything; its SID and its secret."""
    with httpx2.Client(base_url=url, auth=(ACCOUNT_SID, AUTH_TOKEN)) as client:
        made = _send(client, "/api/v1/api-keys", type="main")
    return made["sid"], made["secret"]


def _make(client: httpx2.Client, path: str, **form: str) -> dict[str, str]:
    return _created(client.post(path, data=form))


def _send(client: httpx2.Client, path: str, **body: str) -> dict[str, str]:
    return _created(client.post(path, json=body))


def _upload(client: httpx2.Client, path: str, served_at: str, content: bytes, content_type: str) -> str:
    form = {"Path": served_at, "Visibility": "public"}
    return _created(client.post(path, data=form, files={"Content": (served_at[1:], content, content_type)}))["sid"]


def _created(answer: httpx2.Response) -> dict[str, str]:
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


def _await_build(client: httpx2.Client, path: str) -> None:
    end = time.monotonic() + BUILD_SECONDS
    while client.get(path).json()["status"] == "building":
        assert time.monotonic() < end
