"""The official REST clients, PyPI's `twilio` and npm's, unmodified: what they make of Gettone under Twilio's names.

Each runs a program as a user might write it, once; the tests read what it saw.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from twilio.jwt import JwtDecodeError  # type: ignore[import-untyped]
from twilio.jwt.access_token import AccessToken  # type: ignore[import-untyped]

from tests.journeys.official_clients.conftest import Twilio
from tests.journeys.official_clients.npm_clients import NODE
from tests.start_server import ACCOUNT_SID

# One server for all: installing the npm clients may take longer than a test usually may.
pytestmark = [pytest.mark.xdist_group("official clients"), pytest.mark.timeout(300)]

PROGRAM_SECONDS = 90
HERE = Path(__file__).parent
PROGRAMS = {
    "python": (sys.executable, str(HERE / "python_program.py")),
    "node": (str(NODE), str(HERE / "node_program.js")),
}
LIVES = (
    "key",
    "signing key",
    "iam key",
    "application",
    "service",
    "environment",
    "variable",
    "function",
    "asset",
    "build",
)
SEEN = {"listed": True, "fetched": True, "dated": True}
NOT_CHANGED = ("environment", "build")  # Twilio changes neither
NAMES = [f"/{number}" for number in reversed(range(7))]  # the newest first


@pytest.fixture(scope="module", params=["python", "node"])
def facts(request: pytest.FixtureRequest, twilio: Twilio) -> dict[str, Any]:
    """What a client's program saw, after its only run."""
    if request.param == "node":
        request.getfixturevalue("npm_clients")
    done = subprocess.run(
        [*PROGRAMS[request.param], f"https://127.0.0.1:{twilio.server.port}"],
        check=False,
        env=twilio.environment(),
        cwd=twilio.home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PROGRAM_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@pytest.mark.parametrize("noun", LIVES)
def test_noun_is_made_listed_fetched_changed_deleted(facts: dict[str, Any], noun: str) -> None:
    """And is gone then: not listed, and fetching it ends in the client's own exception for 404. Its date is a date."""
    life = facts["lives"][noun]
    gone = life.pop("gone")

    assert life == {
        **SEEN,
        **({} if noun in NOT_CHANGED else {"changed": True}),
        "deleted": True,
        "listed after": False,
    }
    assert (gone["status"], gone["code"]) == (404, 20404)


@pytest.mark.parametrize("noun", ["function version", "asset version"])
def test_version_is_listed_and_fetched(facts: dict[str, Any], noun: str) -> None:
    """Versions are never changed, and go with what they are versions of."""
    assert facts["lives"][noun] == SEEN


def test_code_is_read_back_as_it_was_uploaded(facts: dict[str, Any]) -> None:
    """Character for character."""
    assert facts["lives"]["content"] == {"whole": True}


def test_lists_are_followed_to_their_end(facts: dict[str, Any]) -> None:
    """With a page size, with a limit, with one beyond all bounds, and as a stream."""
    pages = facts["pages"]

    assert pages["all"] == NAMES
    assert pages["some"] == NAMES[:5]
    assert pages["more than a page may have"] == NAMES
    assert pages["streamed"] == NAMES


def test_pages_lead_to_the_next_and_back(facts: dict[str, Any]) -> None:
    """As the client's page objects do it, by the addresses in the answers."""
    pages = facts["pages"]

    assert (pages["first"], pages["second"], pages["third"]) == (NAMES[:3], NAMES[3:6], NAMES[6:])
    assert pages["after the third"] is None
    assert pages["back"] == NAMES[:3]


def test_pages_of_the_older_api_lead_to_the_next_and_back(facts: dict[str, Any]) -> None:
    """Their addresses are relative, and beside the list."""
    assert facts["key pages"] == {"complete": True, "sizes": [2, 2], "followed": True, "back": True}


@pytest.mark.parametrize(
    ("case", "status", "code", "message"),
    [
        ("missing", 404, 20404, "/Services/ZS0000"),
        ("invalid", 400, 20001, "UniqueName"),
        ("taken", 409, 20409, "-taken"),
        ("empty build", 400, 20001, "At least one Function Version or Asset Version is required for Build."),
        ("stranger", 401, 20003, "Authenticate"),
        ("keys with a key", 403, 70051, ""),
    ],
)
def test_error_is_the_clients_own(facts: dict[str, Any], case: str, status: int, code: int, message: str) -> None:
    """With the status and the code that Twilio has for it, and a message that says what was wrong."""
    told = facts["refusals"][case]

    assert (told["status"], told["code"]) == (status, code)
    assert message in told["message"]


def test_region_has_its_own_addresses(facts: dict[str, Any]) -> None:
    """A client that speaks to a region is led on under that region's name."""
    assert facts["regional"] == {"url": "https://serverless.dublin.ie1.twilio.com", "paged": 7}


def test_token_of_the_deployed_function_verifies(facts: dict[str, Any]) -> None:
    """With the secret of the key that the program made, and with no other."""
    token, key = facts["deployed"]["token"], facts["key"]
    claims = AccessToken.from_jwt(token, key["secret"]).payload

    assert (claims["sub"], claims["iss"]) == (ACCOUNT_SID, key["sid"])
    assert claims["grants"] == {"identity": "alice", "video": {"room": "one"}}
    with pytest.raises(JwtDecodeError):
        AccessToken.from_jwt(token, "0" * 32)


def test_deployment_serves_its_build(facts: dict[str, Any]) -> None:
    """Functions and assets; the deployment is listed, the environment names the build."""
    deployed = facts["deployed"]

    assert deployed["status"] == "completed"
    assert deployed["asset"] == "hello\n"
    assert deployed["deployment"] == SEEN
    assert deployed["served"] is True


@pytest.mark.parametrize("case", ["again", "deleted"])
def test_what_is_deployed_stays(facts: dict[str, Any], case: str) -> None:
    """It is neither deployed a second time nor deleted."""
    assert facts["deployed"][case]["status"] == 409


def test_printed_line_is_logged(facts: dict[str, Any]) -> None:
    """Under the function that printed it."""
    assert facts["deployed"]["log"] == {"message": "a token for alice", "level": "info", "fetched": True}


@pytest.mark.usefixtures("facts")
def test_client_spoke_to_twilios_names_alone(twilio: Twilio) -> None:
    """All of it came through the proxy, by the names that are written in the clients."""
    official = {"api.twilio.com", "iam.twilio.com", "serverless.twilio.com", "serverless-upload.twilio.com"}

    assert twilio.proxy.hosts >= {*official, "serverless.dublin.ie1.twilio.com"}
    assert twilio.proxy.refused == []
