"""The official Python client makes, lists, pages, changes and deletes every noun, aimed here by a change of address.

The journey with unmodified clients, over TLS and a proxy, is in tests/journeys: this one is quick.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
from requests import Session
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.serverless.v1.service import ServiceContext  # type: ignore[import-untyped]

from tests.api.server import Served, serve_api
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN, STARTED_AT

BUILD_SECONDS = 20
PYTHON = b"def handler(context, event):\n    return 'hi'\n"
UPLOAD_HOST = {"Host": "serverless-upload.twilio.com"}


class Redirected(TwilioHttpClient):  # type: ignore[misc]
    """Sends what is meant for Twilio's hosts to a port of loopback, under the name it was meant for."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.session: Session = Session()
        self.session.trust_env = False
        self._port = port

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        asked = urlsplit(url)
        here = asked._replace(scheme="http", netloc=f"127.0.0.1:{self._port}").geturl()
        named = {**(headers or {}), "Host": asked.netloc}
        return super().request(method, here, params, data, named, auth, timeout, allow_redirects)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """One server for the whole module: its tests make what they need, and look at that alone."""
    with serve_api() as running:
        yield running


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    """The official client, signed in with the account's own token."""
    http = Redirected(served.port)
    yield Client(ACCOUNT_SID, AUTH_TOKEN, http_client=http)
    http.session.close()


