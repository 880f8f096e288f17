"""A deploy as it is carried out: what is told meanwhile, and what a build that fails leaves."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from gettone.client.address import gettone_at
from gettone.client.build_waiting import BUILD_SECONDS
from gettone.client.connection import Connection, Credentials
from gettone.client.deploying import LocalProject, Standing, plan_deploy
from gettone.client.deploying_work import Deployer, Target
from gettone.client.environments import read_environment
from gettone.client.records import Record
from gettone.client.services import read_service
from gettone.model.errors import PlatformError
from gettone.model.variables import Variables
from tests.client.scripted import Reply, scripted
from tests.client.test_deploying import build, local, there

TIMES = {"date_created": "2026-01-02T03:04:05Z", "date_updated": "2026-01-02T03:04:05Z"}
SERVICE = {
    "sid": "ZS1",
    "account_sid": "AC1",
    "unique_name": "svc",
    "friendly_name": "svc",
    "include_credentials": True,
    "ui_editable": False,
    "domain_base": "svc-1",
    **TIMES,
}
ENVIRONMENT = {
    "sid": "ZE1",
    "service_sid": "ZS1",
    "unique_name": "dev-environment",
    "domain_suffix": "dev",
    "domain_name": "svc-1-dev.localhost",
    "build_sid": None,
    **TIMES,
}
BUILD = {"sid": "ZB1", "service_sid": "ZS1", "status": "building", **TIMES}
DEPLOYMENT = {"sid": "ZD1", "environment_sid": "ZE1", "build_sid": "ZB1", **TIMES}
TARGET = Target("svc", "dev")


def reply(document: object) -> Reply:
    """An answer in JSON."""
    return Reply(body=json.dumps(document).encode())


def status(name: str) -> Reply:
    """How far the build is."""
    return reply({"status": name})


def log(*lines: str) -> Reply:
    """What was said while it was built."""
    detail = {"sid": "ZB1", "status": "building", "runtime": "node24", "python_runtime": "python3.11"}
    return reply({**detail, "requirements": [], "log": "\n".join(lines)})


def standing() -> Standing:
    """A service and an environment that have nothing but the project's one file."""
    return Standing(
        read_service(Record(SERVICE, "here")),
        read_environment(Record(ENVIRONMENT, "here")),
        contents=(there("ZN1", "/a"),),
    )


def perform(
    replies: Iterable[Reply], told: list[str], before: Standing, project: LocalProject, seconds: Iterable[float] = ()
) -> Deployer:
    """Carry it out at a server that answers so; the deployer afterwards. Raises what it raises."""
    times = iter(seconds)
    with scripted(*replies) as server, Connection(gettone_at(server.url), Credentials("AC1", "x")) as connection:
        connection.pause = lambda _: None
        deployer = Deployer(connection, told.append, clock=lambda: next(times, 0.0))
        try:
            deployer.perform(plan_deploy(project, before), before, TARGET)
        except PlatformError as error:
            error.add_note(f"at the end: {deployer.is_at_the_end}")
            raise
        return deployer


def test_what_is_said_while_it_builds_is_told_once() -> None:
    """Line by line, as it comes; then it is deployed."""
    told: list[str] = []
    building = [status("building"), log("one"), status("building"), log("one", "two"), status("completed")]
    replies = [reply({"problems": []}), reply(BUILD), *building, reply(DEPLOYMENT)]
    deployer = perform(replies, told, standing(), LocalProject((local("/a"),)))

    assert told == ["Checking the code", "Building", "  one", "  two", "Deploying to dev-environment"]
    assert deployer.is_at_the_end


def test_a_build_that_fails_shows_the_end_of_its_log() -> None:
    """Nothing was deployed, and nothing of what is live was touched."""
    replies = [reply({"problems": []}), reply(BUILD), status("failed"), log("asking", "", "no such package", "failed")]
    with pytest.raises(PlatformError) as failed:
        perform(replies, [], standing(), LocalProject((local("/a"),), variables=Variables({"A": "1"})))

    assert failed.value.message.endswith("The end of its log:\n    asking\n    no such package\n    failed")
    assert failed.value.__notes__ == ["at the end: False"]


def test_a_build_without_an_end_is_given_up() -> None:
    """With what to type later."""
    replies = [reply({"problems": []}), reply(BUILD), status("building")]
    with pytest.raises(PlatformError, match="type the same again later") as late:
        perform(replies, [], standing(), LocalProject((local("/a"),)), [0.0, BUILD_SECONDS + 1])

    assert late.value.code == "conflict"


def test_whoever_drops_out_at_the_end_cannot_know() -> None:
    """The server may have done what it was asked for: that is told apart from what came before."""
    before = standing()
    built = Standing(before.service, before.environment, contents=before.contents, builds=(build("ZB1", "ZN1"),))
    with pytest.raises(PlatformError) as dropped:
        perform([status("completed"), Reply(hang_up=True)], [], built, LocalProject((local("/a"),)))

    assert dropped.value.code == "unavailable"
    assert dropped.value.__notes__ == ["at the end: True"]
