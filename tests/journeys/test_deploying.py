"""Deploying again and again while a function is asked two hundred times a second: nobody notices but by the answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.deploying import JAVASCRIPT, PYTHON, Language, Site, deploy_under_load
from benchmarks.rest import Rest
from tests.start_server import ACCOUNT_SID, AUTH_TOKEN, UNATTENDED, StartServer, start_server

RATE = 200.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """A first start, with builds enough for an hour."""
    environ = {**UNATTENDED, "GETTONE_BUILDS_PER_HOUR": "1000"}
    with start_server(tmp_path_factory.mktemp("data"), environ=environ) as running:
        yield running


@pytest.mark.parametrize(
    ("language", "deploys"),
    [
        pytest.param(PYTHON, 20, id="python"),
        pytest.param(JAVASCRIPT, 20, id="javascript"),
        pytest.param(PYTHON, 100, id="python-100", marks=pytest.mark.long),
        pytest.param(JAVASCRIPT, 100, id="javascript-100", marks=pytest.mark.long),
    ],
)
def test_no_request_fails_while_versions_go_live(
    request: pytest.FixtureRequest, server: StartServer, language: Language, deploys: int
) -> None:
    """Every request is answered, by the version that is live: none by one older than what answered before."""
    name = request.node.callspec.id
    with Rest(server.console_port, ACCOUNT_SID, AUTH_TOKEN) as rest:
        done = deploy_under_load(Site(rest, name, language), server.port, deploys, RATE)

    assert done.failures == []
    assert done.turned_back == []
    assert {reply.body for reply in done.replies} == {str(version) for version in range(1, deploys + 2)}
    assert len(done.saves) == deploys
