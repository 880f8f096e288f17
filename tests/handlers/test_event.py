"""`event`: parameters by every spelling; a caller cannot replace what a handler relies on."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest

from gettone.handlers import Event, MissingParameterError

REQUEST = {
    "headers": {"user-agent": "curl/8", "x-twice": ["1", "2"]},
    "cookies": {"Session": "abc"},
}


def make_event(**parameters: Any) -> Event:
    """An event as a request brings it."""
    return Event({"request": copy.deepcopy(REQUEST), **parameters})


def test_parameter_is_found_by_attribute_item_and_get() -> None:
    """Three spellings, one value of whatever type the request had."""
    event = make_event(identity="alice", n=[1, {"a": None}])

    assert event.identity == event["identity"] == event.get("identity") == "alice"
    assert event.n == [1, {"a": None}]


def test_missing_parameter_is_an_error_of_either_kind() -> None:
    """The message names the parameter, and is no quoted key."""
    event = make_event()

    with pytest.raises(AttributeError, match=r"^The request has no parameter 'identity'"):
        _ = event.identity
    with pytest.raises(KeyError, match=r"^The request has no parameter 'identity'") as caught:
        _ = event["identity"]
    assert isinstance(caught.value, MissingParameterError)
    assert (event.get("identity"), event.get("identity", "x"), getattr(event, "identity", "y")) == (None, "x", "y")


@pytest.mark.parametrize("name", ["get", "items", "keys", "pop", "update", "__class__", "__html__", "__getattr__"])
def test_parameter_does_not_replace_a_method(name: str) -> None:
    """A caller who sends a parameter with a method's name does not change what the handler calls."""
    event = make_event(**{name: "mine"})

    assert event[name] == event.get(name) == "mine"
    assert getattr(event, name, None) != "mine"


def test_headers_are_found_in_any_case() -> None:
    """Lower case is how they are kept; any case finds them. A repeated one is a list."""
    headers = make_event().request.headers

    assert headers["user-agent"] == headers["User-Agent"] == headers.get("USER-AGENT") == "curl/8"
    assert headers["X-Twice"] == ["1", "2"]
    assert "User-Agent" in headers
    assert "Accept" not in headers
    assert (headers.get("Accept"), headers.get("Accept", "x")) == (None, "x")
    with pytest.raises(KeyError, match="Accept"):
        _ = headers["Accept"]


def test_cookies_keep_their_case() -> None:
    """A cookie's name is what it is."""
    cookies = make_event().request.cookies

    assert cookies == {"Session": "abc"}


@pytest.mark.parametrize("value", ["x", 5, ["a"], {"headers": 1}, None])
def test_parameter_called_request_takes_its_place(value: object) -> None:
    """As on Twilio, `request` of the query or body is what the handler sees."""
    assert Event({"request": value}).request == value


def test_event_is_a_mapping_and_json() -> None:
    """It can be walked, copied, and answered with."""
    event = make_event(identity="alice")
    _ = event.request.headers

    assert isinstance(event, Mapping)
    assert json.loads(json.dumps(event)) == {"request": REQUEST, "identity": "alice"}
    assert copy.deepcopy(event) == event == dict(event)


def test_event_can_be_changed() -> None:
    """Attribute and item are one place."""
    event = make_event(identity="alice")
    event.identity = "bob"
    event["room"] = "lobby"

    assert (event["identity"], event.room) == ("bob", "lobby")
    del event.identity
    assert "identity" not in event
