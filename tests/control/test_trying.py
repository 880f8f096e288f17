"""Functions called from their editor, at a real gateway: what comes back, signed or not, with the lines they print."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gettone.control import trying as module
from gettone.control.call_requests import Call, Encoding
from gettone.control.saved_files import Edit, Saved
from gettone.control.trying import GatewayAddress, Tried, Trying
from gettone.model.services import ServiceSettings
from gettone.model.users import Role
from gettone.tokens import decode
from tests.control.editors import GOOD, Editor, open_editor
from tests.control.offices import OTHER_SID, holder, member
from tests.control.refusals import refusal
from tests.gateway.nodes import Node, open_node

pytestmark = pytest.mark.anyio

TOKEN_CODE = """
from gettone import AccessToken, Response, VideoGrant

def handler(context, event):
    print("for", event.identity)
    print("in", event.room)
    token = AccessToken("AC" + "a" * 32, "SK" + "b" * 32, "c" * 32, identity=event.identity)
    token.add_grant(VideoGrant(room=event.room))
    return {"identity": event.identity, "token": token.to_jwt()}
"""
REDIRECT_CODE = """
from gettone import Response

def handler(context, event):
    return Response(status_code=302, headers={"Location": "http://127.0.0.1:1/"})
"""
ECHO_CODE = """
def handler(context, event):
    return {"a": event.a, "b": event.b, "agent": event.request.headers["user-agent"]}
"""


@dataclass
class Bench:
    """An editor whose service rooms is served by a real gateway, and who calls it."""

    editor: Editor
    node: Node
    trying: Trying
    environment_sid: str = ""

    async def put(self, path: str, code: str, language: str = "python", visibility: str = "public") -> None:
        """Have this live."""
        added = await self.editor.add(path, language)
        edit = Edit(added.sid, added.version_sid, code, visibility=visibility)
        saved = await self.editor.editing.save(holder(), service="rooms", edit=edit)
        assert isinstance(saved, Saved)
        live = await self.editor.live(saved.progress)
        assert live.is_served

    async def call(self, call: Call) -> Tried:
        """Call it."""
        return await self.trying.call(holder(), service="rooms", environment_sid=self.environment_sid, call=call)


@pytest.fixture
async def bench(anyio_backend: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """A service called rooms that a console made, and a gateway that follows."""
    async with open_editor(tmp_path, follows=False) as editor:
        keys = editor.office.vault.gateway_keys()
        async with open_node(tmp_path / "node", editor.feed_path, keys) as node:
            trying = Trying(editor.office, editor.tails, GatewayAddress("127.0.0.1", node.port, url_port=8000))
            await editor.make_service()
            environment = (await editor.sheet()).environment
            assert environment is not None
            yield Bench(editor, node, trying, environment.sid)


async def test_function_is_called_and_its_token_found(bench: Bench) -> None:
    """Status, headers, body, time, the request's own lines in their order, and the token that the body holds."""
    await bench.put("/create-room-token", TOKEN_CODE)

    tried = await bench.call(Call("/create-room-token", parameters=(("identity", "alice"), ("room", "standup"))))

    assert tried.status == 200
    assert ("x-request-id", tried.request_sid) in tried.headers
    assert 0 < tried.seconds < 10
    assert [line.message for line in tried.lines] == ["for alice", "in standup"]
    assert {line.request_sid for line in tried.lines} == {tried.request_sid}
    assert tried.token is not None
    assert decode(tried.token).claims["grants"] == {"identity": "alice", "video": {"room": "standup"}}
    assert tried.token not in repr(tried)


async def test_parameters_arrive_in_every_encoding(bench: Bench) -> None:
    """As the function sees them: from the query, a form, and JSON."""
    await bench.put("/echo", ECHO_CODE)
    pairs = (("a", "1"), ("a", "2"), ("b", "Zoë"))

    for call in (
        Call("/echo", "GET", Encoding.QUERY, pairs),
        Call("/echo", "POST", Encoding.QUERY, pairs),
        Call("/echo", "POST", Encoding.FORM, pairs),
        Call("/echo", "POST", Encoding.JSON, pairs),
        Call("/echo", "POST", Encoding.JSON, body='{"a": ["1", "2"], "b": "Zo\\u00eb"}'),
    ):
        tried = await bench.call(call)

        assert tried.status == 200, [line.message for line in tried.lines]
        assert tried.text == '{"a":["1","2"],"b":"Zoë","agent":"Gettone console"}'
        assert (tried.lines, tried.token) == ((), None)


