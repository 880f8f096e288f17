"""What whoever watches a gateway is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gettone.gateway.metrics import OTHER, SERVICES_MAX, Metrics
from gettone.gateway.records import Answered
from gettone.gateway.standing import Standing
from gettone.model.deployments import Deployment
from gettone.model.sids import ENVIRONMENT, SERVICE
from tests.feeds import Site, account, open_control, python
from tests.gateway.nodes import open_node, until

pytestmark = pytest.mark.anyio

SITE = Site("hello-1", {"functions/hello.py": python("hello"), "functions/healthz.py": python("mine")})
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> str:
    """The loop that the gateway runs on, but for uvloop."""
    return "asyncio"


@pytest.mark.parametrize(
    ("standing", "is_ready"),
    [
        (Standing(), False),
        (Standing(revision=7, newest=7, is_connected=True), True),
        (Standing(revision=7, newest=8, is_connected=True), False),
        (Standing(revision=7, newest=8, is_connected=False), True),
        (Standing(revision=7, newest=0, is_connected=False), True),
        (Standing(revision=0, newest=0, is_connected=True), False),
    ],
)
def test_ready_is_who_serves_the_newest_that_can_be_known(standing: Standing, is_ready: bool) -> None:
    """Without control, whoever serves anything."""
    assert standing.is_ready is is_ready


async def test_gateway_tells_how_it_is(tmp_path: Path) -> None:
    """Alive at once, ready with the first state, ready and stale when control has gone."""
    async with open_control(tmp_path) as control, open_node(tmp_path / "gateway", control.socket) as node:
        alive, early = await node.ask("localhost:1", "/healthz"), await node.ask("[::1]:1", "/readyz")
        revision = await control.publish(account(), SITE)
        await control.served(revision)
        ready = await node.ask("gettone.example", "/readyz")
        await control.feed.close()
        assert await until(lambda: not node.follower.standing.is_connected)
        stale = await node.ask("127.0.0.1", "/readyz")

    assert (alive.status, early.status, early.json()["ready"]) == (200, 503, False)
    assert (ready.status, ready.json()["revision"], ready.json()["stale"]) == (200, revision, False)
    assert (stale.status, stale.json()["stale"], stale.json()["since"]) == (200, True, ready.json()["since"])


async def test_host_names_of_services_are_their_own(tmp_path: Path) -> None:
    """A function may be called healthz; and nobody's host name tells nothing."""
    async with open_control(tmp_path) as control, open_node(tmp_path / "gateway", control.socket) as node:
        await control.served(await control.publish(account(), SITE))
        own, other = await node.ask(SITE.host, "/healthz"), await node.ask(SITE.host, "/metrics")
        strange = await node.ask("strange.example", "/readyz")
        posted = await node.ask("localhost", "/readyz", "POST")

    assert (own.text, other.status, strange.status, posted.status) == ("mine", 404, 404, 405)


async def test_metrics_count_what_was_answered(tmp_path: Path) -> None:
    """In a form that Prometheus reads."""
    async with open_control(tmp_path) as control, open_node(tmp_path / "gateway", control.socket) as node:
        await control.served(await control.publish(account(), SITE))
        for path in ("/hello", "/hello", "/nothing"):
            await node.ask(SITE.host, path)
        answer = await node.ask("localhost", "/metrics")

    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    service = ("service", SITE.segment().service_sid)
    assert samples["gettone_requests_total", (service, ("status", "2xx"))] == 2
    assert samples["gettone_outcomes_total", (("outcome", "answered"), service)] == 2
    assert samples["gettone_request_seconds_count", (service,)] == 2
    assert samples["gettone_requests_total", (("service", ""), ("status", "4xx"))] == 1
    assert samples["gettone_workers", (("language", "python"),)] == 1
    assert samples["gettone_snapshot_revision", ()] == 1
    assert samples["gettone_control_connected", ()] == 1


def test_labels_are_bounded() -> None:
    """However many services there are."""
    metrics = Metrics(lambda: NOW)
    metrics.standing = lambda: Standing(revision=1, since=NOW - timedelta(seconds=5))
    for number in range(SERVICES_MAX + 10):
        served = Deployment(SERVICE.derive(str(number)), ENVIRONMENT.derive("a"), "a", (), ())
        metrics.answered(Answered("RQ", "GET", "/", 200, 0.1, served))
    text = metrics.text().decode()

    assert f'gettone_requests_total{{service="{OTHER}",status="2xx"}} 10.0' in text
    assert text.count("gettone_requests_total{") == SERVICES_MAX + 1
    assert "gettone_snapshot_age_seconds 5.0" in text
