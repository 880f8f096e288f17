"""Environments: one for each suffix, each with a name of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gettone.model.pages import PageRequest
from tests.control.desks import Desk, open_desk
from tests.control.offices import FIGURES, OTHER_SID, holder
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(anyio_backend: str) -> AsyncIterator[Desk]:
    """Two accounts, and all use cases."""
    async with open_desk() as opened:
        yield opened


async def test_environment_has_a_host_name_of_its_own(desk: Desk) -> None:
    """The base and the suffix in lower case; the base alone for production. It serves nothing yet."""
    service = await desk.service()
    production = await desk.environments.create(holder(), service="shop", unique_name="production", domain_suffix="")
    test = await desk.environments.create(holder(), service="shop", unique_name="a test", domain_suffix="Dev-1")

    assert (production.domain_suffix, production.domain_name) == (None, service.domain_base)
    assert (test.domain_suffix, test.domain_name) == ("Dev-1", f"{service.domain_base}-dev-1")
    assert (test.build_sid, test.deployment_sid) == (None, None)
    assert await desk.environments.get(holder(), service="shop", sid=test.sid) == test
    listed = await desk.environments.list(holder(), service="shop", page=PageRequest())
    assert listed.items == (test, production)


async def test_second_one_of_a_name_or_suffix_is_a_conflict_in_twilios_words(desk: Desk) -> None:
    """Suffixes that differ in case alone would make one host name."""
    await desk.service()
    for name, suffix in [("production", None), ("dev", "dev")]:
        await desk.environments.create(holder(), service="shop", unique_name=name, domain_suffix=suffix)

    for name, suffix in [("production", "x"), ("other", None), ("other", ""), ("other", "dev"), ("other", "DEV")]:
        error = await refusal(
            desk.environments.create(holder(), service="shop", unique_name=name, domain_suffix=suffix)
        )

        assert error.code == "conflict", (name, suffix)
        assert error.message == "Environment with this UniqueName or DomainSuffix already exists."


async def test_names_have_bounds(desk: Desk) -> None:
    """A suffix is a part of a host name; a name is one line."""
    await desk.service()
    for suffix in ["a" * 17, "a_b", "-a", "a-", "a.b", " ", "ä", "a\n"]:
        error = await refusal(desk.environments.create(holder(), service="shop", unique_name="a", domain_suffix=suffix))
        assert (error.code, error.evidence["parameter"]) == ("invalid", "DomainSuffix"), suffix
    for name in ["", " ", "a" * 101, "a\0", "a\nb", "\udc00"]:
        error = await refusal(desk.environments.create(holder(), service="shop", unique_name=name, domain_suffix="b"))
        assert (error.code, error.evidence["parameter"]) == ("invalid", "UniqueName"), name


async def test_host_name_that_is_no_dns_label_is_refused(desk: Desk) -> None:
    """50 characters, a hyphen, four digits: eight are left for a hyphen and a suffix."""
    await desk.service("a" * 50)
    fits = await desk.environment("a" * 50, "1234567")
    error = await refusal(desk.environment("a" * 50, "12345678"))

    assert len(fits.domain_name) == 63
    assert error.code == "invalid"
    assert "63" in error.message


async def test_environments_are_limited(anyio_backend: str) -> None:
    """25 to a service, as at Twilio."""
    async with open_desk(limits=replace(FIGURES, environments_per_service=1)) as desk:
        await desk.service()
        await desk.environment("shop")
        error = await refusal(desk.environment("shop", "dev"))

    assert error.code == "invalid"
    assert "at most 1 environments" in error.message
    assert FIGURES.environments_per_service == 25


async def test_host_name_of_another_service_is_not_given(anyio_backend: str) -> None:
    """`a-1234` with the suffix 5678 would have the name of the service whose base is `a-1234-5678`."""
    numbers = iter([1234, 5678])

    def dice(count: int) -> bytes:
        return next(numbers).to_bytes(8, "big") if count == 8 else made.office.randomness(count)

    async with open_desk() as made:
        desk = Desk(replace(made.office, randomness=dice), made.packages)
        await desk.service("a")
        await desk.services.create(holder(OTHER_SID), unique_name="a-1234", friendly_name="theirs")
        error = await refusal(desk.environment("a", "5678"))

    assert error.code == "conflict"
    assert "a-1234-5678 is taken" in error.message


async def test_deleted_environment_serves_no_more(desk: Desk) -> None:
    """Its variables, host names and deployments go with it; the build stays, and can go now."""
    service = await desk.service()
    environment = await desk.environment("shop", "dev")
    build = await desk.build("shop")
    await desk.variables.create(holder(), service="shop", environment_sid=environment.sid, key="A", value="1")
    await desk.host_names.create(holder(), service="shop", environment_sid=environment.sid, host="api.example.com")
    await desk.deploy(environment, build)
    assert await desk.served(environment) is not None

    await desk.environments.delete(holder(), service="shop", sid=environment.sid)

    assert await desk.served(environment) is None
    error = await refusal(desk.environments.get(holder(), service="shop", sid=environment.sid))
    assert error.code == "not_found"
    assert error.message == (
        f"The requested resource /Services/{service.sid}/Environments/{environment.sid} was not found"
    )
    action, _, detail = (await desk.audited())[-1]
    assert action == "environment.delete"
    assert detail == {"domain_name": environment.domain_name, "variables": "1", "deployments": "1"}
    await desk.builds.delete(holder(), service="shop", sid=build.sid)
