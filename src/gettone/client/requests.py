"""How a request is written: queries, forms, files; and how long to wait before it is sent again. Pure.

Must not know who is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

Fields = Mapping[str, str | Sequence[str]]
"""A query or a form: a sequence is the name repeated."""


PAUSE_SECONDS_MAX = 10.0


@dataclass(frozen=True, slots=True)
class Upload:
    """A file and the fields beside it, as `multipart/form-data`."""

    fields: Mapping[str, str]
    filename: str
    content: bytes = field(repr=False)
    content_type: str


def wait(attempt: int, said: str | None) -> float:
    """Seconds until the next attempt: as the server said, or twice as long each time."""
    if said is not None and said.strip().isdigit():
        return min(float(said), PAUSE_SECONDS_MAX)
    return min(0.25 * 2.0**attempt, PAUSE_SECONDS_MAX)


def pairs(query: Fields | None) -> tuple[tuple[str, str], ...]:
    """A query, name by name."""
    found: list[tuple[str, str]] = []
    for name, value in (query or {}).items():
        found.extend((name, each) for each in ([value] if isinstance(value, str) else value))
    return tuple(found)


def read_query(query: str) -> dict[str, list[str]]:
    """The query of a link, as it is sent again."""
    return parse_qs(query, keep_blank_values=True)


def fields_of(form: Fields | None, upload: Upload | None) -> dict[str, str | list[str]] | None:
    """The fields of a form, or those beside a file; None for neither."""
    fields: Fields | None = form if upload is None else upload.fields
    if fields is None:
        return None
    return {name: value if isinstance(value, str) else list(value) for name, value in fields.items()}


def files_of(upload: Upload) -> dict[str, tuple[str, bytes, str]]:
    """The file itself, as `multipart/form-data` has it."""
    return {"Content": (upload.filename, upload.content, upload.content_type)}


def shown_origin(location: str) -> str:
    """Where a server sends on to, without what else is in the URL."""
    parts = urlsplit(location)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else "another page"
