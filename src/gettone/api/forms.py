"""Form bodies, as Twilio's clients send them, made into values; and what OpenAPI says of them.

FastAPI's own form parameters take `Value=` for a value that is missing, and Twilio's clients send it on purpose. Here
an empty value is an empty text; a key that is repeated is a list, and so is a single one where a list is wanted; keys
that nobody knows are ignored. Must not know what any parameter means.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, get_args, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_pascal
from starlette.requests import Request

from gettone.api.errors import describe
from gettone.model.errors import PlatformError

FORM = "application/x-www-form-urlencoded"
PAIRS_MAX = 10_000  # a build names each of its versions: thousands, not tens of thousands
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")

# What OpenAPI takes is JSON: mappings of whatever.
Extra = dict[str, Any]


class Form(BaseModel):
    """A form. Fields have Twilio's names on the wire: `unique_name` is `UniqueName`."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="ignore", frozen=True)


class Document(BaseModel):
    """A JSON body of our own paths. What it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


F = TypeVar("F", bound=Form)
D = TypeVar("D", bound=Document)


def form_of(model: type[F]) -> Callable[[Request], Awaitable[F]]:
    """What reads the body of a request as this form. Raises PlatformError `invalid`."""

    async def read(request: Request) -> F:
        return parse_form(model, request.headers.get("content-type", ""), await request.body())

    return read


def document_of(model: type[D]) -> Callable[[Request], Awaitable[D]]:
    """What reads the body of a request as this document. Raises PlatformError `invalid`."""

    async def read(request: Request) -> D:
        try:
            return model.model_validate_json(await request.body())
        except ValidationError as error:
            raise PlatformError("invalid", describe(error.errors())) from None

    return read


def parse_form(model: type[F], content_type: str, body: bytes) -> F:
    """The form that a body holds. Raises PlatformError `invalid`."""
    kind = content_type.partition(";")[0].strip().lower()
    if body and kind != FORM:
        raise PlatformError("invalid", f"The body must be a form: send it with the content type {FORM}")
    try:
        return model.model_validate(_values(model, read_pairs(body)))
    except ValidationError as error:
        raise PlatformError("invalid", describe(error.errors())) from None


def read_pairs(body: bytes) -> list[tuple[str, str]]:
    """Names and values of a form, in order. Raises PlatformError `invalid` for what is none."""
    try:
        text = body.decode("ascii")
        if _BAD_ESCAPE.search(text) is not None:
            raise ValueError
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=PAIRS_MAX)
    except ValueError:
        raise PlatformError(
            "invalid", f"The body is no form: encode UTF-8 with percent signs, in at most {PAIRS_MAX} fields"
        ) from None


def _values(model: type[Form], pairs: list[tuple[str, str]]) -> dict[str, str | list[str]]:
    lists = {info.alias for info in model.model_fields.values() if _is_list(info.annotation)}
    values: dict[str, str | list[str]] = {}
    for name, value in pairs:
        if name in lists:
            found = values.setdefault(name, [])
            if isinstance(found, list):
                found.append(value)
        else:
            values[name] = value  # the last one counts
    return values


def _is_list(annotation: object) -> bool:
    """Whether a field is a list, or a list that may be missing."""
    return get_origin(annotation) in (list, tuple) or any(_is_list(part) for part in get_args(annotation))


def takes_form(model: type[Form]) -> Extra:
    """What OpenAPI says of a path that takes this form."""
    schema = _schema(model)
    return _takes(FORM, schema, bool(schema.get("required")))


def takes_document(model: type[Document]) -> Extra:
    """What OpenAPI says of a path that takes this document."""
    return _takes("application/json", _schema(model), True)


def takes_upload(schema: Extra, content_types: str | None = None) -> Extra:
    """What OpenAPI says of a path that takes this multipart body, whose Content is of these types, or of any."""
    extra = _takes("multipart/form-data", schema, True)
    if content_types is not None:
        body = extra["requestBody"]["content"]["multipart/form-data"]
        body["encoding"] = {"Content": {"contentType": content_types}}
    return extra


def _takes(content_type: str, schema: Extra, required: bool) -> Extra:
    return {"requestBody": {"content": {content_type: {"schema": schema}}, "required": required}}


def _schema(model: type[BaseModel]) -> Extra:
    """A model's schema, in one piece, without titles; what may be left out is not `null` in a form."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})
    flat = _flatten(schema, parts, issubclass(model, Form))
    return flat if isinstance(flat, dict) else {}


def _flatten(node: object, parts: Mapping[str, object], without_null: bool) -> object:
    if isinstance(node, list):
        return [_flatten(each, parts, without_null) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _flatten(parts[node["$ref"].rpartition("/")[2]], parts, without_null)
    node = {key: value for key, value in node.items() if key != "title" or not isinstance(value, str)}
    if without_null and "anyOf" in node:
        kinds = [each for each in node["anyOf"] if each != {"type": "null"}]
        rest = {key: value for key, value in node.items() if key not in ("anyOf", "default")}
        node = {**kinds[0], **rest} if len(kinds) == 1 else {**rest, "anyOf": kinds}
    return {key: _flatten(value, parts, without_null) for key, value in node.items()}
