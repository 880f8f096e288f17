"""Every noun has every key that Twilio's has, and no other; clients read some of them, and people all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.serving import Api, open_api
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN

pytestmark = pytest.mark.anyio

Json = dict[str, Any]

SERVICE = {
    "sid",
    "account_sid",
    "friendly_name",
    "unique_name",
    "include_credentials",
    "ui_editable",
    "domain_base",
    "date_created",
    "date_updated",
    "url",
    "links",
}
ENVIRONMENT = {
    "sid",
    "account_sid",
    "service_sid",
    "build_sid",
    "unique_name",
    "domain_suffix",
    "domain_name",
    "date_created",
    "date_updated",
    "url",
    "links",
}
VARIABLE = {
    "sid",
    "account_sid",
    "service_sid",
    "environment_sid",
    "key",
    "value",
    "date_created",
    "date_updated",
    "url",
}
FUNCTION = {"sid", "account_sid", "service_sid", "friendly_name", "date_created", "date_updated", "url", "links"}
FUNCTION_VERSION = {
    "sid",
    "account_sid",
    "service_sid",
    "function_sid",
    "path",
    "visibility",
    "date_created",
    "url",
    "links",
}
ASSET_VERSION = {"sid", "account_sid", "service_sid", "asset_sid", "path", "visibility", "date_created", "url"}
CONTENT = {"sid", "account_sid", "service_sid", "function_sid", "content", "url"}
BUILD = {
    "sid",
    "account_sid",
    "service_sid",
    "asset_versions",
    "function_versions",
    "dependencies",
    "runtime",
    "status",
    "date_created",
    "date_updated",
    "url",
    "links",
}
BUILT_FUNCTION = {"sid", "account_sid", "service_sid", "function_sid", "date_created", "path", "visibility"}
BUILT_ASSET = {"sid", "account_sid", "service_sid", "asset_sid", "date_created", "path", "visibility"}
BUILD_STATUS = {"sid", "account_sid", "service_sid", "status", "url"}
DEPLOYMENT = {
    "sid",
    "account_sid",
    "service_sid",
    "environment_sid",
    "build_sid",
    "date_created",
    "date_updated",
    "url",
}
KEY = {"sid", "friendly_name", "date_created", "date_updated"}
APPLICATION = {
    "account_sid",
    "api_version",
    "date_created",
    "date_updated",
    "friendly_name",
    "message_status_callback",
    "sid",
    "sms_fallback_method",
    "sms_fallback_url",
    "sms_method",
    "sms_status_callback",
    "sms_url",
    "status_callback",
    "status_callback_method",
    "uri",
    "voice_caller_id_lookup",
    "voice_fallback_method",
    "voice_fallback_url",
    "voice_method",
    "voice_url",
    "public_application_connect_enabled",
}
ACCOUNT = {
    "auth_token",
    "date_created",
    "date_updated",
    "friendly_name",
    "owner_account_sid",
    "sid",
    "status",
    "subresource_uris",
    "type",
    "uri",
}
SUBRESOURCES = {
    "available_phone_numbers",
    "calls",
    "conferences",
    "incoming_phone_numbers",
    "notifications",
    "outgoing_caller_ids",
    "recordings",
    "transcriptions",
    "addresses",
    "signing_keys",
    "connect_apps",
    "sip",
    "authorized_connect_apps",
    "usage",
    "keys",
    "applications",
    "short_codes",
    "queues",
    "messages",
    "balance",
}
META = {"first_page_url", "key", "next_page_url", "page", "page_size", "previous_page_url", "url"}
# What official clients know; beside these they want exactly one key.
CLASSIC_META = {
    "first_page_uri",
    "end",
    "next_page_uri",
    "previous_page_uri",
    "page",
    "page_size",
    "start",
    "uri",
}
ISO, RFC = "2026-11-24T09:30:00Z", "Tue, 24 Nov 2026 09:30:00 +0000"
BASE = "http://localhost:8001/v1/Services"
CLASSIC = f"/2010-04-01/Accounts/{ACCOUNT_SID}"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """The whole API."""
    async with open_api() as made:
        yield made


async def make(api: Api, path: str, **form: str) -> Json:
    """Make something with a form."""
    answer = await api.client.post(path, data=form)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def get(api: Api, path: str) -> Json:
    """Fetch something."""
    answer = await api.client.get(path)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def make_service(api: Api) -> str:
    """A service; its path."""
    made = await make(api, "/v1/Services", UniqueName="my-svc", FriendlyName="Mine")
    return f"/v1/Services/{made['sid']}"


async def upload(api: Api, path: str, served_at: str, content_type: str) -> Json:
    """Upload a version."""
    answer = await api.client.post(
        path,
        data={"Path": served_at, "Visibility": "protected"},
        files={"Content": (served_at.removeprefix("/"), b"exports.handler = 1", content_type)},
    )
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def page(api: Api, path: str, name: str) -> list[Json]:
    """The items of a list of the newer paths, whose shape is checked."""
    found = await get(api, path)
    assert found.keys() == {name, "meta"}
    assert found["meta"].keys() == META
    assert found["meta"]["key"] == name
    items: list[Json] = found[name]
    return items


async def classic_page(api: Api, path: str, name: str) -> list[Json]:
    """The items of a list of 2010, whose shape is checked."""
    found = await get(api, path)
    assert found.keys() == {name, *CLASSIC_META}
    assert found["uri"] == f"{path}?PageSize=50&Page=0"
    items: list[Json] = found[name]
    return items


async def test_service(api: Api) -> None:
    """With what was left out as Twilio has it."""
    made = await make(api, "/v1/Services", UniqueName="my-svc", FriendlyName="Mine", IncludeCredentials="false")

    assert made.keys() == SERVICE
    assert made["links"] == {
        name: f"{BASE}/{made['sid']}/{name.title()}" for name in ("environments", "functions", "assets", "builds")
    }
    assert (made["include_credentials"], made["ui_editable"]) == (False, False)
    assert (made["date_created"], made["account_sid"]) == (ISO, ACCOUNT_SID)
    assert await page(api, "/v1/Services", "services") == [made]
    assert await get(api, "/v1/Services/my-svc") == made


async def test_environment_and_variable(api: Api) -> None:
    """Nothing is deployed yet, so there is no build."""
    service = await make_service(api)
    made = await make(api, f"{service}/Environments", UniqueName="production", FriendlyName="ignored")
    url = f"http://localhost:8001{service}/Environments/{made['sid']}"
    variable = await make(api, f"{service}/Environments/{made['sid']}/Variables", Key="A", Value="")

    assert made.keys() == ENVIRONMENT
    assert (made["build_sid"], made["domain_suffix"]) == (None, None)
    assert made["domain_name"].endswith(".localhost")
    assert made["links"] == {name: f"{url}/{name.title()}" for name in ("variables", "deployments", "logs")}
    assert variable.keys() == VARIABLE
    assert variable["value"] == ""
    assert await page(api, f"/v1/Services/my-svc/Environments/{made['sid']}/Variables", "variables") == [variable]
    assert await page(api, f"{service}/Environments/{made['sid']}/Logs", "logs") == []


async def test_function_and_its_version(api: Api) -> None:
    """A version has no date of change, for it never does; a slash that is missing is added."""
    service = await make_service(api)
    made = await make(api, f"{service}/Functions", FriendlyName="/hello")
    path = f"{service}/Functions/{made['sid']}"
    version = await upload(api, f"{path}/Versions", "hello", "application/javascript")
    content = await get(api, f"{path}/Versions/{version['sid']}/Content")

    assert made.keys() == FUNCTION
    assert made["links"] == {"function_versions": f"{made['url']}/Versions"}
    assert version.keys() == FUNCTION_VERSION
    assert (version["path"], version["visibility"]) == ("/hello", "protected")
    assert version["links"] == {"function_version_content": f"{version['url']}/Content"}
    assert content.keys() == CONTENT
    assert content["content"] == "exports.handler = 1"
    assert await page(api, f"{path}/Versions", "function_versions") == [version]


async def test_asset_and_its_version(api: Api) -> None:
    """There is no content to ask for, and no links."""
    service = await make_service(api)
    made = await make(api, f"{service}/Assets", FriendlyName="/a.txt")
    version = await upload(api, f"{service}/Assets/{made['sid']}/Versions", "/a.txt", "text/plain")

    assert made.keys() == FUNCTION
    assert made["links"] == {"asset_versions": f"{made['url']}/Versions"}
    assert version.keys() == ASSET_VERSION
    assert await page(api, f"{service}/Assets/{made['sid']}/Versions", "asset_versions") == [version]


async def test_build_and_deployment(api: Api) -> None:
    """A build shows its versions without addresses, and their visibility in capitals."""
    service = await make_service(api)
    function = await make(api, f"{service}/Functions", FriendlyName="/f")
    asset = await make(api, f"{service}/Assets", FriendlyName="/a.txt")
    function_version = await upload(api, f"{service}/Functions/{function['sid']}/Versions", "/f", "text/javascript")
    asset_version = await upload(api, f"{service}/Assets/{asset['sid']}/Versions", "/a.txt", "text/plain")
    built = await make(
        api, f"{service}/Builds", FunctionVersions=function_version["sid"], AssetVersions=asset_version["sid"]
    )
    await api.use.builds.tasks.wait(built["sid"])
    build = await get(api, f"{service}/Builds/{built['sid']}")
    status = await get(api, f"{service}/Builds/{built['sid']}/Status")
    environment = await make(api, f"{service}/Environments", UniqueName="dev", DomainSuffix="dev")
    deployments = f"{service}/Environments/{environment['sid']}/Deployments"
    deployment = await make(api, deployments, BuildSid=built["sid"], IsPlugin="false")

    assert built.keys() == BUILD
    assert built["status"] == "building"
    assert build["links"] == {"build_status": f"{build['url']}/Status"}
    assert [each.keys() for each in build["function_versions"]] == [BUILT_FUNCTION]
    assert [each.keys() for each in build["asset_versions"]] == [BUILT_ASSET]
    assert build["function_versions"][0]["visibility"] == "PROTECTED"
    assert status.keys() == BUILD_STATUS
    assert status["status"] == "completed"
    assert deployment.keys() == DEPLOYMENT
    assert await page(api, deployments, "deployments") == [deployment]
    assert await page(api, f"{service}/Builds", "builds") == [build]
    assert (await get(api, f"{service}/Environments/{environment['sid']}"))["build_sid"] == built["sid"]


async def test_keys_of_2010(api: Api) -> None:
    """The secret is in the answer that makes the key, and in no other."""
    made = await make(api, f"{CLASSIC}/Keys.json", FriendlyName="one")
    secret = made.pop("secret")

    assert len(secret) == 32
    assert made.keys() == KEY
    assert made["date_created"] == RFC
    assert await classic_page(api, f"{CLASSIC}/Keys.json", "keys") == [made]
    assert await classic_page(api, f"{CLASSIC}/SigningKeys.json", "signing_keys") == [made]
    assert await get(api, f"{CLASSIC}/SigningKeys/{made['sid']}.json") == made


async def test_keys_of_iam(api: Api) -> None:
    """A list says what a key is good for, a key what it may do."""
    policy = '{"allow":["services:read"]}'
    made = await make(api, "/v1/Keys", AccountSid=ACCOUNT_SID, KeyType="restricted", Policy=policy)
    listed = await page(api, f"/v1/Keys?AccountSid={ACCOUNT_SID}", "keys")
    found = await get(api, f"/v1/Keys/{made['sid']}")
    renamed = await api.client.post(f"/v1/Keys/{made['sid']}", data={"FriendlyName": "", "Policy": ""})

    assert made.keys() == {*KEY, "secret", "policy"}
    assert found.keys() == {*KEY, "policy"}
    assert found["policy"] == {"allow": ["services:read"]}
    assert [each.keys() for each in listed] == [{*KEY, "flags"}]
    assert listed[0]["flags"] == ["rest_api"]
    assert renamed.json() == found


async def test_application(api: Api) -> None:
    """Addresses that are not set are null, methods that are not set are POST."""
    path = f"{CLASSIC}/Applications.json"
    made = await make(api, path, FriendlyName="", VoiceUrl="https://example.com/voice")

    assert made.keys() == APPLICATION
    assert made["uri"] == f"{CLASSIC}/Applications/{made['sid']}.json"
    assert made["sms_url"] is None
    assert made["sms_method"] == made["voice_method"] == "POST"
    assert (made["voice_caller_id_lookup"], made["public_application_connect_enabled"]) == (False, False)
    assert await classic_page(api, path, "applications") == [made]


async def test_account(api: Api) -> None:
    """With its token, for whoever may have it."""
    found = await get(api, f"{CLASSIC}.json")

    assert found.keys() == ACCOUNT
    assert found["auth_token"] == AUTH_TOKEN
    assert (found["type"], found["status"], found["uri"]) == ("Full", "active", f"{CLASSIC}.json")
    assert found["subresource_uris"].keys() == SUBRESOURCES
    assert found["subresource_uris"]["keys"] == f"{CLASSIC}/Keys.json"
    assert await classic_page(api, "/2010-04-01/Accounts.json", "accounts") == [found]


async def test_deleted_is_empty(api: Api) -> None:
    """A body would be taken for the answer; old clients want exactly 204."""
    service = await make_service(api)
    gone = await api.client.delete(service)
    again = await api.client.delete(service)

    assert (gone.status_code, gone.content) == (204, b"")
    assert "content-type" not in gone.headers
    assert again.status_code == 404
    assert again.json()["message"] == f"The requested resource {service.removeprefix('/v1')} was not found"


async def test_filters_are_echoed(api: Api) -> None:
    """What a list was filtered by stays in the addresses of its pages."""
    service = await make_service(api)
    made = await make(api, f"{service}/Environments", UniqueName="dev", DomainSuffix="dev")
    query = "FunctionSid=ZH" + "0" * 32 + "&StartDate=2026-01-01&EndDate=2026-01-02T00%3A00%3A00Z&PageSize=2"
    found = await get(api, f"{service}/Environments/{made['sid']}/Logs?{query}")
    named = await get(api, f"{CLASSIC}/Applications.json?FriendlyName=a%20b")

    assert found["meta"]["url"].endswith(f"/Logs?{query}&Page=0")
    assert named["uri"] == f"{CLASSIC}/Applications.json?FriendlyName=a+b&PageSize=50&Page=0"
