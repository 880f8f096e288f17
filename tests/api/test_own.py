"""What Twilio has not: members, links, keys of every kind, host names, bounds, the installation."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gettone.api.use_cases import Standing
from gettone.model.sids import AccountSid
from tests.api.serving import SETTINGS, Api, make_client, open_api
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN, add_account

pytestmark = pytest.mark.anyio

SUB_SID = AccountSid("AC" + "d" * 32)
SUB_TOKEN = "e" * 32
PASSWORD = "correct horse battery"
BROUGHT = "SK" + "5" * 32


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """The whole API, with a subaccount."""
    async with open_api() as made:
        await add_account(made.office, SUB_SID, ACCOUNT_SID, SUB_TOKEN)
        yield made


async def send(api: Api, path: str, status: int = 200, method: str = "POST", **body: object) -> dict[str, Any]:
    """Send a document; what is answered."""
    answer = await api.client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def get(api: Api, path: str) -> dict[str, Any]:
    """Fetch something."""
    answer = await api.client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def make_environment(api: Api) -> str:
    """A service and an environment; its path among our own."""
    await api.client.post("/v1/Services", data={"UniqueName": "svc", "FriendlyName": "x"})
    made = await api.client.post("/v1/Services/svc/Environments", data={"UniqueName": "dev", "DomainSuffix": "dev"})
    return f"/api/v1/services/svc/environments/{made.json()['sid']}"


async def test_members_come_change_and_go(api: Api) -> None:
    """A person is added, gets another role, tells all that is held of it, and leaves."""
    made = await send(api, "/api/v1/users", 201, email="Ada@example.com", name="Ada", role="viewer", password=PASSWORD)
    path = f"/api/v1/users/{made['id']}"
    changed = await send(api, path, role="owner")
    exported = (await api.client.get(f"{path}/export")).text
    last = await api.client.delete(path)
    await send(api, "/api/v1/users", 201, email="bob@example.com", role="owner")
    listed = await get(api, "/api/v1/users?page_size=1")
    second = await get(api, listed["meta"]["next_page_url"])
    gone = await api.client.delete(f"{path}?everywhere=true")

    assert made["email"] == "ada@example.com"
    assert changed["role"] == "owner"
    assert PASSWORD not in json.dumps(made) + exported
    assert json.loads(exported.splitlines()[0])["noun"] == "user"
    assert last.status_code == 409
    assert last.json()["code"] == "conflict"
    assert [each["email"] for each in listed["users"]] == ["bob@example.com"]
    assert second["users"] == [changed]
    assert gone.status_code == 204
    assert (await api.client.get(path)).status_code == 404


async def test_link_makes_the_first_owner_once(api: Api) -> None:
    """Whoever has it need not sign in; a second time it is worth nothing."""
    made = await api.use.links.make_owner_link(ACCOUNT_SID)
    body = {"secret": made.secret, "password": PASSWORD, "email": "ada@example.com", "name": "Ada"}
    async with make_client(api.app, None) as client:
        weak = await client.post("/api/v1/links/use", json={**body, "password": "short"})
        used = await client.post("/api/v1/links/use", json=body)
        again = await client.post("/api/v1/links/use", json=body)

    assert weak.status_code == 400
    assert used.json()["email"] == "ada@example.com"
    assert again.status_code == 404
    assert made.secret not in again.text + weak.text
    assert [each["role"] for each in (await get(api, "/api/v1/users"))["users"]] == ["owner"]


async def test_hashing_holds_up_nobody(api: Api) -> None:
    """A password takes a tenth of a second; others are answered meanwhile."""
    body = {"role": "viewer", "password": PASSWORD}
    hashing = [send(api, "/api/v1/users", 201, email=f"u{each}@example.com", **body) for each in range(6)]
    gathered = asyncio.gather(*hashing)
    answered = 0
    while not gathered.done():
        assert (await api.client.get("/healthz")).status_code == 200
        answered += 1
        await asyncio.sleep(0)
    await gathered

    assert answered > 10


async def test_keys_tell_all_but_their_secret(api: Api) -> None:
    """Type, policy, limit and when it was last used."""
    await make_environment(api)
    made = await send(api, "/api/v1/api-keys", 201, type="restricted", policy=["deploy"], service="svc")
    secret = made.pop("secret")
    main = await send(api, "/api/v1/api-keys", 201, type="main", friendly_name="all")
    listed = await get(api, "/api/v1/api-keys")
    changed = await send(api, f"/api/v1/api-keys/{made['sid']}", policy=["services:read"], friendly_name="look")

    assert len(secret) == 32
    assert made["service_sid"].startswith("ZS")
    assert [each["sid"] for each in listed["api_keys"]] == [main["sid"], made["sid"]]
    assert "secret" not in listed["api_keys"][0]
    assert (changed["policy"], changed["friendly_name"]) == (["services:read"], "look")
    assert (await api.client.delete(f"/api/v1/api-keys/{made['sid']}")).status_code == 204


async def test_key_of_a_subaccount_is_made_above(api: Api) -> None:
    """`account_sid` says whose."""
    made = await send(api, f"/api/v1/api-keys?account_sid={SUB_SID}", 201)
    listed = await get(api, f"/api/v1/api-keys?account_sid={SUB_SID}")

    assert made["account_sid"] == SUB_SID
    assert [each["sid"] for each in listed["api_keys"]] == [made["sid"]]
    assert f"account_sid={SUB_SID}" in listed["meta"]["url"]


async def test_key_is_brought_along(api: Api) -> None:
    """One that exists at Twilio signs in here with its own secret; what it is told twice is a conflict."""
    path, secret = f"/api/v1/api-keys/{BROUGHT}", "s" * 32
    brought = await send(api, path, 201, "PUT", secret=secret, friendly_name="theirs")
    async with make_client(api.app, BROUGHT, secret) as client:
        comes_in = await client.get("/v1/Services")

    assert brought["sid"] == BROUGHT
    assert comes_in.status_code == 200
    assert (await send(api, path, 409, "PUT", secret=secret))["code"] == "conflict"
    assert (await api.client.put("/api/v1/api-keys/mine", json={"secret": secret})).status_code == 400


async def test_host_names_are_taken_once(api: Api) -> None:
    """A name belongs to one environment, and may be let go."""
    path = f"{await make_environment(api)}/host-names"
    made = await send(api, path, 201, host="API.example.com")
    taken = await send(api, path, 409, host="api.example.com")
    listed = await get(api, path)

    assert made["host"] == "api.example.com"
    assert "api.example.com" in taken["detail"]
    assert listed["host_names"] == [made]
    assert (await api.client.delete(f"{path}/api.example.com")).status_code == 204
    assert (await api.client.delete(f"{path}/api.example.com")).status_code == 404


async def test_bounds_of_a_service_are_set(api: Api) -> None:
    """What is left out stays; what is out of range is refused."""
    await make_environment(api)
    path = "/api/v1/services/svc/settings"
    changed = await send(api, path, workers_max=3, timeout_seconds=2.5)

    assert changed == {"concurrency": 1, "workers_max": 3, "timeout_seconds": 2.5}
    assert await get(api, path) == changed
    assert (await send(api, path, concurrency=2.0))["concurrency"] == 2
    for wrong in (0, 2.5, "2", True, 1e300):
        assert (await send(api, path, 400, concurrency=wrong))["code"] == "invalid"
    assert (await send(api, path, 400, nonsense=1))["code"] == "invalid"


async def test_variables_are_replaced_in_one_change(api: Api) -> None:
    """As `env:import` wants it: others stay, or go."""
    environment = await make_environment(api)
    path = f"{environment}/variables"
    first = await send(api, path, values={"A": "1", "B": ""})
    second = await send(api, path, values={"A": "2"}, keep_others=False)
    shown = await get(api, environment.replace("/api/v1/services", "/v1/Services").replace("env", "Env") + "/Variables")

    assert first == {"changed": ["A", "B"]}
    assert second == {"changed": ["A", "B"]}
    assert [(each["key"], each["value"]) for each in shown["variables"]] == [("A", "2")]


async def test_installation_tells_what_it_serves(api: Api) -> None:
    """Snapshots, newest first, and how far the gateway is; settings that are no secret."""
    api.standing = Standing(3, 2, ("ZE1: cannot be served",))
    found = await get(api, "/api/v1/snapshots")

    revisions = [each["revision"] for each in found["snapshots"]]
    assert revisions == sorted(revisions, reverse=True)
    assert (found["latest_revision"], found["served_revision"]) == (3, 2)
    assert found["problems"] == ["ZE1: cannot be served"]
    assert await get(api, "/api/v1/settings") == {"settings": SETTINGS}


@pytest.mark.parametrize("path", ["/api/v1/settings", "/api/v1/snapshots"])
async def test_installation_is_no_business_of_a_subaccount(api: Api, path: str) -> None:
    """It shares it with others."""
    async with make_client(api.app, SUB_SID, SUB_TOKEN) as client:
        assert (await client.get(path)).status_code == 403


async def test_account_is_exported_and_deleted(api: Api) -> None:
    """A subaccount goes at a word; the account itself only when its name is said twice."""
    exported = (await api.client.get(f"/api/v1/accounts/{SUB_SID}/export")).text
    below = await api.client.delete(f"/api/v1/accounts/{SUB_SID}")
    unsure = await api.client.delete(f"/api/v1/accounts/{ACCOUNT_SID}")
    sure = await api.client.delete(f"/api/v1/accounts/{ACCOUNT_SID}?confirmation={ACCOUNT_SID}")

    assert json.loads(exported.splitlines()[0])["sid"] == SUB_SID
    assert SUB_TOKEN not in exported
    assert (below.status_code, unsure.status_code, sure.status_code) == (204, 400, 204)
    assert (await api.client.get("/v1/Services", auth=(ACCOUNT_SID, AUTH_TOKEN))).status_code == 401


async def test_build_tells_what_was_said(api: Api) -> None:
    """The log of a build that failed, for a person."""
    await make_environment(api)
    function = (await api.client.post("/v1/Services/svc/Functions", data={"FriendlyName": "/a"})).json()["sid"]
    version = await api.client.post(
        f"/v1/Services/svc/Functions/{function}/Versions",
        data={"Path": "/a", "Visibility": "public"},
        files={"Content": ("a.py", b"def handler(context, event): ...", "text/x-python")},
    )
    build = await api.client.post(
        "/v1/Services/svc/Builds", data={"FunctionVersions": version.json()["sid"], "Requirements": "requests>=2"}
    )
    await api.use.builds.tasks.wait(build.json()["sid"])
    told = await get(api, f"/api/v1/services/svc/builds/{build.json()['sid']}")

    assert told["status"] == "failed"
    assert told["requirements"] == ["requests>=2"]
    assert "no registry answers" in told["log"]


async def test_versions_tell_their_digests(api: Api) -> None:
    """Of all functions and assets of a service: what is there already need not be uploaded again."""
    await make_environment(api)
    code, style = b"def handler(context, event): ...", b"p {}"
    for noun, name, content in (("Functions", "a.py", code), ("Assets", "a.css", style)):
        made = await api.client.post(f"/v1/Services/svc/{noun}", data={"FriendlyName": "/a"})
        await api.client.post(
            f"/v1/Services/svc/{noun}/{made.json()['sid']}/Versions",
            data={"Path": f"/{name}", "Visibility": "private"},
            files={"Content": (name, content, "")},
        )

    [function] = (await get(api, "/api/v1/services/svc/function-versions"))["function_versions"]
    [asset] = (await get(api, "/api/v1/services/svc/asset-versions"))["asset_versions"]

    assert (function["path"], function["digest"]) == ("/a.py", hashlib.sha256(code).hexdigest())
    assert (function["language"], function["extension"], function["visibility"]) == ("python", ".py", "private")
    assert (asset["path"], asset["digest"]) == ("/a.css", hashlib.sha256(style).hexdigest())
    assert (asset["content_type"].partition(";")[0], asset["size_bytes"]) == ("text/css", len(style))


async def test_malformed_document_is_a_problem(api: Api) -> None:
    """In the shape of RFC 9457, whatever is wrong with it."""
    bodies = [b"", b"{", b"[]", b"null", b"\xff", b'{"email": 1, "role": "viewer"}', b'{"email": "a@b.c"}', b"[" * 9999]
    answers = [await api.client.post("/api/v1/users", content=body) for body in bodies]

    assert [answer.status_code for answer in answers] == [400] * len(bodies)
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