def upload(served: Served, service: str, kind: str, sid: str, path: str, content: bytes, content_type: str) -> str:
    """Upload a version as the toolkit does; its SID."""
    answer = httpx2.post(
        f"{served.url}/v1/Services/{service}/{kind}/{sid}/Versions",
        data={"Path": path, "Visibility": "public"},
        files={"Content": (path.rpartition("/")[2], content, content_type)},
        headers=UPLOAD_HOST,
        auth=(ACCOUNT_SID, AUTH_TOKEN),
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


def await_build(service: ServiceContext, sid: str) -> None:
    """Ask until a build is done, as the toolkit does, and much more often."""
    end = time.monotonic() + BUILD_SECONDS
    while service.builds(sid).build_status().fetch().status == "building":
        assert time.monotonic() < end


def test_keys_are_made_listed_renamed_deleted(client: Client) -> None:
    """Keys of 2010 under both names; the secret is told once."""
    made = client.new_keys.create(friendly_name="first")
    signing = client.new_signing_keys.create(friendly_name="second")

    assert len(made.secret) == 32
    assert {made.sid, signing.sid} <= {key.sid for key in client.keys.list()}
    assert {made.sid, signing.sid} <= {key.sid for key in client.signing_keys.list()}
    assert client.keys(made.sid).update(friendly_name="other").friendly_name == "other"
    assert client.keys(made.sid).fetch().date_created == STARTED_AT
    assert client.keys(made.sid).delete() is True
    assert client.signing_keys(signing.sid).delete() is True
    with pytest.raises(TwilioRestException) as gone:
        client.keys(made.sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)


def test_iam_keys_are_made_listed_renamed_deleted(client: Client) -> None:
    """Keys of IAM, standard and restricted, with their policies."""
    iam = client.iam.v1
    made = iam.new_api_key.create(account_sid=ACCOUNT_SID, friendly_name="standard")
    allowed = {"allow": ["services:read"]}
    limited = iam.new_api_key.create(
        account_sid=ACCOUNT_SID, friendly_name="limited", key_type="restricted", policy=allowed
    )

    assert limited.policy == allowed
    listed = {key.sid: key for key in iam.get_api_keys.list(account_sid=ACCOUNT_SID)}
    assert listed[made.sid].flags == ["rest_api", "signing"]
    assert listed[limited.sid].flags == ["rest_api"]
    assert iam.api_key(made.sid).update(friendly_name="other").friendly_name == "other"
    assert iam.api_key(limited.sid).fetch().date_created == STARTED_AT
    assert iam.api_key(made.sid).delete() is True
    assert iam.api_key(limited.sid).delete() is True


def test_applications_are_made_listed_changed_deleted(client: Client) -> None:
    """TwiML applications, found by their name, with every field that was not set as Twilio has it."""
    made = client.applications.create(friendly_name="calls", voice_url="https://example.com/voice", voice_method="GET")

    assert (made.voice_method, made.sms_method, made.sms_url) == ("GET", "POST", None)
    assert [each.sid for each in client.applications.list(friendly_name="calls")] == [made.sid]
    assert client.applications(made.sid).update(voice_url="").voice_url is None
    assert client.applications(made.sid).fetch().date_updated == STARTED_AT
    assert client.applications(made.sid).delete() is True


def test_accounts_are_made_listed_suspended(client: Client) -> None:
    """Subaccounts; the account itself tells its token."""
    made = client.api.v2010.accounts.create(friendly_name="below")

    assert made.owner_account_sid == ACCOUNT_SID
    assert {made.sid, ACCOUNT_SID} <= {each.sid for each in client.api.v2010.accounts.list()}
    assert client.api.v2010.accounts(ACCOUNT_SID).fetch().auth_token == AUTH_TOKEN
    assert client.api.v2010.accounts(made.sid).update(status="suspended").status == "suspended"
    assert [each.sid for each in client.api.v2010.accounts.list(status="suspended")] == [made.sid]


def test_auth_token_is_changed_in_two_steps(client: Client) -> None:
    """A second token is good beside the first, and takes its place when it is promoted."""
    account = client.api.v2010.accounts.create(friendly_name="rotating")
    http = client.http_client
    second = Client(account.sid, account.auth_token, http_client=http).accounts.v1.secondary_auth_token().create()
    with_second = Client(account.sid, second.secondary_auth_token, http_client=http)
    promoted = with_second.accounts.v1.auth_token_promotion().update()

    assert promoted.auth_token == second.secondary_auth_token
    with pytest.raises(TwilioRestException) as refused:
        Client(account.sid, account.auth_token, http_client=http).api.v2010.accounts(account.sid).fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_service_is_deployed_with_all_that_belongs_to_it(client: Client, served: Served) -> None:
    """A service from nothing to a deployment, and back to nothing."""
    serverless = client.serverless.v1
    service = serverless.services.create(unique_name="journey", friendly_name="Journey", include_credentials=True)
    there = serverless.services("journey")
    environment = there.environments.create(unique_name="dev", domain_suffix="dev")
    here = there.environments(environment.sid)
    variable = here.variables.create(key="EMPTY", value="")
    function = there.functions.create(friendly_name="/hello")
    asset = there.assets.create(friendly_name="/logo.png")
    function_version = upload(served, service.sid, "Functions", function.sid, "/hello", PYTHON, "text/x-python")
    asset_version = upload(served, "journey", "Assets", asset.sid, "logo.png", b"\x89PNG", "image/png")
    build = there.builds.create(function_versions=[function_version], asset_versions=[asset_version], dependencies="[]")
    await_build(there, build.sid)
    deployment = here.deployments.create(build_sid=build.sid)

    assert service.date_created == STARTED_AT
    assert service.url == f"https://serverless.twilio.com/v1/Services/{service.sid}"
    assert service.links["environments"].startswith("https://serverless.twilio.com/")
    assert environment.domain_name == f"{service.domain_base}-dev.localhost"
    assert variable.value == ""
    assert here.variables(variable.sid).update(value="full").value == "full"
    assert [each.key for each in here.variables.list()] == ["EMPTY"]
    assert there.functions(function.sid).update(friendly_name="/hallo").friendly_name == "/hallo"
    assert there.assets(asset.sid).fetch().friendly_name == "/logo.png"
    [version] = there.functions(function.sid).function_versions.list()
    assert (version.path, version.visibility) == ("/hello", "public")
    content = there.functions(function.sid).function_versions(version.sid).function_version_content().fetch()
    assert content.content == PYTHON.decode()
    assert [each.path for each in there.assets(asset.sid).asset_versions.list()] == ["/logo.png"]
    built = there.builds(build.sid).fetch()
    assert built.status == "completed"
    assert built.function_versions[0]["visibility"] == "PUBLIC"
    assert here.fetch().build_sid == build.sid
    assert [each.sid for each in here.deployments.list()] == [deployment.sid]
    assert here.logs.list() == []
    with pytest.raises(TwilioRestException) as live:
        there.builds(build.sid).delete()
    assert live.value.status == 409
    assert there.update(friendly_name="Other").friendly_name == "Other"
    assert there.delete() is True
    assert "journey" not in {each.unique_name for each in serverless.services.list()}


def test_lists_are_followed_to_their_end(client: Client) -> None:
    """Every page is asked for under the address that the page before named, forwards and backwards."""
    service = client.serverless.v1.services.create(unique_name="pages", friendly_name="Pages")
    functions = client.serverless.v1.services(service.sid).functions
    names = [f"/f{number}" for number in range(7)]
    for name in names:
        functions.create(friendly_name=name)

    assert [each.friendly_name for each in functions.list(page_size=3)] == names[::-1]
    assert len(functions.list(limit=5000)) == 7
    first = functions.page(page_size=3)
    second = first.next_page()
    assert [each.friendly_name for each in second] == ["/f3", "/f2", "/f1"]
    assert [each.friendly_name for each in second.previous_page()] == ["/f6", "/f5", "/f4"]
    for _ in range(4):
        client.new_keys.create(friendly_name="paged")
    listed = client.keys.list(page_size=2)
    assert len({key.sid for key in listed}) == len(listed) >= 4
    assert client.serverless.v1.services(service.sid).delete() is True


def test_dependencies_are_read_in_both_spellings(client: Client, served: Served) -> None:
    """The toolkit's extra quotes are no obstacle."""
    service = client.serverless.v1.services.create(unique_name="spelled", friendly_name="x")
    there = client.serverless.v1.services(service.sid)
    function = there.functions.create(friendly_name="/a")
    version = upload(
        served, service.sid, "Functions", function.sid, "/a", b"exports.handler = () => 1", "application/javascript"
    )
    wanted = json.dumps([{"name": "lodash", "version": ""}])

    plain = there.builds.create(function_versions=[version], dependencies=wanted)
    quoted = there.builds.create(function_versions=version, dependencies=f'"{wanted}"')

    assert plain.dependencies == quoted.dependencies == [{"name": "lodash", "version": "*"}]
