"""The OpenAPI document is complete and true: schemathesis asks what it describes, and what it forbids."""

from __future__ import annotations

import asyncio
import base64
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from schemathesis.engine import events, from_schema

from gettone.store.interface import Store
from tests.api.server import Served, serve_api
from tests.api.world import World, make_main_key, make_world
from tests.control.offices import ACCOUNT_SID
from tests.stores import postgres, sqlite_memory

OPERATIONS = Path(__file__).with_name("operations.txt")
EXAMPLES, EXAMPLES_LONG = 4, 60
TAIL_SECONDS = 0.05

# JSON Schema cannot tell what these want; each refuses some of what its schema allows, and says why in a 400.
UNTOLD = {
    "check_functions": "versions that were uploaded",
    "create_asset_version": "a Path with a name, for private assets",
    "create_build": "versions that were uploaded, packages as JSON text",
    "create_function_version": "Content in UTF-8",
    "create_host_name": "a name that RFC 1035 and IDNA allow, outside reserved domains",
    "create_iam_key": "a policy as JSON text, for restricted keys alone",
    "update_account": "another status for a subaccount, never for the account itself",
    "update_api_key": "a policy for restricted keys alone",
    "update_iam_key": "a policy as JSON text, for restricted keys alone",
}


def basic(username: str, password: str) -> str:
    """An Authorization header."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def what_is_there(world: World, path: str) -> dict[str, str]:
    """What leads somewhere on a path: `Sid` is what the part before it is about."""
    known = {
        "ServiceSid": world.service,
        "service": world.service,
        "EnvironmentSid": world.environment,
        "environment_sid": world.environment,
        "FunctionSid": world.function,
        "AssetSid": world.asset,
        "AccountSid": ACCOUNT_SID,
        "id": world.user,
        "host": world.host,
    }
    last = {
        "Services/{Sid}": world.service,
        "Environments/{Sid}": world.environment,
        "Variables/{Sid}": world.variable,
        "Functions/{Sid}": world.function,
        "Functions/{FunctionSid}/Versions/{Sid}": world.function_version,
        "Assets/{Sid}": world.asset,
        "Assets/{AssetSid}/Versions/{Sid}": world.asset_version,
        "Builds/{Sid}": world.build,
        "builds/{sid}": world.build,
        "Deployments/{Sid}": world.deployment,
        "Keys/{Sid}": world.key,
        "api-keys/{sid}": world.key,
        "Applications/{Sid}": world.application,
        "accounts/{sid}": ACCOUNT_SID,
    }
    sids = {name: sid for part, sid in last.items() if part in path for name in ("Sid", "sid")}
    return {**known, **sids}


@contextmanager
def ended_tails(served: Served) -> Iterator[None]:
    """End live tails soon after they begin: each would go on for an hour."""

    async def end_always() -> None:
        while True:
            await asyncio.sleep(TAIL_SECONDS)
            served.api.tails.close()

    ending = asyncio.run_coroutine_threadsafe(end_always(), served.loop)
    try:
        yield
    finally:
        ending.cancel()


def findings(served: Served, examples: int, phases: tuple[str, ...]) -> tuple[list[str], dict[str, set[int]]]:
    """What schemathesis finds, in its own words, and which statuses each operation answered."""
    world = make_world(served.url)
    # Not the account's token: one of the paths makes it worthless.
    sid, secret = make_main_key(served.url)
    config = schemathesis.Config.from_dict(
        {
            "base-url": served.url,
            "headers": {"Authorization": basic(sid, secret)},
            "continue-on-failure": True,
            "request-timeout": 30,
            "seed": 1,
            "generation": {"max-examples": examples, "no-shrink": True, "database": ":memory:"},
            "phases": {name: {"enabled": name in phases} for name in ("examples", "coverage", "fuzzing", "stateful")},
            "operations": [
                {
                    "include-operation-id": name,
                    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "404", "409"]}},
                }
                for name in UNTOLD
            ],
        }
    )
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json", config=config)

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: dict[str, Any]) -> dict[str, Any]:
        """Mostly ask for what is there; what is deleted, or asked for otherwise, is schemathesis' own."""
        if not path_parameters or sid in path_parameters.values():
            return dict.fromkeys(path_parameters or (), world.key)
        if context.operation.method == "delete" or zlib.crc32(repr(path_parameters).encode()) % 4 == 0:
            return path_parameters
        there = what_is_there(world, context.operation.path)
        return {name: there.get(name, value) for name, value in path_parameters.items()}

    found: list[str] = []
    statuses: dict[str, set[int]] = {}
    with ended_tails(served):
        for event in from_schema(schema).execute():
            if isinstance(event, (events.NonFatalError, events.FatalError)):
                found.append(repr(event))
            if isinstance(event, events.ScenarioFinished):
                for case, interaction in event.recorder.interactions.items():
                    if interaction.response is not None:
                        label = event.recorder.cases[case].value.operation.label
                        statuses.setdefault(label, set()).add(interaction.response.status_code)
                for case, checks in event.recorder.checks.items():
                    interaction = event.recorder.interactions[case]
                    found += [
                        tell(check.failure_info, interaction) for check in checks if check.failure_info is not None
                    ]
    return found, statuses


def tell(wrong: Any, interaction: Any) -> str:
    """A finding, what was asked, and what was answered."""
    answered = interaction.response.content[:300] if interaction.response is not None else None
    failure = wrong.failure
    return f"{failure.operation}: {failure.title}: {failure.message}\n{answered}\n{wrong.code_sample}"


def judge(opening: Callable[[], AbstractAsyncContextManager[Store]], examples: int, *phases: str) -> None:
    """Ask everything, and fail with what is found."""
    with serve_api(opening) as served:
        found, statuses = findings(served, examples, phases)

    assert found == [], "\n\n".join(found[:5])
    # Without this a wrong password would make everything right.
    succeeded = [label for label, seen in statuses.items() if any(status < 300 for status in seen)]
    assert len(succeeded) > 0.75 * len(statuses) > 50


def test_every_operation_is_known() -> None:
    """Paths and operation ids are a contract: generated clients are named after them. Add lines here; change none."""
    with serve_api() as served:
        document = httpx2.get(f"{served.url}/openapi.json").json()

    listed = [
        f"{method.upper()} {path} {operation['operationId']}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert sorted(listed) == OPERATIONS.read_text("utf-8").splitlines()
    assert len({line.rpartition(" ")[2] for line in listed}) == len(listed)


def test_document_leaves_no_reference_open() -> None:
    """Every `$ref` leads to a schema that is there, and every schema is asked for."""
    with serve_api() as served:
        document = httpx2.get(f"{served.url}/openapi.json").json()

    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    referred = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert referred == set(schemas)


@pytest.mark.timeout(600)
def test_schemathesis_finds_nothing_on_sqlite() -> None:
    """Whatever is asked, no answer is a 500, and every answer is what the document says."""
    judge(sqlite_memory, EXAMPLES, "fuzzing")


@pytest.mark.timeout(600)
@pytest.mark.needs("postgres")
def test_schemathesis_finds_nothing_on_postgresql() -> None:
    """The other database takes less in its texts, and says so in another way."""
    judge(postgres, EXAMPLES, "fuzzing")


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.needs("postgres")
@pytest.mark.parametrize("opening", [sqlite_memory, postgres])
def test_schemathesis_finds_nothing_at_length(
    opening: Callable[[], AbstractAsyncContextManager[Store]],
) -> None:
    """The same with every phase, and many more examples."""
    judge(opening, EXAMPLES_LONG, "coverage", "fuzzing", "stateful")
