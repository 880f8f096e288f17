"""Tokens on their page: pasted and read, checked when asked, minted; and the code that fetches one."""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import patch

import pytest

from gettone.console.snippets import EXAMPLE_URL, is_address, snippets
from gettone.console.token_mint import FIELDS, KINDS
from gettone.console.token_words import grant_sentences, text_of
from gettone.control.api_keys import NewApiKey
from gettone.control.applications import ApplicationFields
from gettone.model.api_keys import ApiKeyType
from gettone.model.pages import PageRequest
from gettone.model.users import Role
from gettone.tokens import AccessToken, VideoGrant, decode
from gettone.tokens.encoding import encode_base64url
from tests.console import serving
from tests.console.rooms import PATH, let_in, open_rooms, owner
from tests.console.serving import Served, open_console
from tests.control.offices import ACCOUNT_SID, Clock, open_office

pytestmark = pytest.mark.anyio

STRANGE_KEY, STRANGE_SECRET = "SK" + "f" * 32, "f" * 32


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A console at the time of this machine, by which tokens are minted; its owner is signed in."""
    clock = Clock(datetime.now(UTC))
    with patch.object(serving, "open_office", lambda store: open_office(store, clock=clock)):
        async with open_console() as served:
            await let_in(served)
            yield served


async def make_key(served: Served, key_type: ApiKeyType = ApiKeyType.STANDARD) -> NewApiKey:
    """A key of the account."""
    policy = ["logs:read"] if key_type is ApiKeyType.RESTRICTED else None
    return await served.desk.api_keys.create(
        owner(), account_sid=ACCOUNT_SID, friendly_name=f"the {key_type} one", type=key_type, policy=policy
    )


def signed_by(key_sid: str, secret: str, ttl: int = 3480) -> str:
    """A token as a function makes it, good for 58 minutes."""
    return AccessToken(ACCOUNT_SID, key_sid, secret, [VideoGrant("kitchen")], "alice").to_jwt(ttl)


async def read(served: Served, token: str, **fields: str) -> str:
    """The page that a pasted token leads to."""
    answer = await served.browser.post("/tokens/read", data={"token": token, **fields})
    return html.unescape(answer.text)


async def test_token_is_read_in_words(served: Served) -> None:
    """Whom it is for, what it opens, when it ends; header and claims beside that; and that nobody has checked it."""
    page = await read(served, signed_by(STRANGE_KEY, STRANGE_SECRET))

    assert "For alice" in page
    assert "May join the video room kitchen" in page
    assert "Expires in 57 minutes" in page or "Expires in 58 minutes" in page
    assert "good for 58 minutes" in page
    assert '"alg": "HS256"' in page
    assert f'"iss": "{STRANGE_KEY}"' in page
    assert "Not verified." in page


@pytest.mark.parametrize(
    ("secret", "said"),
    [("", "One of this account's keys signed it, and it is good now."), ("x" * 32, "The signature is not that")],
    ids=["good", "forged"],
)
async def test_signature_is_checked_when_asked(served: Served, secret: str, said: str) -> None:
    """Against the account's own keys."""
    made = await make_key(served)
    page = await read(served, signed_by(made.key.sid, secret or made.secret), check="on")

    assert said in page
    assert "Not verified." not in page


async def test_strange_key_is_told_apart_from_a_forged_signature(served: Served) -> None:
    """It cannot be checked here, which is no word on who wrote it."""
    page = await read(served, signed_by(STRANGE_KEY, STRANGE_SECRET), check="on")

    assert "a key that this account does not have" in page


