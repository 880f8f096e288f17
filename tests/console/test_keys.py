"""API keys on their pages: made, shown once, renamed, rotated, revoked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from gettone.model.api_keys import ApiKeyType
from gettone.model.users import Role
from tests.console.rooms import let_in, owner
from tests.console.serving import Served, open_console
from tests.control.offices import ACCOUNT_SID

pytestmark = pytest.mark.anyio

NAME = "Kitchen display"
TOO_LONG = "x" * 65
SECRET = re.compile(r'id="key-secret-value">(\w{32})<')


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A console of one's own, with its owner signed in."""
    async with open_console() as served:
        await let_in(served)
        yield served


async def make(served: Served, **fields: str | list[str]) -> tuple[str, str]:
    """Make a key on its page; its SID and secret."""
    made = await served.browser.post("/keys/new", data={"friendly_name": NAME, "type": "standard", **fields})
    secret, sid = SECRET.search(made.text), re.search(r"/keys/(SK\w{32})/got-it", made.text)
    assert made.status_code == 201
    assert secret is not None
    assert sid is not None
    return sid[1], secret[1]


async def test_secret_is_shown_once(served: Served) -> None:
    """SID and secret are in the answer; no page that is asked for afterwards has the secret."""
    sid, secret = await make(served)
    done = await served.browser.post(f"/keys/{sid}/got-it", data={"secret": secret, "got": "on"})
    pages = {path: await served.browser.get(path) for path in ("/keys", f"/keys/{sid}", "/", "/tokens", "/audit")}

    assert done.headers["location"].startswith("/keys?")
    assert {page.status_code for page in pages.values()} == {200}
    assert [path for path, page in pages.items() if secret in page.text] == []
    assert NAME in pages["/keys"].text
    assert sid in pages[f"/keys/{sid}"].text


async def test_secret_goes_into_an_environments_variables(served: Served) -> None:
    """Where that was chosen: SID and secret are variables there."""
    service = await served.desk.editing.make_service(owner(), unique_name="rooms")
    [environment] = (await served.desk.editing.open(owner(), service=service.sid)).environments[:1]
    sid, secret = await make(served)
    place = f"{service.sid}.{environment.sid}"
    done = await served.browser.post(f"/keys/{sid}/got-it", data={"secret": secret, "got": "on", "place": place})
    page = await served.browser.get(done.headers["location"])

    assert done.headers["location"].startswith(f"/services/{service.sid}/variables")
    assert "API_KEY" in page.text
    assert "API_SECRET" in page.text
    assert secret not in page.text


async def test_wrong_name_is_told_in_its_field(served: Served) -> None:
    """What was typed and chosen is kept, and no key is made."""
    answer = await served.browser.post("/keys/new", data={"friendly_name": TOO_LONG, "type": "main"})

    assert answer.status_code == 400
    assert 'id="friendly_name-problem"' in answer.text
    assert f'value="{TOO_LONG}"' in answer.text
    assert re.search(r'value="main"[^>]* checked', answer.text)
    assert TOO_LONG not in (await served.browser.get("/keys")).text


async def test_policy_of_nothing_is_told_where_it_is_chosen(served: Served) -> None:
    """Of a new key and of one that is there; boxes that were cleared stay clear."""
    sid, _ = await make(served, type="restricted", policy=["logs:read"])
    new = await served.browser.post("/keys/new", data={"friendly_name": NAME, "type": "restricted"})
    old = await served.browser.post(f"/keys/{sid}", data={"friendly_name": NAME})

    for answer in (new, old):
        assert answer.status_code == 400
        assert re.search(r'<fieldset[^>]*aria-describedby="policy-problem"', answer.text)
        assert 'id="policy-problem"' in answer.text
        assert not re.search(r'name="policy"[^>]* checked', answer.text)


async def test_rotation_says_until_when_the_old_secret_counts(served: Served) -> None:
    """An hour from 09:30 in UTC; the new secret is another, and shown once."""
    sid, old = await make(served)
    rotated = await served.browser.post(f"/keys/{sid}/rotate", data={"overlap": "3600"})
    page, listed = await served.browser.get(f"/keys/{sid}"), await served.browser.get("/keys")
    found = SECRET.search(rotated.text)

    assert found is not None
    assert found[1] != old
    for shown in (rotated, page, listed):
        assert "10:30" in shown.text
    assert found[1] not in page.text + listed.text


async def test_rotation_without_overlap_ends_the_old_secret(served: Served) -> None:
    """No page says that it still counts."""
    sid, _ = await make(served)
    await served.browser.post(f"/keys/{sid}/rotate", data={"overlap": "0"})
    key = await served.desk.api_keys.get(owner(), account_sid=ACCOUNT_SID, sid=sid)

    assert key.previous_secret is None
    assert "chip warn" not in (await served.browser.get("/keys")).text


async def test_key_is_renamed(served: Served) -> None:
    """A name that is too long is told in its field, and stays there."""
    sid, _ = await make(served)
    wrong = await served.browser.post(f"/keys/{sid}", data={"friendly_name": TOO_LONG})
    done = await served.browser.post(f"/keys/{sid}", data={"friendly_name": "Hall display"})
    page = await served.browser.get(done.headers["location"])

    assert wrong.status_code == 400
    assert 'id="friendly_name-problem"' in wrong.text
    assert f'value="{TOO_LONG}"' in wrong.text
    assert "<h1>Hall display</h1>" in page.text


async def test_revoking_is_asked_first(served: Served) -> None:
    """The page names the key; the deed ends it."""
    sid, _ = await make(served)
    asked = await served.browser.get(f"/keys/{sid}/revoke")
    still = await served.browser.get(f"/keys/{sid}")
    done = await served.browser.post(f"/keys/{sid}/revoke")

    assert NAME in asked.text
    assert sid in asked.text
    assert still.status_code == 200
    assert done.status_code == 303
    assert (await served.browser.get(f"/keys/{sid}")).status_code == 404


async def test_restricted_key_has_what_was_ticked(served: Served) -> None:
    """Its page has the same ticks, and changes them."""
    sid, _ = await make(served, type="restricted", policy=["logs:read", "services:read"])
    page = await served.browser.get(f"/keys/{sid}")
    await served.browser.post(f"/keys/{sid}", data={"friendly_name": NAME, "policy": ["logs:read"]})
    key = await served.desk.api_keys.get(owner(), account_sid=ACCOUNT_SID, sid=sid)
    ticked = re.findall(r'name="policy" value="([^"]+)"[^>]* checked', page.text)

    assert sorted(ticked) == ["logs:read", "services:read"]
    assert key.type is ApiKeyType.RESTRICTED
    assert key.policy == ("logs:read",)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
async def test_only_owners_do_anything_with_keys(served: Served, role: Role) -> None:
    """Others see no deed, and every address of one is shut."""
    sid, secret = await make(served)
    await let_in(served, role)
    shut = [await served.browser.get(path) for path in ("/keys", "/keys/new", f"/keys/{sid}", f"/keys/{sid}/revoke")]
    shut += [
        await served.browser.post(path, data={"friendly_name": "mine"})
        for path in ("/keys/new", f"/keys/{sid}", f"/keys/{sid}/rotate", f"/keys/{sid}/revoke")
    ]

    assert [answer.status_code for answer in shut] == [403] * len(shut)
    assert not any(secret in answer.text for answer in shut)
    assert "/keys/new" not in (await served.browser.get("/")).text
    key = await served.desk.api_keys.get(owner(), account_sid=ACCOUNT_SID, sid=sid)
    assert key.friendly_name == NAME
