"""The example that `./run` starts: asked with curl's own words, seen in a real browser, tested by its own tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from gettone import decode
from gettone.sandbox.node import node_binary
from tests.conftest import find_tool
from tests.dev_server import DevServer, dev_server

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def server() -> Iterator[DevServer]:
    """The example, served."""
    with dev_server(QUICKSTART) as running:
        yield running


def grants(token: object) -> object:
    """What a token allows."""
    assert isinstance(token, str)
    return decode(token).claims["grants"]


@pytest.mark.parametrize("path", ["/create-room-token", "/create-room-token-js"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [('{"identity": "alice"}', "application/json"), ("identity=alice", "application/x-www-form-urlencoded")],
)
def test_room_token_is_for_whoever_asks(server: DevServer, path: str, body: str, kind: str) -> None:
    """As a form or as JSON, in Python and in JavaScript."""
    answer = server.ask(path, "POST", body, {"Content-Type": kind})

    assert answer.status == 200
    assert grants(answer.json()["token"]) == {"identity": "alice", "video": {}}
    assert answer.header("access-control-allow-origin") == "*"


def test_voice_token_may_call_out_only(server: DevServer) -> None:
    """An application to call out with, and no incoming calls."""
    token = server.ask("/voice-token").json()["token"]

    assert grants(token) == {"identity": "user", "voice": {"outgoing": {"application_sid": "AP" + "0" * 32}}}


def test_webhook_answers_signed_requests_only(server: DevServer) -> None:
    """Without a signature nobody gets in."""
    assert server.ask("/incoming-call", "POST", "From=1").status == 403


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    """A page of Debian's Chromium."""
    chromium = find_tool("chromium")
    assert chromium is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=CHROMIUM_ARGUMENTS)
        yield browser.new_page()
        browser.close()


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("path", ["/create-room-token", "/create-room-token-js"])
@pytest.mark.parametrize("width", [1280, 390])
def test_page_gets_a_token_from_another_origin(
    server: DevServer, request: pytest.FixtureRequest, path: str, width: int, tmp_path: Path
) -> None:
    """The page on localhost asks 127.0.0.1 with fetch, and shows the claims; nothing overflows a phone's width."""
    page: Page = request.getfixturevalue("browser_page")
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"http://localhost:{server.port}/")
    page.fill("input[name=identity]", "Zoë")
    page.select_option("select[name=path]", path)

    page.click("button")
    page.wait_for_function("document.getElementById('status').textContent.startsWith('A token for')")
    page.screenshot(path=str(tmp_path / "page.png"))

    assert page.inner_text("#origin") == f"http://127.0.0.1:{server.port}"
    assert '"identity": "Zoë"' in page.inner_text("#claims")
    assert '"room": "lobby"' in page.inner_text("#claims")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert problems == []


def test_its_python_tests_pass() -> None:
    """What the example shows about testing works."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests"],
        cwd=QUICKSTART,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 0, run.stdout


def test_its_javascript_tests_pass() -> None:
    """The same with Node's own test runner."""
    run = subprocess.run(
        [str(node_binary()), "--test"],
        cwd=QUICKSTART,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        check=False,
    )

    assert run.returncode == 0, run.stdout
