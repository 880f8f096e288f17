"""One `gettone start` for each module of walks, with a folder of its own, and one browser. Nothing is mocked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.console.album import Album, open_album
from tests.journeys.console.arriving import answer_questions, make_owner, set_up_link
from tests.journeys.console.chromium import open_chromium
from tests.journeys.console.person import Person, somebody
from tests.start_server import StartServer, start_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """A first start that nobody attends; anybody may sign up."""
    with start_server(tmp_path_factory.mktemp("data"), environ={"GETTONE_SIGN_UP": "open"}) as running:
        yield running


@pytest.fixture(scope="module")
def base(server: StartServer) -> str:
    """The console's address."""
    return f"http://localhost:{server.console_port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with open_chromium() as running:
        yield running


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Album:
    """Where pictures go."""
    return open_album(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def owner(server: StartServer, browser: Browser, base: str, album: Album) -> Iterator[Person]:
    """The first person here, who came by the link that was printed."""
    with somebody(browser, base, album, tells=True) as person:
        make_owner(person, set_up_link(server))
        answer_questions(person, "JavaScript")
        yield person
