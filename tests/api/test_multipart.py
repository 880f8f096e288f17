"""Uploads as the toolkit sends them, and as others do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from gettone.api.multipart import PARTS_MAX, TEXT_BYTES_MAX
from tests.api.serving import Api, open_api

pytestmark = pytest.mark.anyio

BOUNDARY = "----formdata-boundary"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
SOURCE = "exports.handler = (context, event, callback) => callback(null, 'ü');"
FILE = 'Content-Disposition: form-data; name="Content"; filename="hello"\r\nContent-Type: application/javascript'


def part(head: str, content: str) -> str:
    """One part of a body."""
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n{content}\r\n"


def text(name: str, content: str) -> str:
    """A part that is text."""
    return part(f'Content-Disposition: form-data; name="{name}"', content)


PATH, VISIBILITY, CONTENT = text("Path", "/hello"), text("Visibility", "public"), part(FILE, SOURCE)
END = f"--{BOUNDARY}--\r\n"
WHOLE = PATH + VISIBILITY + CONTENT + END
MALFORMED = {
    "nothing": (MULTIPART, "", "Missing required parameter Path"),
    "an end alone": (MULTIPART, END, "Missing required parameter Path"),
    "two contents": (MULTIPART, PATH + VISIBILITY + CONTENT + CONTENT + END, "one file at a time"),
    "a path in another encoding": (MULTIPART, WHOLE.replace("/hello", "/\udcff"), "not UTF-8"),
    "no content": (MULTIPART, PATH + VISIBILITY + END, "Missing required parameter Content"),
    "no visibility": (MULTIPART, PATH + CONTENT + END, "Missing required parameter Visibility"),
    "no end": (MULTIPART, PATH + VISIBILITY + CONTENT[:-40], "before its last boundary"),
    "another boundary": (MULTIPART.replace("----form", "----other"), WHOLE, "cannot be read"),
    "no boundary": ("multipart/form-data", WHOLE, "no boundary"),
    "an empty boundary": ("multipart/form-data; boundary=", WHOLE, "no boundary"),
    "a part without a name": (MULTIPART, part("Content-Disposition: form-data", "x") + WHOLE, "no name"),
    "a part without a head": (MULTIPART, f"--{BOUNDARY}\r\nbroken\r\n\r\n" + WHOLE, "cannot be read"),
    "too many parts": (MULTIPART, text("x", "x") * (PARTS_MAX + 1) + WHOLE, f"more than {PARTS_MAX} parts"),
    "a long text": (MULTIPART, text("Path", "x" * (TEXT_BYTES_MAX + 1)) + WHOLE, "shorten it"),
    "a path that is a file": (
        MULTIPART,
        part('Content-Disposition: form-data; name="Path"; filename="a"', "/x") + VISIBILITY + CONTENT + END,
        "Path must be text",
    ),
    "a path with a nul": (MULTIPART, text("Path", "/a\0b") + VISIBILITY + CONTENT + END, "U+0000"),
    "a visibility of no kind": (MULTIPART, PATH + text("Visibility", "secret") + CONTENT + END, "Visibility"),
    "a form": ("application/x-www-form-urlencoded", "Path=/a", "multipart/form-data"),
    "no type": ("", WHOLE, "multipart/form-data"),
}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """The whole API."""
    async with open_api() as made:
        yield made


async def send(api: Api, content_type: str, body: str | bytes) -> httpx2.Response:
    """Send a body to where versions of a new function are made."""
    await api.client.post("/v1/Services", data={"UniqueName": "svc", "FriendlyName": "x"})
    made = await api.client.post("/v1/Services/svc/Functions", data={"FriendlyName": "/hello"})
    path = f"/v1/Services/svc/Functions/{made.json()['sid']}/Versions"
    content = body if isinstance(body, bytes) else body.encode(errors="surrogateescape")
    headers = {"Content-Type": content_type} if content_type else {}
    return await api.client.post(path, content=content, headers=headers)


async def test_toolkits_body_is_an_upload(api: Api) -> None:
    """Three parts in its order, the file with a name and a type."""
    made = await send(api, MULTIPART, WHOLE)
    content = await api.client.get(made.json()["links"]["function_version_content"])

    assert made.status_code == 201, made.text
    assert made.json()["path"] == "/hello"
    assert content.json()["content"] == SOURCE


async def test_order_and_other_parts_do_not_matter(api: Api) -> None:
    """What nobody knows is ignored, as in forms."""
    assert (await send(api, MULTIPART, text("Other", "x") + CONTENT + VISIBILITY + PATH + END)).status_code == 201


@pytest.mark.parametrize("name", MALFORMED)
async def test_malformed_body_is_refused(api: Api, name: str) -> None:
    """A 400 in Twilio's shape, that says what is wrong."""
    content_type, body, words = MALFORMED[name]
    refused = await send(api, content_type, body)

    assert refused.status_code == 400, refused.text
    assert refused.json()["code"] == 20001
    assert words in refused.json()["message"]


async def test_upload_beyond_every_bound_is_refused(api: Api) -> None:
    """The edge refuses what no asset has; control, with its own figures, what this function has not."""
    large = await send(api, MULTIPART, PATH + VISIBILITY + part(FILE, "x" * (2 << 20)) + END)
    huge = await send(api, MULTIPART, b"x" * (26 << 20))

    assert (large.status_code, huge.status_code) == (413, 413)
    assert "1 MB" in large.json()["message"]


async def test_many_uploads_at_once_take_turns(api: Api) -> None:
    """All of them are kept."""
    import anyio

    answers: list[int] = []

    async def one() -> None:
        answers.append((await send(api, MULTIPART, WHOLE)).status_code)

    async with anyio.create_task_group() as group:
        for _ in range(12):
            group.start_soon(one)

    assert answers == [201] * 12
