"""Who may come in, and that nobody learns what is not theirs."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import httpx2
import pytest

from gettone.model.sids import AccountSid
from tests.api.serving import BASE, Api, make_client, open_api
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN, OTHER_SID, add_account

pytestmark = pytest.mark.anyio

OTHER_TOKEN = "f" * 32
SUB_SID = AccountSid("AC" + "d" * 32)
FORM = {"UniqueName": "theirs", "FriendlyName": "Theirs"}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """The whole API, with another account in it, and a subaccount of the first."""
    async with open_api() as made:
        await add_account(made.office, OTHER_SID, token=OTHER_TOKEN)
        await add_account(made.office, SUB_SID, ACCOUNT_SID, "e" * 32)
        yield made


async def status(api: Api, username: str, password: str, path: str = "/v1/Services", **form: str) -> int:
    """What somebody is answered."""
    async with make_client(api.app, username, password) as client:
        answer = await (client.post(path, data=form) if form else client.get(path))
    return answer.status_code


async def make_key(api: Api, **fields: object) -> tuple[str, str]:
    """A key; its SID and its secret."""
    answer = await api.client.post("/api/v1/api-keys", json=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()["sid"], answer.json()["secret"]


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(b"AC\0:x").decode(),
        "Basic " + base64.b64encode(b"a" * 2000 + b":x").decode(),
        "Bearer " + base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode(),
        "Basic " + base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN[:-1]}".encode()).decode(),
        "Basic " + base64.b64encode(f"{ACCOUNT_SID}:{OTHER_TOKEN}".encode()).decode(),
    ],
)
async def test_nobody_comes_in(api: Api, said: str | None) -> None:
    """Whatever is wrong with it, the answer is the same."""
    async with make_client(api.app, None) as client:
        answer = await client.get("/v1/Services", headers={} if said is None else {"Authorization": said})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Basic realm="')
    assert answer.json() == {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }


async def test_credentials_come_before_everything_else(api: Api) -> None:
    """A stranger does not learn what is wrong with a body."""
    async with make_client(api.app, None) as client:
        form = await client.post("/v1/Services", content=b"%zz")
        document = await client.post("/api/v1/users", content=b"{")
        upload = await client.post("/v1/Services/a/Functions/b/Versions", content=b"x")
        query = await client.get("/v1/Services?PageSize=x")

    assert [each.status_code for each in (form, document, upload, query)] == [401, 401, 401, 401]


async def test_scheme_is_read_in_any_case(api: Api) -> None:
    """RFC 9110, 11.1."""
    said = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
    async with make_client(api.app, None) as client:
        assert (await client.get("/v1/Services", headers={"Authorization": f"bAsIc {said}"})).status_code == 200


async def test_standard_key_makes_services_but_no_keys(api: Api) -> None:
    """As at Twilio, whose number for it is 70051."""
    sid, secret = await make_key(api)
    async with make_client(api.app, sid, secret) as client:
        services = await client.get("/v1/Services")
        keys = await client.get(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Keys.json")

    assert services.status_code == 200
    assert (keys.status_code, keys.json()["code"]) == (403, 70051)


async def test_restricted_key_does_what_its_policy_says(api: Api) -> None:
    """And nothing else."""
    sid, secret = await make_key(api, type="restricted", policy=["services:read"])

    assert await status(api, sid, secret) == 200
    assert await status(api, sid, secret, **FORM) == 403


async def test_key_for_one_service_deploys_there_alone(api: Api) -> None:
    """What a CI system may hold: it lists its service, and sees no other."""
    mine = (await api.client.post("/v1/Services", data={"UniqueName": "mine", "FriendlyName": "x"})).json()["sid"]
    await api.client.post("/v1/Services", data=FORM)
    sid, secret = await make_key(api, type="restricted", policy=["deploy"], service="mine")
    async with make_client(api.app, sid, secret) as client:
        listed = (await client.get("/v1/Services")).json()["services"]
        made = await client.post("/v1/Services/mine/Functions", data={"FriendlyName": "/a"})
        elsewhere = await client.post("/v1/Services/theirs/Functions", data={"FriendlyName": "/a"})
        account = await client.get(f"/2010-04-01/Accounts/{ACCOUNT_SID}.json")

    assert [each["sid"] for each in listed] == [mine]
    assert made.status_code == 201
    assert elsewhere.status_code in (403, 404)
    assert account.status_code == 403


async def test_rotated_key_is_good_twice(api: Api) -> None:
    """The old secret for a while, unless it is to end at once."""
    sid, first = await make_key(api)
    second = (await api.client.post(f"/api/v1/api-keys/{sid}/rotate", json={})).json()["secret"]
    both = [await status(api, sid, first), await status(api, sid, second)]
    third = (await api.client.post(f"/api/v1/api-keys/{sid}/rotate", json={"overlap_seconds": 0})).json()["secret"]

    assert both == [200, 200]
    assert [await status(api, sid, each) for each in (first, second, third)] == [401, 401, 200]


async def test_other_accounts_things_are_not_there(api: Api) -> None:
    """Never forbidden: that would tell that they exist."""
    async with make_client(api.app, OTHER_SID, OTHER_TOKEN) as other:
        service = (await other.post("/v1/Services", data=FORM)).json()["sid"]
        environment = (
            await other.post(f"/v1/Services/{service}/Environments", data={"UniqueName": "dev", "DomainSuffix": "d"})
        ).json()["sid"]
    paths = [
        f"/v1/Services/{service}",
        "/v1/Services/theirs",
        f"/v1/Services/{service}/Environments/{environment}",
        f"/v1/Services/{service}/Environments/{environment}/Variables",
        f"/v1/Services/{service}/Functions",
        f"/v1/Services/{service}/Builds",
        f"/2010-04-01/Accounts/{OTHER_SID}.json",
        f"/2010-04-01/Accounts/{OTHER_SID}/Keys.json",
        f"/v1/Keys?AccountSid={OTHER_SID}",
        f"/api/v1/services/{service}/settings",
        f"/api/v1/services/{service}/environments/{environment}/host-names",
        f"/api/v1/logs/tail?environment_sid={environment}",
        f"/api/v1/accounts/{OTHER_SID}/export",
    ]
    answers = {path: await api.client.get(path) for path in paths}

    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(paths, 404)
    assert (await api.client.get("/v1/Services")).json()["services"] == []


async def test_owner_looks_after_subaccounts(api: Api) -> None:
    """The account above sees a subaccount's keys; the subaccount does not see its."""
    path = "/2010-04-01/Accounts/{}/Keys.json"
    made = await api.client.post(path.format(SUB_SID), data={"FriendlyName": "below"})

    assert made.status_code == 201
    assert await status(api, made.json()["sid"], made.json()["secret"]) == 200
    assert await status(api, SUB_SID, "e" * 32, path.format(ACCOUNT_SID)) == 404


