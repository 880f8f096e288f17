"""What every request passes: its name, its size, its time, and what happens when nobody has foreseen it."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gettone.api.edge import Bounds, Edge
from gettone.api.metrics import Meter
from gettone.policy.hosts import Hosts
from tests.api.serving import Api, make_client, open_api
from tests.control.offices import ACCOUNT_SID

pytestmark = pytest.mark.anyio

BODY_BYTES = 100
SECRET = "the password is a secret"
UPLOAD = "/v1/Services/ZS1/Functions/ZH1/Versions"
TWILIO_HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
    "access-control-expose-headers": "ETag",
    "cache-control": "no-store",
    "twilio-concurrent-requests": "1",
    "x-api-domain": "serverless.twilio.com",
}


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for all paths: fails, hangs, streams, or says how much body there was."""
    request = Request(scope, receive)
    answer: Response
    if scope["path"].endswith("/fail"):
        raise RuntimeError(SECRET)
    if scope["path"].endswith("/hang"):
        await asyncio.Event().wait()
    if scope["path"].endswith("/stream"):
        answer = StreamingResponse(endless())
    else:
        answer = JSONResponse({"bytes": len(await request.body()), "method": scope["method"]})
    await answer(scope, receive, send)


async def endless() -> AsyncIterator[bytes]:
    """A stream that would go on for ever."""
    while True:
        yield b"."
        await asyncio.sleep(0)


def edge(app: ASGIApp = inner) -> Edge:
    """An edge with small bounds around an application."""
    bounds = Bounds(body_bytes=BODY_BYTES, upload_bytes=2 * BODY_BYTES, seconds=0.05, upload_seconds=0.05)
    return Edge(app, Hosts(), bounds, Meter(CollectorRegistry()), os.urandom)


async def pieces(count: int) -> AsyncIterator[bytes]:
    """A body of 10 bytes at a time, that does not say how long it is."""
    for _ in range(count):
        yield b"0123456789"


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the edge alone."""
    async with make_client(edge(), None) as made:
        yield made


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """The whole API."""
    async with open_api() as made:
        yield made


async def test_other_host_is_misdirected(client: httpx2.AsyncClient) -> None:
    """A page elsewhere cannot reach this machine under a name of its own (DNS rebinding)."""
    answer = await client.get("/v1/Services", headers={"Host": "evil.example"})

    assert answer.status_code == 421
    assert answer.json()["status"] == 421
    assert (await client.get("/healthz", headers={"Host": "evil.example"})).json()["title"] == "Misdirected Request"


@pytest.mark.parametrize(
    ("host", "method", "path", "status"),
    [
        ("serverless.twilio.com", "GET", "/v1/Services", 200),
        ("serverless.twilio.com", "GET", UPLOAD, 200),
        ("serverless.twilio.com", "POST", UPLOAD, 404),
        ("serverless-upload.twilio.com", "POST", UPLOAD, 200),
        ("serverless-upload.twilio.com", "GET", UPLOAD, 404),
        ("serverless-upload.twilio.com", "GET", "/v1/Services", 404),
        ("serverless-upload.twilio.com", "OPTIONS", UPLOAD, 204),
        ("iam.twilio.com", "GET", "/v1/Keys", 200),
        ("iam.twilio.com", "GET", "/v1/Services", 404),
        ("accounts.twilio.com", "POST", "/v1/AuthTokens/Promote", 200),
        ("api.dublin.ie1.twilio.com", "HEAD", "/2010-04-01/Accounts.json", 200),
        ("api.twilio.com", "GET", "/v1/Keys", 404),
        ("api.twilio.com", "GET", "/api/v1/users", 421),
        ("api.twilio.com", "GET", "/openapi.json", 421),
        ("localhost", "POST", UPLOAD, 200),
        ("localhost", "GET", "/api/v1/users", 200),
    ],
)
async def test_official_name_has_its_own_paths(
    client: httpx2.AsyncClient, host: str, method: str, path: str, status: int
) -> None:
    """Each of Twilio's names answers for its product; other accepted names for everything."""
    assert (await client.request(method, path, headers={"Host": host})).status_code == status


async def test_body_has_a_bound(client: httpx2.AsyncClient) -> None:
    """One byte more than is allowed is refused, with the figure."""
    assert (await client.post("/v1/Services", content=b"x" * BODY_BYTES)).json()["bytes"] == BODY_BYTES
    refused = await client.post("/v1/Services", content=b"x" * (BODY_BYTES + 1))

    assert refused.status_code == 413
    assert refused.json()["message"] == "The body is too large: 100 bytes are allowed here"


async def test_body_without_a_length_has_it_too() -> None:
    """It is counted as it comes."""
    async with open_api(bounds=Bounds(body_bytes=BODY_BYTES)) as api:
        refused = await api.client.post("/v1/Services", content=pieces(11), headers={"Content-Type": "text/plain"})

    assert refused.status_code == 413
    assert refused.json()["code"] == 20001


async def test_upload_has_another_bound(client: httpx2.AsyncClient) -> None:
    """Only an upload may bring as much as an asset."""
    assert (await client.post(UPLOAD, content=b"x" * (BODY_BYTES + 1))).status_code == 200
    assert (await client.post(UPLOAD, content=b"x" * (2 * BODY_BYTES + 1))).status_code == 413