async def test_pasted_token_is_neither_kept_nor_logged(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """It is on the page of its answer, and nowhere else: no address, no log line, no entry of the audit log."""
    token = signed_by((await make_key(served)).key.sid, STRANGE_SECRET)
    before = await served.desk.audit.list(owner(), page=PageRequest())
    with caplog.at_level(logging.DEBUG):
        answer = await served.browser.post("/tokens/read", data={"token": token, "check": "on"})
    later = await served.browser.get("/tokens")

    assert token in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert not any(part in line for part in token.split(".") for line in caplog.messages)
    assert token not in later.text
    assert await served.desk.audit.list(owner(), page=PageRequest()) == before


@pytest.mark.parametrize("text", ["", "hello", "a.b.c", "<script>alert(1)</script>"])
async def test_what_is_no_token_is_said_in_its_field(served: Served, text: str) -> None:
    """And stays there, as text."""
    answer = await served.browser.post("/tokens/read", data={"token": text})

    assert answer.status_code == 400
    assert 'id="token-problem"' in answer.text
    assert "<script>alert" not in answer.text
    assert html.escape(text, quote=False) in answer.text.replace("&#34;", '"')


async def test_broken_lines_of_a_pasted_token_do_no_harm(served: Served) -> None:
    """Terminals and letters break it."""
    token = signed_by(STRANGE_KEY, STRANGE_SECRET)

    assert "For alice" in await read(served, f"  {token[:40]}\r\n {token[40:]}\n")


async def test_what_a_token_says_is_text(served: Served) -> None:
    """Anybody can write one."""
    token = AccessToken(ACCOUNT_SID, STRANGE_KEY, STRANGE_SECRET, [VideoGrant("<b>x")], "<img src=x>").to_jwt()
    answer = await served.browser.post("/tokens/read", data={"token": token})

    assert "<img src=x>" not in answer.text
    assert "<b>x" not in answer.text


@pytest.mark.parametrize(
    ("fields", "grants"),
    [
        ({"kind": "video", "room": "kitchen"}, {"video": {"room": "kitchen"}}),
        ({"kind": "video"}, {"video": {}}),
        (
            {"kind": "voice", "application_sid": "AP1", "incoming": "on"},
            {"voice": {"incoming": {"allow": True}, "outgoing": {"application_sid": "AP1"}}},
        ),
        ({"kind": "chat", "service_sid": "IS1"}, {"chat": {"service_sid": "IS1"}}),
        ({"kind": "sync", "service_sid": "IS2"}, {"data_sync": {"service_sid": "IS2"}}),
        ({"kind": "task_router", "workspace_sid": "WS1"}, {"task_router": {"workspace_sid": "WS1"}}),
        ({"kind": "playback", "player": '{"streamerSid": "VJ1"}'}, {"player": {"streamerSid": "VJ1"}}),
    ],
    ids=["room", "any room", "voice", "chat", "sync", "task router", "playback"],
)
async def test_token_of_each_kind_is_minted(served: Served, fields: dict[str, str], grants: dict[str, object]) -> None:
    """With the chosen key, for as long as was chosen; it is read and checked on the same page."""
    made = await make_key(served)
    form = {"key": made.key.sid, "identity": "alice", "ttl": "600", **fields}
    answer = await served.browser.post("/tokens/mint", data=form)
    minted = re.search(r'id="token-text">(.*?)</p>', answer.text)
    assert answer.status_code == 201
    assert minted is not None
    claims = decode(re.sub(r"<[^>]+>", "", minted[1])).claims

    assert claims["grants"] == {"identity": "alice", **grants}
    assert claims["iss"] == made.key.sid
    assert "good for 10 minutes" in answer.text
    assert "it is good now" in answer.text


async def test_minting_is_audited_without_the_token(served: Served) -> None:
    """Who, with which key, for whom."""
    made = await make_key(served)
    await served.browser.post("/tokens/mint", data={"kind": "video", "key": made.key.sid, "identity": "alice"})
    entry = (await served.desk.audit.list(owner(), page=PageRequest(size=1))).items[0]

    assert (entry.action, entry.target, entry.detail["identity"]) == ("token.mint", made.key.sid, "alice")
    assert "eyJ" not in repr(entry)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"identity": ""}, "identity"),
        ({"key": STRANGE_KEY}, "key"),
        ({"kind": "playback", "player": "[1]"}, "player"),
        ({"kind": "playback", "player": "[" * 100_000}, "player"),
    ],
    ids=["identity", "key", "player", "deep"],
)
async def test_what_cannot_be_minted_is_said_in_its_field(served: Served, fields: dict[str, str], field: str) -> None:
    """And the form keeps what was typed."""
    made = await make_key(served)
    form = {"kind": "video", "key": made.key.sid, "identity": "alice", "room": "the kitchen", **fields}
    answer = await served.browser.post("/tokens/mint", data=form)

    assert answer.status_code == 400
    assert f'id="{field}-problem"' in answer.text
    assert fields.get("kind") == "playback" or 'value="the kitchen"' in answer.text


async def test_each_kind_has_a_form_that_is_chosen_by_a_link(served: Served) -> None:
    """Nothing needs a script; a voice token may name one of the account's apps."""
    await make_key(served)
    app = await served.desk.applications.create(
        owner(), account_sid=ACCOUNT_SID, fields=ApplicationFields(friendly_name="phone")
    )
    pages = {kind: (await served.browser.get("/tokens", params={"mint": kind})).text for kind in KINDS}

    assert all(f'href="/tokens?mint={other}#mint"' in page for page in pages.values() for other in KINDS)
    assert all(f'name="{field}"' in pages[kind] for kind, fields in FIELDS.items() for field in fields)
    assert f'value="{app.sid}"' in pages["voice"]


