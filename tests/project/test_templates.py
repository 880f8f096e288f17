"""Templates of functions: each runs as it stands, in both languages, and is preset as what it is for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gettone import tokens
from gettone.control.uploads import check_path
from gettone.model.errors import PlatformError
from gettone.model.functions import FunctionEvent, Visibility
from gettone.project.templates import EVENTS, TEMPLATES, Template, find_template
from gettone.testing import Answer, call

VARIABLES = {
    "ACCOUNT_SID": "AC" + "a" * 32,
    "API_KEY": "SK" + "b" * 32,
    "API_SECRET": "c" * 32,
    "TWIML_APP_SID": "AP" + "d" * 32,
    "CHAT_SERVICE_SID": "IS" + "e" * 32,
    "SYNC_SERVICE_SID": "IS" + "f" * 32,
}
KEY = tokens.TrustedKey(VARIABLES["API_SECRET"], VARIABLES["ACCOUNT_SID"])
GRANTS: dict[str, dict[str, tokens.JsonValue]] = {
    "room-token": {"video": {"room": "standup"}},
    "voice-token": {"voice": {"outgoing": {"application_sid": VARIABLES["TWIML_APP_SID"]}}},
    "chat-token": {"chat": {"service_sid": VARIABLES["CHAT_SERVICE_SID"]}},
    "sync-token": {"data_sync": {"service_sid": VARIABLES["SYNC_SERVICE_SID"]}},
}
each = pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: f"{one.name}-{one.language}")
each_token = pytest.mark.parametrize(
    "template", [one for one in TEMPLATES if one.name in GRANTS], ids=lambda one: f"{one.name}-{one.language}"
)


def run(template: Template, folder: Path, event: dict[str, object]) -> Answer:
    """The template's answer to an event."""
    file = folder / f"function{template.extension}"
    file.write_text(template.text, encoding="utf-8")
    return call(file, event=event, variables=VARIABLES)


@each_token
def test_token_template_mints_what_it_says(template: Template, tmp_path: Path) -> None:
    """Pages of any origin may read the token; it is signed, for whoever is named, with one grant that opens no more."""
    answer = run(template, tmp_path, {"identity": "alice", "room": "standup"})

    said = json.loads(answer.body)
    verified = tokens.verify(said["token"], {VARIABLES["API_KEY"]: KEY})
    grants = verified.claims["grants"]
    assert isinstance(grants, dict)
    assert (answer.status, said["identity"], verified.identity) == (200, "alice", "alice")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert grants == {"identity": "alice", **GRANTS[template.name]}
    assert template.visibility is Visibility.PUBLIC


@each_token
def test_token_template_asks_who_it_is_for(template: Template, tmp_path: Path) -> None:
    """Without an identity it says what is missing; the first call in a browser has a name for all."""
    answer = run(template, tmp_path, {})

    said = json.loads(answer.body)
    if template.name == "voice-token":
        assert (answer.status, said["identity"]) == (200, "user")
    else:
        assert (answer.status, said) == (400, {"message": "Say who you are: identity is missing."})
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_webhook_answers_a_call(language: str, tmp_path: Path) -> None:
    """With TwiML in which the caller's name is escaped. Only whom Twilio sends gets there."""
    template = find_template("webhook", language)

    answer = run(template, tmp_path, {"From": "<Ada>"})

    assert answer.headers["content-type"].startswith("text/xml")
    assert "<Response><Say>Hello, &lt;Ada&gt;. Goodbye.</Say></Response>" in answer.text
    assert (template.visibility, template.event) == (Visibility.PROTECTED, "call")


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_blank_template_says_hello(language: str, tmp_path: Path) -> None:
    """It is protected, as new functions are."""
    template = find_template("blank", language)

    assert run(template, tmp_path, {}).text == "Hello!"
    assert template.visibility is Visibility.PROTECTED


@each
def test_template_can_be_kept(template: Template) -> None:
    """Its path and its event are right, and its code ends with its last line."""
    assert check_path(template.path) == template.path
    assert template.event in EVENTS == tuple(FunctionEvent)
    assert template.text.endswith("\n")
    assert not template.text.endswith("\n\n")


def test_unknown_template_is_refused() -> None:
    """The error names the field, and what there is."""
    with pytest.raises(PlatformError, match="Template must be one of blank, room-token") as unknown:
        find_template("nothing", "python")
    with pytest.raises(PlatformError, match="Language must be one of") as foreign:
        find_template("blank", "cobol")

    assert unknown.value.evidence["parameter"] == "Template"
    assert foreign.value.evidence["parameter"] == "Language"
