"""JSON of an OpenAPI document, read without trust in its shape; and its schemas as lists of fields. Pure.

Must not know paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_REFERENCE = "#/components/schemas/"
_PATTERN_CHARACTERS = 60  # a longer one explains nothing


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is, in a word, and the shape that it has, if that has a name."""

    text: str
    shape: str = ""


@dataclass(frozen=True, slots=True)
class FieldText:
    """A field or a parameter. `where` is path, query or header; empty in a body. `bounds` are pairs of name, value."""

    name: str
    kind: Kind
    is_required: bool
    says: str
    bounds: Sequence[tuple[str, str]] = ()
    where: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """An object that has a name."""

    name: str
    says: str
    fields: Sequence[FieldText]


def table(value: object) -> Mapping[str, object]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> Sequence[object]:
    """A JSON array; an empty one for anything else."""
    return value if isinstance(value, list | tuple) else ()


def text(value: object) -> str:
    """A JSON text; an empty one for anything else."""
    return value if isinstance(value, str) else ""


def kind_of(schema: Mapping[str, object]) -> Kind:
    """What a schema describes, in a word."""
    if text(schema.get("$ref")).startswith(_REFERENCE):
        name = text(schema["$ref"]).removeprefix(_REFERENCE)
        return Kind(name, name)
    choices = items(schema.get("enum"))
    if choices:
        return Kind(" | ".join(str(choice) for choice in choices))
    parts = [kind_of(table(each)) for each in (*items(schema.get("anyOf")), *items(schema.get("oneOf")))]
    if parts and not schema.get("type"):
        named = next((part.shape for part in parts if part.shape), "")
        return Kind(" | ".join(dict.fromkeys(part.text for part in parts)), named)
    if schema.get("type") == "array":
        inner = kind_of(table(schema.get("items")))
        return Kind(f"{inner.text}[]", inner.shape)
    said = schema.get("type")
    kind = " | ".join(map(str, said)) if isinstance(said, list) else text(said) or "object"
    form = text(schema.get("format"))
    return Kind(f"{kind} ({form})" if form else kind)


def fields_of(schema: Mapping[str, object]) -> Sequence[FieldText]:
    """The fields of an object."""
    required = set(map(str, items(schema.get("required"))))
    return tuple(
        field_of(name, table(each), is_required=name in required)
        for name, each in table(schema.get("properties")).items()
    )


def field_of(
    name: str, schema: Mapping[str, object], *, is_required: bool, says: str = "", where: str = ""
) -> FieldText:
    """A field, or a parameter somewhere else."""
    kind = kind_of(schema)
    bounds = tuple(_bounds(schema))
    return FieldText(
        name, kind, is_required, says or text(schema.get("description")), bounds, where, _example(name, schema, kind)
    )


def shape_of(name: str, schema: Mapping[str, object]) -> Shape:
    """An object, or a list of choices, that has a name."""
    fields = fields_of(schema)
    return Shape(name, text(schema.get("description")) or ("" if fields else kind_of(schema).text), fields)


def shapes_below(names: Sequence[str], schemas: Mapping[str, object]) -> Sequence[Shape]:
    """The shapes of these names, and all that they are made of, each once."""
    found: dict[str, Shape] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name in found or name not in schemas:
            continue
        found[name] = shape_of(name, table(schemas[name]))
        waiting += [field.kind.shape for field in found[name].fields if field.kind.shape]
    return tuple(found.values())


def _bounds(schema: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    kept = [schema, *(table(each) for each in items(schema.get("anyOf")))]
    for name in ("default", "minimum", "maximum", "minLength", "maxLength", "pattern"):
        value = next((each[name] for each in kept if each.get(name) is not None), None)
        # Nothing may be empty by default, and a pattern that keeps control characters out is said in errors.
        if value in (None, "", [], {}) or (name == "minLength" and value in (0, 1)):
            continue
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        if name != "pattern" or (len(shown) <= _PATTERN_CHARACTERS and "\\u00" not in shown):
            yield name, shown


def _example(name: str, schema: Mapping[str, object], kind: Kind) -> str:
    choices = items(schema.get("enum"))
    if choices:
        return str(choices[0])
    if schema.get("format") == "binary":
        return f"@{name.lower()}"
    plain = kind.text.split(" ")[0]
    return {"integer": "1", "number": "1", "boolean": "true"}.get(plain, "…")
