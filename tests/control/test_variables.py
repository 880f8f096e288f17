"""Variables: which there may be, how much of them, and that a change is served when it is made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.control.variable_rules import RESERVED, check_key, check_value, payload_bytes
from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError
from gettone.model.pages import PageRequest
from gettone.model.users import Role
from tests.control.desks import Desk, open_desk
from tests.control.offices import ACCOUNT_SID, AUTH_TOKEN, FIGURES, holder, key, member
from tests.control.refusals import refusal


@pytest.fixture
async def desk(anyio_backend: str) -> AsyncIterator[Desk]:
    """Two accounts, and all use cases."""
    async with open_desk() as opened:
        yield opened


async def place(desk: Desk, *, credentials: bool = True) -> dict[str, str]:
    """An environment, as variables ask for it."""
    service = await desk.services.create(
        holder(), unique_name="shop", friendly_name="shop", include_credentials=credentials
    )
    environment = await desk.environment("shop")
    return {"service": service.sid, "environment_sid": environment.sid}


@pytest.mark.parametrize("key", ["A", "_", "a1", "API_KEY", "a" * 128, "DOMAIN_NAME", "SERVICE_SID", "AUTH_TOKEN"])
def test_key_is_a_name_in_any_language(key: str) -> None:
    """What the platform says of itself may be overridden, as at Twilio."""
    check_key(key, 128)


@pytest.mark.parametrize("key", ["", "1A", "A-B", "A B", "A.B", "Ä", "a" * 129, "A\n", "A\0", "A=B", *sorted(RESERVED)])
def test_key_that_no_process_or_context_can_have_is_refused(key: str) -> None:
    """Letters, digits and underscores, 128 of them at most; PATH and the client's names are the platform's."""
    with pytest.raises(PlatformError) as caught:
        check_key(key, 128)

    assert (caught.value.code, caught.value.evidence["parameter"]) == ("invalid", "Key")


@pytest.mark.parametrize("value", ["", " ", "a" * 450, "ä" * 225, "a\nb", "🔑" * 112])
def test_value_is_any_text_of_450_bytes(value: str) -> None:
    """Nothing is a value, too."""
    check_value("A", value, 450)


@pytest.mark.parametrize("value", ["a" * 451, "ä" * 226, "secret\0", "secret\ud800"])
def test_value_that_no_process_can_have_is_refused_unshown(value: str) -> None:
    """The message has the key, the figures, and nothing of the value."""
    with pytest.raises(PlatformError) as caught:
        check_value("MY_KEY", value, 450)

    assert caught.value.code == "invalid"
    assert "MY_KEY" in caught.value.message
    assert "secret" not in repr(caught.value)
    assert "aaa" not in caught.value.message


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))))
def test_payload_weighs_what_is_published(values: dict[str, str]) -> None:
    """What is counted here is counted again, in another way, where a snapshot is compiled."""
    assert payload_bytes(values) == len(msgspec.json.encode(values))


@pytest.mark.anyio
async def test_variable_is_served_while_it_is_there(desk: Desk) -> None:
    """Each change is a publication, without a deployment: made, renamed, given another value, deleted."""
    where = await place(desk)
    environment = await desk.environments.get(holder(), service="shop", sid=where["environment_sid"])
    deployed = await desk.deploy(environment, await desk.build("shop"))
    made = await desk.variables.create(holder(), **where, key="GREETING", value="")

    async def served() -> dict[str, str]:
        segment = await desk.served(environment)
        assert segment is not None
        assert segment.deployment_sid == deployed.sid
        return dict(segment.variables)

    credentials = {"ACCOUNT_SID": ACCOUNT_SID, "AUTH_TOKEN": AUTH_TOKEN}
    assert await served() == {**credentials, "GREETING": ""}
    await desk.variables.update(holder(), **where, sid=made.sid, value="hello")
    assert await served() == {**credentials, "GREETING": "hello"}
    await desk.variables.update(holder(), **where, sid=made.sid, key="WELCOME")
    assert await served() == {**credentials, "WELCOME": "hello"}
    await desk.variables.delete(holder(), **where, sid=made.sid)
    assert await served() == credentials
    assert (await refusal(desk.variables.get(holder(), **where, sid=made.sid))).code == "not_found"


@pytest.mark.anyio
async def test_value_lies_sealed_and_opens_for_its_own_row(desk: Desk) -> None:
    """Not in the row, not in its repr, not in the audit log; the key is there."""
    where = await place(desk)
    made = await desk.variables.create(holder(), **where, key="API_SECRET", value="open sesame")
    other = await desk.variables.create(holder(), **where, key="OTHER", value="1")

    assert b"sesame" not in made.value
    assert "sesame" not in repr(made)
    assert desk.variables.read(made) == "open sesame"
    assert (await desk.variables.list(holder(), **where, page=PageRequest())).items == (other, made)
    with pytest.raises(PlatformError):
        desk.variables.read(replace(other, value=made.value))
    log = await desk.audited()
    assert ("variable.create", where["environment_sid"], {"keys": "API_SECRET"}) in log
    assert "sesame" not in str(log)


@pytest.mark.anyio
async def test_key_is_taken_once(desk: Desk) -> None:
    """By another variable; a variable may keep its own name."""
    where = await place(desk)
    first = await desk.variables.create(holder(), **where, key="A", value="1")
    second = await desk.variables.create(holder(), **where, key="B", value="2")

    assert (await refusal(desk.variables.create(holder(), **where, key="A", value="3"))).code == "conflict"
    assert (await refusal(desk.variables.update(holder(), **where, sid=second.sid, key="A"))).code == "conflict"
    kept = await desk.variables.update(holder(), **where, sid=first.sid, key="A", value="4")
    assert desk.variables.read(kept) == "4"
    assert (await desk.variables.create(holder(), **where, key="a", value="other case")).key == "a"


@pytest.mark.anyio
async def test_variables_are_bounded_in_sum(desk: Desk) -> None:
    """3 kB as JSON with what the platform adds: what would be too much is undone, and the message says by how much."""
    where = await place(desk)
    bare = payload_bytes({"ACCOUNT_SID": ACCOUNT_SID, "AUTH_TOKEN": AUTH_TOKEN})
    values = {f"KEY_{number}": "a" * 450 for number in range(6)}
    room = 3072 - payload_bytes(values) - bare + 1 - len(',"LAST":""')
    await desk.variables.replace_all(holder(), **where, values=values, keep_others=True)

    error = await refusal(desk.variables.create(holder(), **where, key="LAST", value="a" * (room + 2)))
    last = await desk.variables.create(holder(), **where, key="LAST", value="a" * room)
    grown = await refusal(desk.variables.update(holder(), **where, sid=last.sid, value="a" * (room + 1)))

    assert error.code == "invalid"
    assert ": 2 more than the 3072" in error.message
    assert ": 1 more than the 3072" in grown.message
    kept = await desk.variables.list(holder(), **where, page=PageRequest())
    assert [len(desk.variables.read(each)) for each in kept.items] == [room, *[450] * 6]


@pytest.mark.anyio
async def test_credentials_count_when_they_are_given(desk: Desk) -> None:
    """A service that would add them to full environments is refused, and stays as it is."""
    where = await place(desk, credentials=False)
    values = {f"KEY_{number}": "a" * 450 for number in range(6)} | {"LAST": "a" * 250}
    await desk.variables.replace_all(holder(), **where, values=values, keep_others=True)

    error = await refusal(desk.services.update(holder(), service="shop", include_credentials=True))

    assert error.code == "invalid"
    assert "production" in error.message
    assert not (await desk.services.get(holder(), service="shop")).include_credentials


@pytest.mark.anyio
async def test_all_are_replaced_at_once(desk: Desk) -> None:
    """What is equal stays untouched; what is not named stays or goes, as wanted; one bad one undoes all."""
    where = await place(desk)
    for name in ("A", "B", "C"):
        await desk.variables.create(holder(), **where, key=name, value=name)
    before = {each.key: each for each in (await desk.variables.list(holder(), **where, page=PageRequest())).items}

    async def now() -> dict[str, str]:
        kept = (await desk.variables.list(holder(), **where, page=PageRequest())).items
        return {each.key: desk.variables.read(each) for each in kept}

    replace_all = desk.variables.replace_all
    assert await replace_all(holder(), **where, values={"A": "A", "B": "2", "D": ""}, keep_others=True) == ["B", "D"]
    assert await now() == {"A": "A", "B": "2", "C": "C", "D": ""}
    assert await desk.variables.get(holder(), **where, sid=before["A"].sid) == before["A"]
    error = await refusal(replace_all(holder(), **where, values={"A": "9", "B-": "x"}, keep_others=False))
    assert error.code == "invalid"
    assert (await now())["A"] == "A"
    assert await replace_all(holder(), **where, values={"A": "A"}, keep_others=False) == ["B", "C", "D"]
    assert await now() == {"A": "A"}
    assert await replace_all(holder(), **where, values={"A": "A"}, keep_others=False) == []


@pytest.mark.anyio
async def test_values_show_to_whom_they_may(desk: Desk) -> None:
    """A viewer and a key that deploys see which variables there are."""
    where = await place(desk)
    made = await desk.variables.create(holder(), **where, key="A", value="1")

    deploying = key(ApiKeyType.RESTRICTED, "deploy")
    for who, sees in [
        (holder(), True),
        (member(Role.DEVELOPER), True),
        (member(Role.VIEWER), False),
        (deploying, False),
    ]:
        assert await desk.variables.get(who, **where, sid=made.sid) == made
        assert desk.variables.may_read(who, made) is sees


@pytest.mark.anyio
async def test_bound_of_one_value_is_a_setting(anyio_backend: str) -> None:
    """An operator may allow more than Twilio does."""
    async with open_desk(limits=replace(FIGURES, variable_value_bytes=2000)) as desk:
        where = await place(desk)
        made = await desk.variables.create(holder(), **where, key="A", value="a" * 2000)

        assert len(desk.variables.read(made)) == 2000
