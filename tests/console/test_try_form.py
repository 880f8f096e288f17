"""The form that calls a function: what is guessed from code, what is sent, and the same as curl."""

from __future__ import annotations

import shlex

import pytest

from gettone.console.forms import Form
from gettone.console.try_form import call_of, curl_of, first_form, merged_rows, parameter_rows, sent_rows
from gettone.control.trying import Encoding
from gettone.model.functions import Language
from gettone.project.templates import TEMPLATES

URL = "http://rooms-4821.localhost:8000/create-room-token"


def form(**values: str | tuple[str, ...]) -> Form:
    """A form that somebody sent."""
    return Form({name: (value,) if isinstance(value, str) else value for name, value in values.items()})


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("token.identity = event.identity;", ["identity"]),
        ('VideoGrant(room=event.get("room"))', ["room"]),
        ("event['a-b'] || event[ \"c\" ]", ["a-b", "c"]),
        ("event.identity + event.identity", ["identity"]),
        ("event.request.headers; event.get(name); event.items()", []),
        ("myevent.identity", []),
        ("", []),
    ],
)
def test_names_of_parameters_are_found_in_code(source: str, names: list[str]) -> None:
    """In both languages, each once; what belongs to every event is no parameter."""
    assert [name for name, _ in parameter_rows(source)] == names


@pytest.mark.parametrize("language", list(Language))
def test_template_of_a_room_token_can_be_called_at_once(language: Language) -> None:
    """Each parameter that it asks for has an example."""
    (template,) = [each for each in TEMPLATES if (each.name, each.language) == ("room-token", language)]

    assert parameter_rows(template.text) == (("identity", "alice"), ("room", "standup"))


def test_long_code_has_so_many_rows() -> None:
    """A page is no spreadsheet."""
    assert len(parameter_rows(" ".join(f"event.p{number}" for number in range(100)))) == 8


def test_what_was_typed_stays_when_the_code_changes() -> None:
    """A new name gets a row; a value under a name that is gone stays, an empty one does not."""
    typed = form(parameter=("identity", "room", "mine", ""), parameter_value=("bob", "", "x", "lost"))

    assert merged_rows("event.identity; event.colour", typed) == (("identity", "bob"), ("colour", ""), ("mine", "x"))


def test_call_has_what_the_form_says() -> None:
    """Rows without a name are none; values keep their blanks."""
    sent = form(
        method="POST", encoding="form", parameter=(" identity ", ""), parameter_value=(" al ", "x"), signed="on"
    )
    call = call_of(sent, "/a")

    assert (call.path, call.method, call.encoding, call.signed) == ("/a", "POST", Encoding.FORM, True)
    assert call.parameters == (("identity", " al "),)
    assert call.body is None


@pytest.mark.parametrize(
    ("method", "encoding", "expected", "has_body"),
    [
        ("GET", "json", Encoding.QUERY, False),
        ("POST", "json", Encoding.JSON, True),
        ("POST", "text", Encoding.TEXT, True),
        ("POST", "form", Encoding.FORM, False),
        ("DELETE", "nonsense", Encoding.JSON, True),
    ],
)
def test_body_goes_where_there_can_be_one(method: str, encoding: str, expected: Encoding, has_body: bool) -> None:
    """A GET has a query; a form has fields."""
    call = call_of(form(method=method, encoding=encoding, body='{"a": 1}'), "/a")

    assert call.encoding is expected
    assert (call.body is not None) is has_body


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            {"method": "POST", "encoding": "json"},
            ["curl", URL, "-H", "Content-Type: application/json", "-d", '{"identity": "it\'s"}'],
        ),
        ({"method": "POST", "encoding": "form"}, ["curl", URL, "-X", "POST", "--data-urlencode", "identity=it's"]),
        ({"method": "GET", "encoding": "json"}, ["curl", URL, "-G", "--data-urlencode", "identity=it's"]),
        (
            {"method": "POST", "encoding": "text", "body": "hi"},
            ["curl", URL, "-H", "Content-Type: text/plain", "-d", "hi"],
        ),
    ],
)
def test_curl_says_the_same(said: dict[str, str], expected: list[str]) -> None:
    """Quoted as a shell wants it."""
    sent = form(**said, parameter="identity", parameter_value="it's")

    assert shlex.split(curl_of(URL, sent, sent_rows(sent))) == expected


def test_nothing_is_called_where_nothing_answers() -> None:
    """Without an environment there is no address."""
    assert curl_of("", first_form(None), ()) == ""
