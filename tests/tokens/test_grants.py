"""What each grant says, with Twilio's argument names and payload keys."""

import json
from collections import UserDict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.jwt.access_token import grants as official  # type: ignore[import-untyped]

from gettone import tokens
from gettone.tokens import (
    AccessTokenGrant,
    ChatGrant,
    Grant,
    GrantError,
    PlaybackGrant,
    SyncGrant,
    TaskRouterGrant,
    VideoGrant,
    VoiceGrant,
)
from gettone.tokens.grants import write_grants

NAMES = ("VideoGrant", "VoiceGrant", "ChatGrant", "SyncGrant", "TaskRouterGrant", "PlaybackGrant")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)
TEXT = st.none() | st.text(max_size=20)


def written(*grants: Grant) -> str:
    """Write grants as a JSON object of their own."""
    return "{" + write_grants(grants).removeprefix(",") + "}"


@pytest.mark.parametrize("name", NAMES)
def test_arguments_are_those_of_the_official_library(name: str) -> None:
    """Each class takes the official names in the official order."""
    theirs = getattr(official, name).__init__.__code__
    ours = getattr(tokens, name).__init__.__code__

    assert ours.co_varnames[: ours.co_argcount] == theirs.co_varnames[: theirs.co_argcount]
    assert getattr(tokens, name).key == getattr(official, name)().key


@pytest.mark.parametrize("allow", [False, None, 1, "true", "True", [True]])
def test_incoming_is_granted_only_when_exactly_true(allow: Any) -> None:
    """Nothing but True itself lets calls in, and False is left out rather than written."""
    assert VoiceGrant(incoming_allow=allow).to_payload() == {}
    assert VoiceGrant(incoming_allow=True).to_payload() == {"incoming": {"allow": True}}


def test_parameters_need_an_application() -> None:
    """Without an application's SID the parameters are dropped, as in the official libraries."""
    assert VoiceGrant(outgoing_application_params={"k": "v"}).to_payload() == {}


def test_playback_of_nothing_is_an_empty_object() -> None:
    """Node's library writes an empty object and Python's null; an object is what a reader expects."""
    assert written(PlaybackGrant()) == '{"player":{}}'
    assert written(official.PlaybackGrant()) == '{"player":{}}'


def test_any_mapping_can_be_carried() -> None:
    """Parameters may be any mapping, such as a handler's event."""
    grant = VoiceGrant(outgoing_application_sid="AP1", outgoing_application_params=UserDict(k=("v",)))

    assert json.loads(written(grant))["voice"]["outgoing"]["params"] == {"k": ["v"]}


def test_later_grant_of_a_key_counts_at_the_place_of_the_first() -> None:
    """Twice the same key is one grant."""
    assert written(VideoGrant("a"), SyncGrant("IS1"), VideoGrant("b")) == (
        '{"video":{"room":"b"},"data_sync":{"service_sid":"IS1"}}'
    )


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("-inf"), {1, 2}, b"bytes", object(), {1: "a"}, {None: "a"}, [{"a": {True: 1}}], 10**5000, len],
    ids=["nan", "infinity", "set", "bytes", "object", "number", "none", "boolean", "digits", "function"],
)
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    """Nothing is dropped, replaced or turned into text without a word."""
    with pytest.raises(GrantError, match="the voice grant holds what JSON cannot say"):
        written(VoiceGrant(outgoing_application_sid="AP1", outgoing_application_params={"a": value}))


def test_value_that_holds_itself_is_refused() -> None:
    """A circle is an error, not the end of the stack."""
    circle: dict[str, Any] = {}
    circle["again"] = circle

    with pytest.raises(GrantError, match="holds itself"):
        written(PlaybackGrant(circle))


class OwnGrant(AccessTokenGrant):
    key = 'own "key"'

    def to_payload(self) -> dict[str, Any]:
        return {"a": 1}


def test_grant_of_ones_own_is_carried() -> None:
    """A subclass needs a key and a payload, and its key is escaped."""
    assert json.loads(written(OwnGrant())) == {'own "key"': {"a": 1}}


def test_repr_does_not_raise() -> None:
    """A grant that cannot be minted can still be looked at."""
    assert repr(VideoGrant(room=42)) == "<VideoGrant room=42>"  # type: ignore[arg-type]
    assert repr(OwnGrant()) == "<OwnGrant>"


@given(room=TEXT, first=TEXT, second=TEXT, third=TEXT, params=st.dictionaries(st.text(), JSON, max_size=3))
@settings(deadline=None)
def test_grants_are_written_as_json_dumps_writes_them(
    room: str | None, first: str | None, second: str | None, third: str | None, params: dict[str, Any]
) -> None:
    """For any members the text is json.dumps of the payloads."""
    grants: list[AccessTokenGrant] = [
        VideoGrant(room),
        VoiceGrant(True, first, params, second, third),
        ChatGrant(first, second, third, room),
        SyncGrant(first, second),
        TaskRouterGrant(first, second, third),
        PlaybackGrant(params),
    ]
    payloads = {grant.key: grant.to_payload() for grant in grants}

    assert written(*grants) == json.dumps(payloads, separators=(",", ":"))