async def test_protected_function_wants_a_signature(bench: Bench) -> None:
    """Made with the account's own auth token, for each encoding; without one it is refused, as others are."""
    await bench.put("/hook", GOOD, "javascript", "protected")
    pairs = (("From", "+14158675309"), ("Body", "a & b"))
    calls = [
        Call("/hook", "GET", Encoding.QUERY, pairs, signed=True),
        Call("/hook", "POST", Encoding.FORM, pairs, signed=True),
        Call("/hook", "POST", Encoding.JSON, pairs, signed=True),
    ]

    statuses = [(await bench.call(call)).status for call in calls]
    unsigned = await bench.call(Call("/hook", parameters=pairs))

    assert statuses == [200, 200, 200]
    assert unsigned.status == 403


async def test_failure_is_an_answer_too(bench: Bench) -> None:
    """With what was logged of it; and so is a path where nothing is."""
    await bench.put("/fail", "def handler(context, event):\n    return 1 / 0\n")

    failed = await bench.call(Call("/fail"))
    missing = await bench.call(Call("/nowhere", "GET"))

    assert failed.status == 500
    assert any("ZeroDivisionError" in line.message and line.level == "error" for line in failed.lines)
    assert (missing.status, missing.lines) == (404, ())


async def test_answers_come_as_they_are(bench: Bench) -> None:
    """A redirect is not followed, bytes are no text, and what is long is cut."""
    await bench.put("/away", REDIRECT_CODE)
    await bench.put("/bytes", "def handler(context, event):\n    return b'\\xff\\xfe'\n")
    await bench.put("/long", "def handler(context, event):\n    return 'x' * (1 << 20)\n")

    away = await bench.call(Call("/away"))
    raw = await bench.call(Call("/bytes"))
    whole = await bench.call(Call("/long"))

    assert (away.status, dict(away.headers)["location"]) == (302, "http://127.0.0.1:1/")
    assert (raw.body, raw.text, raw.token) == (b"\xff\xfe", None, None)
    assert (len(whole.body), whole.is_cut) == (1 << 20, False)


async def test_long_answer_is_cut(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """And said to be."""
    monkeypatch.setattr(module, "ANSWER_BYTES_MAX", 1000)
    await bench.put("/long", "def handler(context, event):\n    return 'x' * 100_000\n")

    tried = await bench.call(Call("/long"))

    assert (len(tried.body), tried.is_cut, tried.token) == (1000, True, None)


async def test_slow_function_is_waited_for_no_longer_than_its_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway answers by itself; where it does not, waiting ends a little later."""
    await bench.put("/slow", "import time\n\ndef handler(context, event):\n    time.sleep(60)\n")
    await bench.editor.services.update(holder(), service="rooms", settings=ServiceSettings(timeout_seconds=0.2))
    await bench.editor.live(await bench.editor.releases.deploy_all(holder(), service="rooms"))
    timed_out = await bench.call(Call("/slow"))
    monkeypatch.setattr(module, "GRACE_SECONDS", -0.15)
    error = await refusal(bench.call(Call("/slow")))

    assert timed_out.status == 504
    assert (error.code, error.message) == ("unavailable", "no answer came within 0.05 s: look at the logs")


async def test_gateway_that_is_away_is_said(bench: Bench) -> None:
    """With what to do."""
    nowhere = Trying(bench.editor.office, bench.editor.tails, GatewayAddress("127.0.0.1", 1))

    error = await refusal(
        nowhere.call(holder(), service="rooms", environment_sid=bench.environment_sid, call=Call("/a"))
    )

    assert (error.code, error.message) == (
        "unavailable",
        "the gateway does not answer: wait until it runs again, and call once more",
    )
    assert bench.editor.tails.count == 0


async def test_only_who_edits_may_call(bench: Bench) -> None:
    """A developer may, a viewer may not, and others' services are not there."""
    await bench.put("/a", GOOD, "javascript")

    tried = await bench.trying.call(
        member(Role.DEVELOPER), service="rooms", environment_sid=bench.environment_sid, call=Call("/a")
    )

    assert tried.status == 200
    for who, code in ((member(Role.VIEWER), "denied"), (holder(OTHER_SID), "not_found")):
        refused = bench.trying.call(who, service="rooms", environment_sid=bench.environment_sid, call=Call("/a"))
        assert (await refusal(refused)).code == code
