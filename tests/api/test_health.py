"""Whoever watches the machine is told how it stands, without signing in, and without names."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gettone.api.use_cases import Standing
from tests.api.serving import Api, make_client, open_api

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """The whole API."""
    async with open_api() as made:
        yield made


@pytest.mark.parametrize(
    ("standing", "status"),
    [(Standing(5, 5), 200), (Standing(5, 4), 503), (Standing(0, 0), 503), (Standing(4, 5), 503)],
)
async def test_ready_is_who_serves_the_current_snapshot(api: Api, standing: Standing, status: int) -> None:
    """Not an older one, and not nothing."""
    api.standing = standing
    async with make_client(api.app, None) as client:
        answer = await client.get("/readyz")

    assert answer.status_code == status
    assert answer.json() == {
        "ready": status == 200,
        "latest_revision": standing.latest_revision,
        "served_revision": standing.served_revision,
    }


async def test_living_is_who_answers(api: Api) -> None:
    """Also when the gateway is away."""
    api.standing = Standing(5, 0)
    async with make_client(api.app, None) as client:
        answer = await client.get("/healthz")

    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_metrics_are_prometheus_own(api: Api) -> None:
    """They parse, and name no account."""
    await api.client.get("/v1/Services")
    async with make_client(api.app, None) as client:
        answer = await client.get("/metrics")

    names = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"gettone_api_requests", "gettone_api_request_seconds", "gettone_api_requests_current"} <= names
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "AC" not in answer.text
