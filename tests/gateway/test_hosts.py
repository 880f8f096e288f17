"""Host names, `/@name/`, cookies and signatures of a gateway that serves published environments."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gettone.model.sids import ACCOUNT
from gettone.policy.signature import sign
from tests.feeds import AUTH_TOKENS, Control, Site, account, open_control
from tests.gateway.nodes import Node, open_node

pytestmark = pytest.mark.anyio

ECHO = b"""from gettone import Response

def handler(context, event):
    answer = Response()
    answer.set_body({"cookies": event.request.cookies, "header": event.request.headers.get("cookie")})
    answer.append_header("Content-Type", "application/json")
    for cookie in ("gettone=stolen", "__host-Gettone=stolen", "=gettone=stolen", "gettone", "own=1; Domain=localhost"):
        answer.append_header("Set-Cookie", cookie)
    return answer
"""
SITE = Site(
    "echo-1234",
    {
        "functions/echo.py": ECHO,
        "functions/signed.protected.py": b"def handler(context, event):\n    return 'signed'\n",
        "assets/page.html": b"<script>1</script>",
    },
    {"AUTH_TOKEN": "a variable"},
    hosts=("api.example.com",),
)
COOKIES = "a=1; __Host-gettone=secret; gettone=secret; b=gettone"


@pytest.fixture
def anyio_backend() -> str:
    """The loop that the gateway runs on, but for uvloop."""
    return "asyncio"


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[Control, Node]]:
    """A gateway that serves SITE."""
    async with open_control(folder) as control, open_node(folder / "gateway", control.socket) as node:
        await control.served(await control.publish(account(), SITE))
        yield control, node


async def test_unknown_host_is_told_so_and_nothing_else(tmp_path: Path) -> None:
    """What is served elsewhere is nobody's business."""
    async with serving(tmp_path) as (_, node):
        answers = [await node.ask(host, "/echo") for host in ("nobody.example.com", "localhost", "", "echo-1234")]

    for answer in answers:
        assert answer.status == 404
        assert "No service answers for this host name." in str(answer.json()["message"])
        assert "1234" not in answer.text
        assert "api.example.com" not in answer.text


@pytest.mark.parametrize("name", ["echo-1234", "echo-1234.localhost", "api.example.com", "ECHO-1234"])
async def test_function_answers_by_name_where_names_do_not_resolve(tmp_path: Path, name: str) -> None:
    """Without cookies in either direction, and with its documents sandboxed."""
    async with serving(tmp_path) as (_, node):
        answer = await node.ask("127.0.0.1:8000", f"/@{name}/echo", headers={"cookie": COOKIES})
        page = await node.ask("127.0.0.1:8000", f"/@{name}/page.html")

    assert answer.json() == {"cookies": {}, "header": None}
    assert answer.values("set-cookie") == []
    assert (page.body, page.status) == (b"<script>1</script>", 200)
    assert page.values("content-security-policy") == answer.values("content-security-policy") == ["sandbox"]


async def test_names_of_nobody_are_told_so(tmp_path: Path) -> None:
    """And a path of a service that is there, but not this one."""
    async with serving(tmp_path) as (_, node):
        answers = [await node.ask("localhost", path) for path in ("/@nobody/echo", "/@/echo", "/@echo-1234/no", "/@")]
        own = await node.ask(SITE.host, "/@echo-1234/echo")

    assert [answer.status for answer in [*answers, own]] == [404] * 5
    assert "No service has this name." in answers[0].text


async def test_names_are_off_with_a_second_account(tmp_path: Path) -> None:
    """Their pages would share one origin. Closed accounts do not count, suspended ones do."""
    async with serving(tmp_path) as (control, node):
        await control.served(await control.publish(account(ACCOUNT.derive("second"))))
        off = await node.ask("localhost", "/@echo-1234/echo")
        by_host = await node.ask(SITE.host, "/echo")
        await control.served(await control.publish(gone=[ACCOUNT.derive("second")]))
        on = await node.ask("localhost", "/@echo-1234/echo")

    assert (off.status, by_host.status, on.status) == (404, 200, 200)
    assert "more than one account" in off.text


async def test_console_cookies_reach_no_function_and_come_from_none(tmp_path: Path) -> None:
    """Browsers ignore ports: the console may have the same host name. A function's own cookies pass."""
    async with serving(tmp_path) as (_, node):
        answer = await node.ask(SITE.host, "/echo", headers={"cookie": COOKIES})
        only = await node.ask(SITE.host, "/echo", headers={"cookie": "gettone=secret"})

    assert answer.json() == {"cookies": {"a": "1", "b": "gettone"}, "header": "a=1; b=gettone"}
    assert only.json() == {"cookies": {}, "header": None}
    assert answer.values("set-cookie") == ["own=1;HttpOnly;Secure"]


@pytest.mark.parametrize(
    ("token", "status"), [(AUTH_TOKENS[0], 200), (AUTH_TOKENS[1], 200), ("a variable", 403), ("", 403), (None, 403)]
)
async def test_webhooks_are_signed_with_the_account(tmp_path: Path, token: str | None, status: int) -> None:
    """With its primary or secondary token, never with what somebody set as a variable."""
    async with serving(tmp_path) as (_, node):
        url = f"https://{SITE.host}/signed?a=1"
        signature = {} if token is None else {"x-twilio-signature": sign(token or "x", url)}
        answer = await node.ask(SITE.host, "/signed?a=1", headers=signature)

    assert answer.status == status


async def test_signature_covers_the_address_as_it_was_called(tmp_path: Path) -> None:
    """Also under `/@name/`."""
    async with serving(tmp_path) as (_, node):
        signed = {"x-twilio-signature": sign(AUTH_TOKENS[0], "http://localhost:8000/@echo-1234/signed")}
        answer = await node.ask("localhost:8000", "/@echo-1234/signed", headers=signed)
        other = await node.ask("localhost:8000", "/@api.example.com/signed", headers=signed)

    assert (answer.status, other.status) == (200, 403)


async def test_account_without_tokens_signs_nothing(tmp_path: Path) -> None:
    """The variable does not stand in for them."""
    async with serving(tmp_path) as (control, node):
        await control.served(await control.publish(account(auth_tokens=())))
        signed = {"x-twilio-signature": sign("a variable", f"http://{SITE.host}/signed")}
        answer = await node.ask(SITE.host, "/signed", headers=signed)

    assert answer.status == 403
    assert json.loads(answer.body)["name"] == "Forbidden"
