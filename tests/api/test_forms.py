"""Forms as Twilio's clients send them, and as others do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from gettone.api.fields import Flag, Text
from gettone.api.forms import FORM, PAIRS_MAX, Form, parse_form, takes_form
from gettone.model.errors import PlatformError


class Sample(Form):
    """One field of every sort."""

    unique_name: Text
    value: Text | None = None
    function_versions: list[Text] = Field(default=[])
    ui_editable: Flag = False


def parse(body: bytes, content_type: str = FORM) -> Sample:
    """The sample that a body holds."""
    return parse_form(Sample, content_type, body)


def refusal(body: bytes) -> str | None:
    """The code with which a body is refused."""
    try:
        parse(body)
    except PlatformError as error:
        return error.code
    return None


def test_empty_value_is_a_value() -> None:
    """`Value=` is an empty text; what is not sent is None."""
    assert parse(b"UniqueName=a&Value=").value == ""
    assert parse(b"UniqueName=a").value is None
    assert "value" not in parse(b"UniqueName=a").model_fields_set


@pytest.mark.parametrize(
    ("body", "versions"),
    [
        (b"UniqueName=a", []),
        (b"UniqueName=a&FunctionVersions=ZN1", ["ZN1"]),
        (b"FunctionVersions=ZN1&UniqueName=a&FunctionVersions=ZN2", ["ZN1", "ZN2"]),
    ],
)
def test_list_is_a_list_however_often_it_is_sent(body: bytes, versions: list[str]) -> None:
    """Clients repeat the key; for one item they send it once."""
    assert parse(body).function_versions == versions


def test_last_of_a_repeated_single_field_counts() -> None:
    """Where one value is wanted, it is the last one."""
    assert parse(b"UniqueName=a&UniqueName=b").unique_name == "b"


def test_unknown_fields_are_ignored() -> None:
    """The toolkit sends some that no page documents."""
    assert parse(b"UniqueName=a&FriendlyName=x&=y&z").unique_name == "a"


@pytest.mark.parametrize(("sent", "meant"), [("true", True), ("false", False), ("True", True), ("FALSE", False)])
def test_flag_is_read_in_any_case(sent: str, meant: bool) -> None:
    """Python's own spelling reaches the wire, too."""
    assert parse(f"UniqueName=a&UiEditable={sent}".encode()).ui_editable is meant


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Missing required parameter UniqueName"),
        (b"UniqueName=a&UiEditable=yes", "UiEditable: must be true or false"),
        (b"UniqueName=a&UiEditable=", "UiEditable: must be true or false"),
        (b"UniqueName=a%00b", r"UniqueName: holds the character U\+0000"),
        (b"UniqueName=%FF", "no form"),
        (b"UniqueName=%ED%A0%80", "no form"),
        (b"UniqueName=%zz", "no form"),
        (b"UniqueName=%4", "no form"),
        ("UniqueName=ü".encode(), "no form"),
        (b"UniqueName=a&" + b"a&" * PAIRS_MAX, "no form"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, words: str) -> None:
    """A 400 that names the parameter, and not its value."""
    with pytest.raises(PlatformError, match=words) as refused:
        parse(body)
    assert refused.value.code == "invalid"


@pytest.mark.parametrize("content_type", ["", "application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_other_body_is_no_form(content_type: str) -> None:
    """What is sent as something else is not guessed at."""
    with pytest.raises(PlatformError, match=FORM):
        parse(b"UniqueName=a", content_type)


def test_content_type_may_have_parameters() -> None:
    """Node's client names a charset."""
    assert parse(b"UniqueName=%C3%BC", f"{FORM.title()}; charset=utf-8").unique_name == "ü"


@given(st.binary(max_size=200))
def test_any_body_is_a_form_or_invalid(body: bytes) -> None:
    """Nothing else comes of it."""
    assert refusal(body) in (None, "invalid")


def test_document_tells_the_names_on_the_wire() -> None:
    """In capitals, with what is required, and without `null`: forms have none."""
    content = takes_form(Sample)["requestBody"]["content"][FORM]["schema"]

    assert content["required"] == ["UniqueName"]
    assert content["properties"]["UiEditable"] == {"type": "boolean", "default": False}
    assert content["properties"]["FunctionVersions"]["type"] == "array"
    assert content["properties"]["Value"] == {"type": "string", "pattern": r"^[^\u0000]*$"}
