"""The two tutorials' code, as it is printed: the first real input. Runs where the tutorials are at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from twilio.jwt.access_token import AccessToken as OfficialToken  # type: ignore[import-untyped]

from tests.dev_server import ACCOUNT, DevServer, dev_server, write_project

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the tutorials are not beside this checkout")

CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "Content-Type",
    "content-type": "application/json",
}

ROOM_TOKEN_IN_PYTHON = """
import os

from gettone import AccessToken, Response, VideoGrant


def handler(context, event, callback):
    account_sid, api_key, api_secret = (os.environ[name] for name in ("ACCOUNT_SID", "API_KEY", "API_SECRET"))
    grant = VideoGrant()
    token = AccessToken(account_sid, api_key, api_secret)

    token.identity = event.identity
    token.add_grant(grant)

    response = Response()
    response.set_headers({
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type",
        "Content-Type": "application/json",
    })
    response.set_body(token.to_jwt())

    callback(None, response)
"""

VOICE_TOKEN_IN_PYTHON = """
from gettone import AccessToken, VoiceGrant


def handler(context, event):
    context.get_twilio_client()
    voice_grant = VoiceGrant(outgoing_application_sid=context.TWIML_APP_SID, incoming_allow=False)
    token = AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, identity="user")
    token.add_grant(voice_grant)
    return {"token": token.to_jwt()}
"""


def snippets(name: str) -> list[str]:
    """The JavaScript blocks of a tutorial, in order."""
    (seed,) = SEEDS.glob(f"{name}*.txt")
    return re.findall(r"```js\n(.*?)```", seed.read_text("utf-8"), re.DOTALL)


def voice_files() -> dict[str, str]:
    """The second tutorial's snippets as printed, and its last one with its mistakes mended, one after the other."""
    printed = snippets("004")
    commas = printed[-1].replace("TWIML_APP_SID;", "TWIML_APP_SID,")
    context = re.sub(r"(?<![\w.])(TWIML_APP_SID|ACCOUNT_SID|API_KEY|API_SECRET)\b", r"context.\1", commas)
    files = {f"functions/step-{place}.js": text for place, text in enumerate(printed)}
    return {**files, "functions/bare-variables.js": commas, "functions/token.js": context}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """Both tutorials' functions, each in its file."""
    files = {
        "functions/create-room-token.js": snippets("000")[-1],
        "functions/create-room-token-py.py": ROOM_TOKEN_IN_PYTHON,
        "functions/token-py.py": VOICE_TOKEN_IN_PYTHON,
        **voice_files(),
    }
    folder = write_project(tmp_path_factory.mktemp("seeds"), files)
    with dev_server(folder) as running:
        yield running


@pytest.mark.parametrize("path", ["/create-room-token", "/create-room-token-py"])
def test_first_tutorials_token_is_accepted_by_the_official_library(server: DevServer, path: str) -> None:
    """200, the four headers, the bare JWT; identity alice, an empty video grant."""
    answer = server.post(path, identity="alice")

    assert answer.status == 200, answer.text
    assert {name: answer.header(name) for name in CORS} == CORS
    token = OfficialToken.from_jwt(answer.text, ACCOUNT["API_SECRET"])
    assert token.payload["grants"] == {"identity": "alice", "video": {}}
    assert token.issuer == ACCOUNT["API_KEY"]
    assert token.subject == ACCOUNT["ACCOUNT_SID"]


@pytest.mark.parametrize("path", ["/token", "/token-py"])
def test_second_tutorials_token_may_call_out_only(server: DevServer, path: str) -> None:
    """GET answers {"token"}; the voice grant names the application and admits no call."""
    answer = server.ask(path)

    assert answer.status == 200, answer.text
    token = OfficialToken.from_jwt(str(answer.json()["token"]), ACCOUNT["API_SECRET"])
    assert token.payload["grants"] == {
        "identity": "user",
        "voice": {"outgoing": {"application_sid": ACCOUNT["TWIML_APP_SID"]}},
    }


def test_semicolon_inside_an_object_is_pointed_at(server: DevServer) -> None:
    """The last snippet as printed: the file, the line, the column, the line's text and what to write instead."""
    last = len(snippets("004")) - 1
    text = snippets("004")[last].splitlines()
    line = next(number for number, each in enumerate(text, 1) if "TWIML_APP_SID;" in each)

    answer = server.ask(f"/step-{last}")

    assert answer.status == 500
    body = answer.json()
    assert (body["name"], body["file"], body["line"]) == ("SyntaxError", f"functions/step-{last}.js", line)
    assert body["column"] == text[line - 1].index(";") + 1
    assert body["text"] == text[line - 1]
    assert "comma" in str(body["hint"])
    server.wait_for(rf"SyntaxError  functions/step-{last}\.js:{line}:")


def test_bare_variable_is_explained(server: DevServer) -> None:
    """With the comma mended, the next mistake: the variable is there, in the context."""
    body = server.ask("/bare-variables").json()

    assert body["name"] == "ReferenceError"
    assert "context.TWIML_APP_SID" in str(body["hint"])
    assert body["file"] == "functions/bare-variables.js"


@pytest.mark.parametrize("step", [0, 1])
def test_intermediate_snippet_names_what_is_missing(server: DevServer, step: int) -> None:
    """`return callback(null, twiml)` with no `twiml`: said in words that a beginner can act on."""
    text = snippets("004")[step].splitlines()
    line = next(number for number, each in enumerate(text, 1) if "twiml)" in each)

    answer = server.ask(f"/step-{step}")

    body = answer.json()
    assert (answer.status, body["name"], body["line"]) == (500, "ReferenceError", line)
    assert "twiml" in str(body["message"])
    assert "twiml" in str(body["hint"])


def test_third_snippet_has_the_semicolon_too(server: DevServer) -> None:
    """The tutorial prints it twice."""
    body = server.ask("/step-2").json()

    assert body["name"] == "SyntaxError"
    assert json.dumps(body["text"]).count("TWIML_APP_SID;") == 1
