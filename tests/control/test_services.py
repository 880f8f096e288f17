"""Services: names, bounds, and what goes with one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gettone.control.api_keys import ApiKeys
from gettone.control.publication import Publication
from gettone.model.api_keys import ApiKeyType
from gettone.model.pages import PageRequest
from gettone.model.services import ServiceSettings
from gettone.routes.segment import AccountSegment
from tests.control.desks import Desk, open_desk
from tests.control.offices import ACCOUNT_SID, FIGURES, OTHER_SID, holder, key
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio

PAGE = PageRequest()


@pytest.fixture
async def desk(anyio_backend: str) -> AsyncIterator[Desk]:
    """Two accounts, and all use cases."""
    async with open_desk() as opened:
        yield opened


async def test_service_is_found_by_sid_and_by_name(desk: Desk) -> None:
    """A service has what was said of it, and a domain base of its name and four digits."""
    made = await desk.services.create(holder(), unique_name="My-Shop", friendly_name="My shop 👨‍👩‍👧")

    assert (made.unique_name, made.friendly_name) == ("My-Shop", "My shop 👨‍👩‍👧")
    assert (made.include_credentials, made.ui_editable, made.settings) == (True, False, ServiceSettings())
    assert made.domain_base[:-4] == "my-shop-"
    assert made.domain_base[-4:].isdigit()
    assert await desk.services.get(holder(), service=made.sid) == made
    assert await desk.services.get(holder(), service="My-Shop") == made
    assert (await desk.services.list(holder(), page=PAGE)).items == (made,)
    assert ("service.create", made.sid, {"unique_name": "My-Shop"}) in await desk.audited()


async def test_name_that_is_no_label_is_refused(desk: Desk) -> None:
    """Letters, digits and hyphens, at most 50, and nothing that would be read as something else."""
    names = ["", " ", "a_b", "a.b", "a b", "-a", "a-", "ü", "a" * 51, "ZS" + "0" * 32, "xn--a", "a\0", "a/b", "a\n"]
    for name in names:
        error = await refusal(desk.services.create(holder(), unique_name=name, friendly_name="a"))

        assert (error.code, error.evidence["parameter"]) == ("invalid", "UniqueName"), name


async def test_name_of_letters_digits_and_hyphens_is_taken(desk: Desk) -> None:
    """What Twilio takes."""
    for name in ["a", "A9", "a-b", "a" * 50, "0", "a--b"]:
        assert (await desk.service(name)).unique_name == name


async def test_friendly_name_has_bounds(desk: Desk) -> None:
    """One line of at most 255 characters, and not nothing."""
    service = await desk.service()
    for name in ["", "   ", "a" * 256, "a\x00b", "a\nb", "\ud800"]:
        error = await refusal(desk.services.create(holder(), unique_name="a", friendly_name=name))

        assert (error.code, error.evidence["parameter"]) == ("invalid", "FriendlyName"), name
        error = await refusal(desk.services.update(holder(), service=service.sid, friendly_name=name))
        assert error.code == "invalid"


async def test_name_is_taken_once_in_an_account(desk: Desk) -> None:
    """The second is a conflict that names it; another account may have the same."""
    await desk.service("shop")
    error = await refusal(desk.service("shop"))
    other = await desk.services.create(holder(OTHER_SID), unique_name="shop", friendly_name="theirs")

    assert error.code == "conflict"
    assert "shop" in error.message
    assert other.unique_name == "shop"


async def test_services_are_limited_in_twilios_words(anyio_backend: str) -> None:
    """Clients look for the sentence and the code."""
    async with open_desk(limits=replace(FIGURES, services_per_account=2)) as desk:
        await desk.service("a")
        await desk.service("b")
        error = await refusal(desk.service("c"))

    assert error.message == "Services are limited to less than or equal to 2"
    assert (error.code, error.evidence["twilio_code"]) == ("invalid", 20001)
    assert FIGURES.services_per_account == 50


async def test_domain_base_that_is_taken_is_not_given_again(anyio_backend: str) -> None:
    """Two accounts, one name, the same dice: the second is thrown again. What an environment is called counts, too."""
    numbers = iter([1234, 1234, 5678, 9999, 5678, 1111])

    def dice(count: int) -> bytes:
        return next(numbers).to_bytes(8, "big") if count == 8 else made.office.randomness(count)

    async with open_desk() as made:
        desk = Desk(replace(made.office, randomness=dice), made.packages)
        first = await desk.services.create(holder(), unique_name="a", friendly_name="a")
        second = await desk.services.create(holder(OTHER_SID), unique_name="A", friendly_name="a")
        await desk.environments.create(holder(), service="a", unique_name="dev", domain_suffix="9999")
        third = await desk.services.create(holder(), unique_name="a-1234", friendly_name="a")

    assert [first.domain_base, second.domain_base, third.domain_base] == ["a-1234", "a-5678", "a-1234-5678"]


async def test_update_changes_what_is_given_and_publishes_what_counts(desk: Desk) -> None:
    """A friendly name is nobody's business but the console's; credentials and bounds are served."""
    service = await desk.service()
    environment = await desk.environment(service.sid)
    build = await desk.build(service.sid)
    await desk.deploy(environment, build)
    first = await desk.revision()

    renamed = await desk.services.update(holder(), service="shop", friendly_name="The shop", ui_editable=True)
    assert (renamed.friendly_name, renamed.ui_editable, renamed.unique_name) == ("The shop", True, "shop")
    assert await desk.revision() == first

    await desk.services.update(
        holder(), service="shop", include_credentials=False, settings=ServiceSettings(timeout_seconds=3)
    )
    served = await desk.served(environment)
    assert served is not None
    assert served.settings.timeout_seconds == 3
    assert "AUTH_TOKEN" not in served.variables
    assert await desk.revision() == first + 1


async def test_update_that_changes_nothing_is_none(desk: Desk) -> None:
    """Not even the time of the last change."""
    service = await desk.service()
    before = len(await desk.audited())

    assert await desk.services.update(holder(), service=service.sid, friendly_name="shop") == service
    assert len(await desk.audited()) == before


async def test_settings_have_bounds(desk: Desk) -> None:
    """Every pool and every wait has an end."""
    service = await desk.service()
    wrong = [
        *(ServiceSettings(concurrency=count) for count in (0, 1001)),
        *(ServiceSettings(workers_max=count) for count in (0, 1001)),
        *(ServiceSettings(timeout_seconds=seconds) for seconds in (0, -1, 300.5, float("nan"), float("inf"))),
    ]
    for settings in wrong:
        changing = desk.services.update(holder(), service=service.sid, settings=settings)
        making = desk.services.create(holder(), unique_name="b", friendly_name="b", settings=settings)

        assert (await refusal(changing)).code == "invalid", settings
        assert (await refusal(making)).code == "invalid", settings


async def test_deleted_service_takes_everything_with_it(desk: Desk) -> None:
    """What it served is gone, the keys that were limited to it are gone, and the audit log tells what went."""
    service = await desk.service()
    environment = await desk.environment(service.sid)
    build = await desk.build(service.sid)
    await desk.deploy(environment, build)
    limited = await ApiKeys(desk.office).create(
        holder(), account_sid=ACCOUNT_SID, type=ApiKeyType.STANDARD, service=service.sid
    )

    await desk.services.delete(holder(), service="shop")

    assert (await refusal(desk.services.get(holder(), service=service.sid))).code == "not_found"
    assert await desk.served(environment) is None
    async with desk.office.store.reading() as tx:
        account = await (await Publication.open(tx, desk.office.vault)).find(ACCOUNT_SID)
        assert await tx.builds.count() == await tx.functions.count() == await tx.environments.count() == 0
    assert isinstance(account, AccountSegment)
    assert account.keys == ()
    action, target, detail = (await desk.audited())[-1]
    assert (action, target) == ("service.delete", service.sid)
    assert detail == {
        "unique_name": "shop",
        "environments": service.domain_base,
        "functions": "1",
        "assets": "0",
        "builds": "1",
        "api_keys": limited.key.sid,
    }


async def test_key_of_one_service_sees_that_one(desk: Desk) -> None:
    """It reads its service, in lists as well, and neither changes it nor makes another."""
    mine, other = await desk.service("mine"), await desk.service("other")
    limited = key(service_sid=mine.sid)

    assert (await desk.services.list(limited, page=PAGE)).items == (mine,)
    assert await desk.services.get(limited, service="mine") == mine
    assert (await refusal(desk.services.get(limited, service=other.sid))).code == "denied"
    assert (await refusal(desk.services.update(limited, service=mine.sid, ui_editable=True))).code == "denied"
    assert (await refusal(desk.services.delete(limited, service=mine.sid))).code == "denied"
    assert (await refusal(desk.services.create(limited, unique_name="a", friendly_name="a"))).code == "denied"
