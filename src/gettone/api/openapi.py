"""The OpenAPI document: complete and true for every path. FastAPI writes it; what it cannot know is put right here.

Bodies are described by the paths themselves (forms.py); errors, here, once for each of the two families. FastAPI's own
validation errors never leave: what is wrong with a parameter is a 400 here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from importlib.metadata import version
from threading import Lock
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from gettone.api.errors import PROBLEM, Problem, TwilioError

NDJSON = "application/x-ndjson"

# Status to what OpenAPI says of it: JSON of FastAPI's.
Responses = dict[int | str, dict[str, Any]]

_SAID: Mapping[int, str] = {
    400: "A parameter or the body is wrong; the message says which, and what to do",
    401: "Nobody is known by these credentials",
    403: "Whoever signed in may not do this",
    404: "There is no such thing, or it is not yours",
    409: "This clashes with what is there; the message names it",
    413: "The body is too large",
    503: "The database is away or full, or this took too long: try again",
}
_DESCRIPTION = """Paths under `/v1` and `/2010-04-01` are Twilio's, with its bodies; those under `/api/v1` are our own.

Every list comes in pages, with links to the others. HEAD is answered wherever GET is."""


def _errors(content_type: str, model: str, *statuses: int) -> Responses:
    schema = {"$ref": f"#/components/schemas/{model}"}
    return {
        status: {"description": _SAID[status], "content": {content_type: {"schema": schema}}} for status in statuses
    }


TWILIO_ERRORS = _errors("application/json", "TwilioError", *_SAID)
OWN_ERRORS = _errors(PROBLEM, "Problem", *_SAID)
PUBLIC_ERRORS = _errors(PROBLEM, "Problem", *(status for status in _SAID if status != 401))


def streams(content_type: str) -> Responses:
    """What OpenAPI says of an answer that has no length."""
    return {200: {"content": {content_type: {"schema": {"type": "string"}}}}}


# OpenAPI 3.2, 4.14.4: the fields of one server-sent event.
EVENTS: Responses = {
    200: {
        "content": {
            "text/event-stream": {
                "itemSchema": {
                    "type": "object",
                    "properties": {
                        "data": {"type": "string", "contentMediaType": "application/json"},
                        "event": {"type": "string"},
                        "id": {"type": "string"},
                        "retry": {"type": "integer", "minimum": 0},
                    },
                }
            }
        }
    }
}


router = APIRouter()


class Document:
    """The document of an application. It takes a while to write, so it is written when it is first asked for."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._lock = Lock()
        self._text: bytes | None = None

    def make(self) -> Mapping[str, object]:
        """The document as a value, made anew."""
        made: Mapping[str, object] = describe(self._app)
        return made

    def read(self) -> bytes:
        """The document as JSON."""
        with self._lock:
            if self._text is None:
                self._text = json.dumps(describe(self._app), ensure_ascii=False).encode()
            return self._text


@router.get("/openapi.json", include_in_schema=False)
async def fetch_openapi(request: Request) -> Response:
    """The document. Whoever reads it need not sign in."""
    document: Document = request.app.state.document
    return Response(await asyncio.to_thread(document.read), media_type="application/json")


def describe(app: FastAPI) -> dict[str, Any]:
    """Make the document."""
    document = get_openapi(
        title="Gettone",
        version=version("gettone"),
        openapi_version="3.1.0",
        description=_DESCRIPTION,
        routes=app.routes,
    )
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
            for parameter in operation.get("parameters", []):
                parameter["schema"] = _given(parameter["schema"])
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for model in (TwilioError, Problem):
        schemas[model.__name__] = _schema(model)
    return document


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter where it is given: in an address nothing is `null`."""
    kept = {name: value for name, value in schema.items() if name not in ("title", "description")}
    kinds = [each for each in kept.get("anyOf", []) if each != {"type": "null"}]
    if len(kinds) != 1:
        return kept
    del kept["anyOf"]
    return {**kinds[0], **kept}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(ref_template="#/components/schemas/{model}")