async def test_suspended_account_stays_outside(api: Api) -> None:
    """With all its keys, until it is opened again."""
    path = f"/2010-04-01/Accounts/{SUB_SID}.json"
    await api.client.post(path, data={"Status": "suspended"})
    suspended = await status(api, SUB_SID, "e" * 32)
    await api.client.post(path, data={"Status": "active"})

    assert suspended == 401
    assert await status(api, SUB_SID, "e" * 32) == 200


async def test_address_is_written_down(api: Api) -> None:
    """The audit log knows where a change came from, through a proxy that is trusted."""
    transport = httpx2.ASGITransport(app=api.app, client=("10.0.0.1", 1))
    auth = httpx2.BasicAuth(ACCOUNT_SID, AUTH_TOKEN)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, auth=auth) as client:
        await client.post("/v1/Services", data=FORM, headers={"X-Forwarded-For": "192.0.2.55"})
    [entry] = (await api.client.get("/api/v1/audit?page_size=1")).json()["audit"]

    assert entry["action"] == "service.create"
    assert entry["address"] == "192.0.2.55"


async def test_viewer_sees_no_values(api: Api) -> None:
    """A key that reads variables does not read what is in them."""
    service = (await api.client.post("/v1/Services", data=FORM)).json()["sid"]
    made = await api.client.post(f"/v1/Services/{service}/Environments", data={"UniqueName": "d", "DomainSuffix": "d"})
    path = f"/v1/Services/{service}/Environments/{made.json()['sid']}/Variables"
    await api.client.post(path, data={"Key": "SECRET", "Value": "hidden"})
    sid, secret = await make_key(api, type="restricted", policy=["variables:read"])
    async with make_client(api.app, sid, secret) as client:
        answer = await client.get(path)

    assert [each["value"] for each in answer.json()["variables"]] == [None]
    assert "hidden" not in answer.text


async def test_everybody_may_know_who_they_are_and_what_they_may_do(api: Api) -> None:
    """The account's token, and keys that may look at nothing else, a limited one too."""
    await api.client.post("/v1/Services", data={"UniqueName": "svc", "FriendlyName": "x"})
    told = []
    for username, password in (
        (ACCOUNT_SID, AUTH_TOKEN),
        await make_key(api, type="restricted", policy=["invoke"]),
        await make_key(api, type="standard", service="svc"),
    ):
        async with make_client(api.app, username, password) as client:
            answer = (await client.get("/api/v1/identity")).json()
        told.append((answer["name"] == username, answer["kind"], answer["key_type"], answer["permissions"]))

    assert [each[:3] for each in told] == [
        (True, "auth token", None),
        (True, "api key", "restricted"),
        (True, "api key", "standard"),
    ]
    assert "keys:write" in told[0][3]
    assert told[1][3] == ["invoke"]
    assert answer["service_sid"].startswith("ZS")
    assert answer["account_sid"] == ACCOUNT_SID
