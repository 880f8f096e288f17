"""One `gettone start` for all walks, with a folder of its own, and one browser for each module. Nothing is mocked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, StorageState

from tests.journeys.console.album import Album, open_album
from tests.journeys.console.arriving import answer_questions, make_owner, set_up_link
from tests.journeys.console.chromium import open_chromium
from tests.journeys.console.person import Person, somebody
from tests.start_server import StartServer, start_server

ANYBODY_MAY_SIGN_UP = {"GETTONE_SIGN_UP": "open"}


@dataclass
class Installation:
    """A Gettone, and the session of its owner once there is one."""

    server: StartServer
    session: StorageState | None = None


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A first start that nobody attends; anybody may sign up."""
    with start_server(tmp_path_factory.mktemp("data"), environ=ANYBODY_MAY_SIGN_UP) as running:
        yield Installation(running)


@pytest.fixture(scope="session")
def server(installation: Installation) -> StartServer:
    """What runs."""
    return installation.server


@pytest.fixture(scope="session")
def base(server: StartServer) -> str:
    """The console's address."""
    return f"http://localhost:{server.console_port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with open_chromium() as running:
        yield running


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> Album:
    """Where pictures go."""
    return open_album(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def owner(installation: Installation, browser: Browser, base: str, album: Album) -> Iterator[Person]:
    """The first person here, who came by the link that was printed; in later modules, with the same session."""
    with somebody(browser, base, album, tells=installation.session is None) as person:
        if installation.session is None:
            make_owner(person, set_up_link(installation.server))
            answer_questions(person, "JavaScript")
            person.picture("dashboard")
            installation.session = person.page.context.storage_state()
        else:
            person.page.context.add_cookies(installation.session["cookies"])  # type: ignore[arg-type]
            person.go("/")
        yield person
