"""`context`: variables by every spelling, errors that name what is missing, and nothing told by accident."""

from __future__ import annotations

import pytest

from gettone.handlers import Context, MissingVariableError

MEMBERS = {"API_KEY": "SK1", "PATH": "/token"}


def test_variable_is_found_by_attribute_item_and_get() -> None:
    """Three spellings, one value."""
    context = Context(MEMBERS)

    assert context.API_KEY == context["API_KEY"] == context.get("API_KEY") == "SK1"


def test_missing_variable_is_an_error_of_either_kind() -> None:
    """Code that expects an AttributeError or a KeyError gets what it expects; the message names the variable."""
    context = Context(MEMBERS)

    with pytest.raises(AttributeError, match=r"^The variable API_SECRET is not set: .*\.env"):
        _ = context.API_SECRET
    with pytest.raises(KeyError, match="API_SECRET") as caught:
        _ = context["API_SECRET"]
    assert isinstance(caught.value, MissingVariableError)
    assert caught.value.variable == "API_SECRET"


def test_missing_variable_has_a_default_where_one_is_given() -> None:
    """`get`, `getattr` with a default, `in` and `hasattr` do not raise."""
    context = Context(MEMBERS)

    assert (context.get("X"), context.get("X", "y"), getattr(context, "X", "z")) == (None, "y", "z")
    assert "X" not in context
    assert not hasattr(context, "X")


def test_context_is_a_mapping() -> None:
    """It can be walked, counted and copied."""
    context = Context(MEMBERS)

    assert dict(context) == MEMBERS
    assert (len(context), list(context)) == (2, ["API_KEY", "PATH"])


def test_printed_context_tells_no_value() -> None:
    """Names only: a context in a log must not give secrets away."""
    assert repr(Context(MEMBERS)) == str(Context(MEMBERS)) == "<Context API_KEY PATH>"


def test_contexts_do_not_share_changes() -> None:
    """What one invocation sets, the next does not see."""
    context = Context(MEMBERS)
    setattr(context, "API_KEY", "changed")  # noqa: B010 - to a type checker a context is read-only

    assert (context["API_KEY"], Context(MEMBERS).API_KEY, MEMBERS["API_KEY"]) == ("changed", "SK1", "SK1")


def test_variable_cannot_take_the_place_of_the_client() -> None:
    """A variable called `get_twilio_client` does not replace the method."""
    context = Context({"get_twilio_client": "x", "getTwilioClient": "x"})

    assert callable(context.get_twilio_client)
    assert callable(context.getTwilioClient)


def test_client_can_be_asked_for_without_package_or_credentials() -> None:
    """Nothing is imported or needed before the client's first use; then the missing variable is named."""
    client = Context({}).get_twilio_client()

    assert repr(client) == "<TwilioClient>"
    with pytest.raises(MissingVariableError, match="ACCOUNT_SID"):
        _ = client.messages


def test_client_is_twilios_own() -> None:
    """With credentials, members are those of `twilio.rest.Client`; options reach it."""
    context = Context({"ACCOUNT_SID": "AC" + "1" * 32, "AUTH_TOKEN": "t" * 32})
    client = context.get_twilio_client(region="au1", edge="sydney")

    assert (client.account_sid, client.region) == ("AC" + "1" * 32, "au1")
    assert client.messages is client.messages
