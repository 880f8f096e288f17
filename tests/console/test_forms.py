"""Forms: read within bounds, and given back as they were typed."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from starlette.requests import Request
from starlette.types import Message

from gettone.console.forms import GENERAL, Form, field_of, filled, read_form
from gettone.model.errors import PlatformError

pytestmark = pytest.mark.anyio

URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "multipart/form-data; boundary=edge"
PARTS = (
    b'--edge\r\nContent-Disposition: form-data; name="path"\r\n\r\n/logo.png\r\n'
    b'--edge\r\nContent-Disposition: form-data; name="file"; filename="logo.png"\r\n'
    b"Content-Type: image/png\r\n\r\n\x89PNG\r\n\x00\r\n"
    b'--edge\r\nContent-Disposition: form-data; name="other"; filename=""\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n\r\n--edge--\r\n"
)


def request(body: bytes, kind: str = URLENCODED, pieces: int = 1) -> Request:
    """A request that brings a body, in so many pieces."""

    def messages() -> Iterator[Message]:
        length = -(-len(body) // pieces) or 1
        for start in range(0, max(len(body), 1), length):
            yield {
                "type": "http.request",
                "body": body[start : start + length],
                "more_body": start + length < len(body),
            }

    coming = messages()

    async def receive() -> Message:
        return next(coming)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", kind.encode())]}
    return Request(scope, receive)


async def test_fields_are_kept_as_they_were_typed() -> None:
    """Blanks, lines, several values; lines end as programs end them."""
    body = urlencode([("name", " Zoë "), ("code", "a\r\n\tb\r\n"), ("role", "one"), ("role", "two"), ("empty", "")])

    form = await read_form(request(body.encode(), pieces=7))

    assert form.text("name") == "Zoë"
    assert form.raw("name") == " Zoë "
    assert form.raw("code") == "a\n\tb\n"
    assert form.all("role") == ("one", "two")
    assert form.raw("empty", "default") == ""
    assert form.raw("none", "default") == "default"


async def test_file_comes_with_its_name_and_kind() -> None:
    """A field for a file that nobody chose is none."""
    form = await read_form(request(PARTS, BOUNDARY))

    assert form.text("path") == "/logo.png"
    assert form.files["file"].content == b"\x89PNG\r\n\x00"
    assert (form.files["file"].name, form.files["file"].content_type) == ("logo.png", "image/png")
    assert set(form.files) == {"file"}


@pytest.mark.parametrize(("body", "kind"), [(b"code=" + b"a" * 96, URLENCODED), (PARTS, BOUNDARY)])
async def test_body_beyond_its_bound_is_refused_as_it_comes(body: bytes, kind: str) -> None:
    """Whatever its length was said to be."""
    with pytest.raises(PlatformError) as refused:
        await read_form(request(body, kind, pieces=10), bytes_max=100)

    assert refused.value.code == "too_large"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{}", "application/json"),
        (b"name=%ff", URLENCODED),
        (b"name=a%00b", URLENCODED),
        ("name=ë".encode(), URLENCODED),
        (b"&".join([b"a=1"] * 1001), URLENCODED),
        (PARTS, "multipart/form-data"),
        (PARTS.replace(b"/logo.png", b"/\x00.png"), BOUNDARY),
        (b"no parts at all", BOUNDARY),
    ],
    ids=["JSON", "no UTF-8", "NUL", "raw letters", "too many", "no boundary", "NUL in a part", "no parts"],
)
async def test_what_is_no_form_is_refused(body: bytes, kind: str) -> None:
    """In a sentence, never as a fault."""
    with pytest.raises(PlatformError) as refused:
        await read_form(request(body, kind))

    assert refused.value.code == "invalid"


def test_flag_is_a_ticked_box() -> None:
    """And nothing else."""
    form = filled(agreed=True, other=False, name="x")

    assert form.flag("agreed")
    assert not form.flag("other")
    assert not form.flag("none")


def test_problem_stands_beside_its_field() -> None:
    """Else at the top; the form it came from is as it was."""
    form = filled(name="egghead")

    told = form.with_problem("It is taken.", "name").with_problem("Try again.")

    assert told.problem("name") == "It is taken."
    assert told.problem(GENERAL) == told.problem() == "Try again."
    assert told.raw("name") == "egghead"
    assert form.problems == {}


def test_secrets_are_not_sent_back() -> None:
    """Nor shown where a form is printed."""
    form = filled(email="a@example.com", password="secret words")

    assert form.without("password").values == {"email": ("a@example.com",)}
    assert "secret words" not in repr(form)


@pytest.mark.parametrize(
    ("parameter", "name"),
    [("FriendlyName", "friendly_name"), ("Email", "email"), ("timeout_seconds", "timeout_seconds"), (None, GENERAL)],
)
def test_parameters_have_fields(parameter: object, name: str) -> None:
    """Control speaks of parameters as the API names them."""
    assert field_of(parameter) == name


def test_empty_form_is_no_form_yet() -> None:
    """A page that is opened has nothing typed and nothing wrong."""
    assert Form() == filled(name=None, agreed=False)