async def test_request_has_an_end(client: httpx2.AsyncClient) -> None:
    """What takes too long is given up, and may be tried again."""
    answer = await client.get("/v1/hang")

    assert answer.status_code == 503
    assert answer.json()["code"] == 20503
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("path", ["/v1/fail", "/api/v1/fail"])
async def test_what_nobody_foresaw_is_an_id(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    """The caller reads an id; the log has the whole of it under that id."""
    answer = await client.get(path)
    request_sid = answer.headers.get("twilio-request-id") or answer.headers["x-request-id"]

    assert answer.status_code == 500
    assert request_sid in answer.text
    assert SECRET not in answer.text
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert request_sid in record.getMessage()
    assert record.exc_info is not None


async def test_head_is_a_get_without_its_body(client: httpx2.AsyncClient) -> None:
    """The length is told, the body is not sent."""
    answer = await client.head("/v1/Services")

    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 0


async def test_head_of_a_stream_ends() -> None:
    """A stream that goes on for ever does so for nobody."""
    async with make_client(edge(), None) as client:
        assert (await client.head("/api/v1/stream")).status_code == 200


async def test_preflight_is_answered(client: httpx2.AsyncClient) -> None:
    """As Twilio does, without letting a browser add what it remembers."""
    answer = await client.options("/v1/Services", headers={"Origin": "https://app.example"})

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in answer.headers


async def test_own_paths_are_for_no_other_origin(client: httpx2.AsyncClient) -> None:
    """What is ours is read by no page elsewhere."""
    assert "access-control-allow-origin" not in (await client.get("/api/v1/users")).headers


@pytest.mark.parametrize(
    ("method", "said", "status"),
    [
        ("POST", "cross-site", 403),
        ("POST", "same-site", 403),
        ("DELETE", "cross-site", 403),
        ("POST", "same-origin", 200),
        ("POST", "none", 200),
        ("GET", "cross-site", 200),
    ],
)
async def test_page_of_another_origin_changes_nothing(
    client: httpx2.AsyncClient, method: str, said: str, status: int
) -> None:
    """A browser adds a password that it remembers; a function's page is on the same name, on another port."""
    answer = await client.request(method, "/v1/Services", headers={"Sec-Fetch-Site": said})

    assert answer.status_code == status


async def test_answers_have_twilios_headers(api: Api) -> None:
    """None of them matters to a client; people look for them."""
    answer = await api.client.get("/v1/Services")

    assert TWILIO_HEADERS.items() <= dict(answer.headers).items()
    assert re.fullmatch(r"RQ[0-9a-f]{32}", answer.headers["twilio-request-id"])
    assert re.fullmatch(r"\d+\.\d{3}", answer.headers["twilio-request-duration"])
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE"])
async def test_other_method_is_told_which_there_are(api: Api, method: str) -> None:
    """All of the path's, not those of the first route that fits."""
    answer = await api.client.request(method, "/v1/Services/ZS1")

    assert answer.status_code == 405
    assert answer.json()["code"] == 20004
    assert answer.headers["allow"] == "GET, HEAD, POST, DELETE"


@pytest.mark.parametrize(
    "path",
    ["/v1/Nothing", "/v1/Services/", "/v1//Services", "/v1/Services/a/b/c", "/2010-04-01/Accounts/x/Calls.json"],
)
async def test_unknown_path_is_named(api: Api, path: str) -> None:
    """In Twilio's words, with the path as it was asked for."""
    answer = await api.client.get(path)

    assert answer.status_code == 404
    assert answer.json() == {
        "code": 20404,
        "message": f"The requested resource {path} was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }


async def test_path_with_a_nul_leads_nowhere(api: Api) -> None:
    """No database is asked for it."""
    assert (await api.client.get("/v1/Services/a%00b")).status_code == 404
    assert (await api.client.get(f"/2010-04-01/Accounts/{ACCOUNT_SID}%00.json")).status_code == 404


async def test_urls_are_those_of_the_client(api: Api) -> None:
    """Under Twilio's names they are Twilio's; behind a proxy that is trusted, the proxy's."""
    form = {"UniqueName": "named", "FriendlyName": "x"}
    made = await api.client.post("/v1/Services", data=form, headers={"Host": "serverless.dublin.ie1.twilio.com"})
    here = await api.client.get("/v1/Services/named")
    peer = make_client(api.app, peer="10.0.0.1")
    forwarded = {"X-Forwarded-Host": "console.example.com", "X-Forwarded-Proto": "https"}
    async with peer:
        proxied = await peer.get("/v1/Services", headers=forwarded)
    foreign = await api.client.get("/v1/Services", headers=forwarded)

    sid = made.json()["sid"]
    assert made.json()["url"] == f"https://serverless.dublin.ie1.twilio.com/v1/Services/{sid}"
    assert here.json()["links"]["builds"] == f"http://localhost:8001/v1/Services/{sid}/Builds"
    assert proxied.json()["meta"]["url"] == "https://console.example.com/v1/Services?PageSize=50&Page=0"
    assert foreign.json()["meta"]["url"].startswith("http://localhost:8001/")


async def test_requests_are_counted_by_operation(api: Api) -> None:
    """By names out of the code: paths would be without end."""
    await api.client.get("/v1/Services/a")
    await api.client.get("/v1/Services/b")
    await api.client.get("/nothing")
    counted = (await api.client.get("/metrics")).text

    assert 'gettone_api_requests_total{operation="fetch_service",status="404"} 2.0' in counted
    assert 'gettone_api_requests_total{operation="none",status="404"} 1.0' in counted
    assert "/v1" not in counted