async def test_restricted_keys_are_not_offered(served: Served) -> None:
    """They sign no tokens. Without another key, the page says what is needed first."""
    restricted = await make_key(served, ApiKeyType.RESTRICTED)
    page = (await served.browser.get("/tokens")).text

    assert restricted.key.sid not in page
    assert 'href="/keys/new"' in page


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
async def test_only_owners_mint(served: Served, role: Role) -> None:
    """Others read and check tokens; no form mints for them, and no address does."""
    made = await make_key(served)
    await let_in(served, role)
    page = await read(served, signed_by(made.key.sid, made.secret), check="on")
    refused = await served.browser.post("/tokens/mint", data={"key": made.key.sid, "identity": "a", "kind": "video"})

    assert "it is good now" in page
    assert "/tokens/mint" not in page
    assert refused.status_code == 403
    assert "eyJ" not in refused.text


async def test_code_has_the_address_that_was_typed(served: Served) -> None:
    """In all five languages; an address that cannot stand in code is said in its field, and is in none of them."""
    good = (await served.browser.get("/tokens", params={"url": "https://rooms.example.com/t?a=1"})).text
    bad = await served.browser.get("/tokens", params={"url": 'https://x.example/");evil("'})

    assert html.unescape(good).count("https://rooms.example.com/t?a=1") >= 5
    assert 'id="url-problem"' in bad.text
    assert 'evil("' not in "".join(re.findall(r"<pre.*?</pre>", html.unescape(bad.text), re.DOTALL))


async def test_code_has_the_address_of_a_function_that_is_live() -> None:
    """Of the account's own, where there is a public one; else an example."""
    async with open_rooms() as rooms:
        before = (await rooms.served.browser.get("/tokens")).text
        await rooms.save('def handler(context, event):\n    return "hello"\n', visibility="public")
        sheet = await rooms.sheet()
        after = (await rooms.served.browser.get("/tokens")).text

    assert EXAMPLE_URL in before
    assert f"curl -X POST &#39;http://{sheet.host}:8000{PATH}&#39;" in after


@pytest.mark.parametrize("is_json", [True, False])
def test_python_snippet_is_python(is_json: bool) -> None:
    """It compiles as it stands; what it asks for is a form, as every function reads it."""
    code = {each.id: each.code for each in snippets("https://x.example/token", is_json=is_json)}

    compile(code["python"], "snippet", "exec")
    assert list(code) == ["curl", "fetch", "python", "swift", "kotlin"]


@pytest.mark.parametrize(
    "text",
    [
        "ftp://x.example",
        "https://",
        "javascript:alert(1)",
        "https://x/'",
        'https://x/"',
        "https://x/$(id)",
        "https://x/\\",
    ],
)
def test_address_that_would_end_a_text_is_none(text: str) -> None:
    """Code is copied, and run."""
    assert not is_address(text)


@pytest.mark.parametrize(
    ("grants", "keys"),
    [
        ({"identity": "a"}, []),
        ({"video": {}}, ["grant_video_any"]),
        ({"video": None, "voice": 3}, ["grant_video_any", "grant_voice_none"]),
        ({"voice": {"incoming": {"allow": "yes"}}}, ["grant_voice_none"]),
        ({"voice": {"outgoing": {"application_sid": "AP1"}}}, ["grant_voice_out"]),
        ({"chat": {}, "data_sync": {"service_sid": "IS"}}, ["grant_chat_any", "grant_sync"]),
        ({"task_router": {}, "player": {}, "mine": {}}, ["grant_task_router", "grant_player", "grant_other"]),
    ],
)
def test_sentences_bear_whatever_a_token_says(grants: dict[str, object], keys: list[str]) -> None:
    """Anybody can write one."""
    assert [sentence.key for sentence in grant_sentences(json.loads(json.dumps(grants)))] == keys


async def test_last_moment_of_the_calendar_is_told_in_every_zone(served: Served) -> None:
    """What a token says is nobody's fault, and no fault of ours."""
    user = next(iter((await served.desk.users.list(owner(), page=PageRequest())).items)).user
    async with served.office.store.writing() as tx:
        await tx.users.update(replace(user, zone="Pacific/Kiritimati"))
    payload = b'{"exp": 253402300799, "iat": 253370764799, "grants": {}}'
    token = b".".join([encode_base64url(b'{"alg":"HS256"}'), encode_base64url(payload), b"AA"]).decode()
    answer = await served.browser.post("/tokens/read", data={"token": token})

    assert answer.status_code == 200
    assert "Jan 9999" in answer.text


@pytest.mark.parametrize("moment", ['"soon"', "true", "-1", "1e30", "99999999999999", "null"])
def test_time_that_is_none_is_left_out(moment: str) -> None:
    """A token may say anything under the names of times."""
    payload = f'{{"exp": {moment}, "iat": {moment}, "nbf": {moment}, "jti": "SK-x"}}'
    token = b".".join([encode_base64url(b'{"alg":"HS256"}'), encode_base64url(payload.encode()), b"AA"]).decode()
    text = text_of(token, decode(token))

    assert (text.expires_at, text.begins_at, text.lasts) == (None, None, None)
