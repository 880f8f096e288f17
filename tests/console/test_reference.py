"""The API reference: every operation of the document on its page, with a curl example that can be run as it stands."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import cache
from typing import cast

import pytest

from gettone.api.app import make_app
from gettone.api.use_cases import UseCases
from gettone.console.app import make_console
from gettone.console.openapi_reading import Reference, curl, read_reference
from tests.console.rooms import let_in
from tests.console.serving import BASE, HOSTS, Served, make_browser, open_console

pytestmark = pytest.mark.anyio

SMALL: Mapping[str, object] = {
    "info": {"version": "9.9.9", "description": "All of it."},
    "paths": {
        "/v1/Rooms/{RoomSid}": {
            "post": {
                "tags": ["Big rooms"],
                "operationId": "update_room",
                "summary": "Update Room",
                "security": [{"basic": []}],
                "parameters": [{"name": "RoomSid", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": {
                                "properties": {
                                    "Seats": {"type": "integer", "maximum": 12, "description": "<b>How many</b>"},
                                    "Kind": {"enum": ["open", "shut"]},
                                },
                                "required": ["Seats", "Kind"],
                            }
                        }
                    }
                },
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Room"}}}},
                    "404": {"description": "There is none"},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Room": {"properties": {"doors": {"type": "array", "items": {"$ref": "#/components/schemas/Door"}}}},
            "Door": {"properties": {"open": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}}},
            "Unused": {"properties": {"x": {"type": "string"}}},
        }
    },
}


@cache
def whole_document() -> Mapping[str, object]:
    """The document as the API writes it."""
    # Nothing is asked of the use cases while paths are described.
    return make_app(cast(UseCases, None), randomness=os.urandom).document.make()


@cache
def whole() -> Reference:
    """The same as pages tell it."""
    return read_reference(whole_document())


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A console that has the API's own document."""
    async with open_console() as served:
        desk = replace(served.desk, reference=whole_document)
        app = make_console(desk, randomness=os.urandom, hosts=HOSTS)
        async with make_browser(app) as browser:
            changed = replace(served, app=app, desk=desk, browser=browser)
            await let_in(changed)
            yield changed


def words_of(command: str) -> list[str]:
    """What a shell makes of a command, but for its variables."""
    return shlex.split(command.replace("\\\n", " "))


async def test_every_operation_has_its_place(served: Served) -> None:
    """The index links to each, and the page of its group has it."""
    index = await served.browser.get("/docs")
    pages = {group.slug: (await served.browser.get(f"/docs/{group.slug}")).text for group in whole().groups}
    links = set(re.findall(r'href="/docs/([a-z-]+)#(\w+)"', index.text))

    assert links == {(group.slug, operation.id) for group in whole().groups for operation in group.operations}
    assert [link for link in links if f'id="{link[1]}"' not in pages[link[0]]] == []
    assert sum(len(group.operations) for group in whole().groups) > 90


async def test_links_to_shapes_lead_somewhere(served: Served) -> None:
    """Every shape that a group speaks of is on its page, and no id is there twice."""
    for group in whole().groups:
        page = (await served.browser.get(f"/docs/{group.slug}")).text
        ids = re.findall(r' id="([^"]+)"', page)

        assert len(ids) == len(set(ids)), group.slug
        assert set(re.findall(r'href="#(shape-\w+)"', page)) <= set(ids), group.slug


async def test_it_is_open_to_whoever_comes(served: Served) -> None:
    """As the document itself is; nobody's account is on the page."""
    async with make_browser(served.app) as stranger:
        page = await stranger.get("/docs/services")

    assert page.status_code == 200
    assert "/v1/Services" in page.text.replace("<wbr>", "")
    assert "/sign-out" not in page.text


async def test_group_that_is_none_is_missing(served: Served) -> None:
    """A page that says so."""
    assert (await served.browser.get("/docs/nonsense")).status_code == 404


async def test_examples_name_this_console(served: Served) -> None:
    """They ask the host name and port at which the page was asked for."""
    page = (await served.browser.get("/docs/services")).text

    assert f"{BASE}/v1/Services" in page


def test_document_is_read_into_groups() -> None:
    """Operations by tag, with parameters, body and answers, and the shapes that they are made of."""
    reference = read_reference(SMALL)
    group = reference.groups[0]
    operation = group.operations[0]

    assert (reference.version, reference.about) == ("9.9.9", "All of it.")
    assert (group.name, group.slug, operation.id, operation.method) == ("Big rooms", "big-rooms", "update_room", "POST")
    assert [(field.name, field.where, field.is_required) for field in operation.parameters] == [
        ("RoomSid", "path", True)
    ]
    assert [(field.name, field.kind.text, field.bounds) for field in operation.body] == [
        ("Seats", "integer", (("maximum", "12"),)),
        ("Kind", "open | shut", ()),
    ]
    assert [(answer.status, answer.is_refusal) for answer in operation.answers] == [("200", False), ("404", True)]
    assert [shape.name for shape in group.shapes] == ["Room", "Door"]
    assert group.shapes[0].fields[0].kind.text == "Door[]"
    assert group.shapes[1].fields[0].kind.text == "boolean | null"


def test_example_has_what_is_needed() -> None:
    """Who asks and what is in the path come from the shell; needed fields are there."""
    example = curl(read_reference(SMALL).groups[0].operations[0], "http://localhost:8001")

    assert words_of(example) == [
        "curl",
        "-u",
        "$ACCOUNT_SID:$AUTH_TOKEN",
        "http://localhost:8001/v1/Rooms/$ROOM_SID",
        "-d",
        "Seats=1",
        "-d",
        "Kind=open",
    ]


@pytest.mark.parametrize("group", whole().groups, ids=lambda group: group.slug)
def test_examples_are_commands(group: object) -> None:
    """A shell reads each of them as one command with one address, and no field is left in braces."""
    for operation in next(each for each in whole().groups if each is group).operations:
        words = words_of(curl(operation, "http://localhost:8001"))

        assert words[0] == "curl", operation.id
        assert sum(word.startswith("http://localhost:8001/") for word in words) == 1, operation.id
        assert not any("{" in word for word in words if word.startswith("http")), operation.id


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"paths": []},
        {"paths": {"/x": None}},
        {"paths": {"/x": {"get": {"parameters": [1], "responses": {"200": []}, "requestBody": "?"}}}},
        {"paths": {"/x": {"get": {"responses": {"200": {"content": {"a/b": {"schema": {"$ref": "#/elsewhere"}}}}}}}}},
    ],
)
def test_document_of_another_shape_is_no_fault(document: Mapping[str, object]) -> None:
    """What it does not say is left out."""
    reference = read_reference(document)

    assert all(operation.path == "/x" for group in reference.groups for operation in group.operations)


async def test_words_of_the_document_are_text() -> None:
    """A description is never HTML."""
    async with open_console() as served:
        app = make_console(replace(served.desk, reference=lambda: SMALL), randomness=os.urandom, hosts=HOSTS)
        async with make_browser(app) as browser:
            page = (await browser.get("/docs/big-rooms")).text

    assert "&lt;b&gt;How many&lt;/b&gt;" in page
    assert "<b>How many" not in page
