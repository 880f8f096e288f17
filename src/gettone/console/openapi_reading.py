"""The API's document as pages tell it: groups of operations, each with what it takes and gives, and how curl asks it.

Pure. Must not know who reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gettone.console.openapi_schemas import (
    FieldText,
    Kind,
    Shape,
    field_of,
    fields_of,
    items,
    kind_of,
    shapes_below,
    table,
    text,
)

METHODS = ("get", "post", "put", "patch", "delete")

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back with a status."""

    status: str
    says: str
    content_type: str
    kind: Kind | None

    @property
    def is_refusal(self) -> bool:
        """Whether it says no."""
        return self.status >= "4"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `body` says what it takes as what."""

    id: str
    method: str
    path: str
    title: str
    says: str
    needs_sign_in: bool
    parameters: Sequence[FieldText]
    content_type: str
    body: Sequence[FieldText]
    answers: Sequence[Answer]


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together, and the shapes that it speaks of."""

    name: str
    slug: str
    operations: Sequence[Operation]
    shapes: Sequence[Shape]


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole document."""

    version: str
    about: str
    groups: Sequence[Group]

    def find(self, slug: str) -> Group | None:
        """The group that an address names."""
        return next((group for group in self.groups if group.slug == slug), None)


def read_reference(document: Mapping[str, object]) -> Reference:
    """Read an OpenAPI document. What it does not say is left out."""
    info, schemas = table(document.get("info")), table(table(document.get("components")).get("schemas"))
    by_name: dict[str, list[Operation]] = {}
    for path, methods in table(document.get("paths")).items():
        for method in METHODS:
            said = table(table(methods).get(method))
            if said:
                name = next((text(each) for each in items(said.get("tags"))), "") or "API"
                by_name.setdefault(name, []).append(_operation(method, path, said))
    groups = tuple(
        Group(name, _slug(name), tuple(operations), shapes_below(tuple(_named(operations)), schemas))
        for name, operations in by_name.items()
    )
    return Reference(text(info.get("version")), text(info.get("description")), groups)


def curl(operation: Operation, base: str) -> str:
    """How curl asks it. What is in a path, and who asks, comes from the shell's variables."""
    url = base + re.sub(r"\{([^{}]+)\}", lambda found: f"${_shell_name(found[1])}", operation.path)
    needed = [field for field in operation.parameters if field.where == "query" and field.is_required]
    if needed:
        url += "?" + "&".join(f"{field.name}={field.example}" for field in needed)
    lines = ["curl" + (' -u "$ACCOUNT_SID:$AUTH_TOKEN"' if operation.needs_sign_in else "")]
    if operation.method != "GET" and not (operation.method == "POST" and operation.content_type):
        lines[0] += f" -X {operation.method}"
    lines.append(f'"{url}"')
    lines += _body(operation)
    return " \\\n  ".join(lines)


def _body(operation: Operation) -> Iterator[str]:
    shown = [field for field in operation.body if field.is_required] or list(operation.body[:1])
    if operation.content_type == "application/json":
        yield "-H 'Content-Type: application/json'"
        yield f"-d '{json.dumps({field.name: field.example for field in shown}, ensure_ascii=False)}'"
        return
    flag = "-F" if operation.content_type == "multipart/form-data" else "-d"
    for field in shown:
        yield f"{flag} '{field.name}={field.example}'"


def _operation(method: str, path: str, said: Mapping[str, object]) -> Operation:
    content_type, body = next(
        (
            (kind, table(table(each).get("schema")))
            for kind, each in table(table(said.get("requestBody")).get("content")).items()
        ),
        ("", {}),
    )
    return Operation(
        id=text(said.get("operationId")) or f"{method}-{_slug(path)}",
        method=method.upper(),
        path=path,
        title=text(said.get("summary")),
        says=text(said.get("description")),
        needs_sign_in=bool(items(said.get("security"))),
        parameters=tuple(_parameter(table(each)) for each in items(said.get("parameters"))),
        content_type=content_type,
        body=fields_of(body),
        answers=tuple(_answer(status, table(each)) for status, each in table(said.get("responses")).items()),
    )


def _parameter(said: Mapping[str, object]) -> FieldText:
    return field_of(
        text(said.get("name")),
        table(said.get("schema")),
        is_required=said.get("required") is True,
        says=text(said.get("description")),
        where=text(said.get("in")),
    )


def _answer(status: str, said: Mapping[str, object]) -> Answer:
    for content_type, each in table(said.get("content")).items():
        schema = table(table(each).get("schema"))
        return Answer(status, text(said.get("description")), content_type, kind_of(schema) if schema else None)
    return Answer(status, text(said.get("description")), "", None)


def _named(operations: Sequence[Operation]) -> Iterator[str]:
    """The shapes that operations speak of; those of errors last."""
    kinds = [
        *(field.kind for each in operations for field in (*each.parameters, *each.body)),
        *(answer.kind for each in operations for answer in each.answers if not answer.is_refusal),
        *(answer.kind for each in operations for answer in each.answers if answer.is_refusal),
    ]
    for kind in kinds:
        if kind is not None and kind.shape:
            yield kind.shape


def _slug(name: str) -> str:
    return _NO_SLUG.sub("-", name.lower()).strip("-")


def _shell_name(parameter: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", _HUMP.sub("_", parameter).upper())
