"""Forms as people fill them in: read within bounds, kept as they were typed, with what is wrong beside each field.

Must not know what a field means.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from gettone.model.errors import PlatformError

BODY_BYTES = 1 << 20
FIELDS_MAX = 1000
FILES_MAX = 20
GENERAL = ""
"""The name under which a form keeps what is wrong with all of it."""

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that somebody sent along."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Form:
    """Fields by name, each with all of its values; what is wrong, by name of field. Values may be secrets."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    problems: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, SentFile] = field(default_factory=dict, repr=False)

    def text(self, name: str, default: str = "") -> str:
        """What was typed, without blanks around it."""
        return self.raw(name, default).strip()

    def raw(self, name: str, default: str = "") -> str:
        """What was typed, to the last blank: passwords and code."""
        found = self.values.get(name, ())
        return found[0] if found else default

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may stand there several times."""
        return self.values.get(name, ())

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.raw(name) not in ("", "off", "false")

    def problem(self, name: str = GENERAL) -> str:
        """What is wrong with a field; empty when nothing is."""
        return self.problems.get(name, "")

    def with_problem(self, message: str, name: str = GENERAL) -> Form:
        """The same form, and what is wrong with a field of it."""
        return replace(self, problems={**self.problems, name: message})

    def with_boxes(self, *names: str) -> Form:
        """The same form, with boxes among its fields that were left empty: browsers send nothing for those."""
        return replace(self, values={**dict.fromkeys(names, ()), **self.values})

    def without(self, *names: str) -> Form:
        """The same form without some fields: secrets are not sent back."""
        return replace(self, values={name: typed for name, typed in self.values.items() if name not in names})


def filled(**values: str | bool | None) -> Form:
    """A form that nobody has sent yet. None and False leave a field empty."""
    texts = {name: "on" if value is True else value for name, value in values.items() if value not in (None, False)}
    return Form({name: (str(text),) for name, text in texts.items()})


async def read_form(request: Request, *, bytes_max: int = BODY_BYTES) -> Form:
    """Read what was sent, urlencoded or with files. Raises PlatformError `too_large` or `invalid`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _read_parts(request, bytes_max)
    if kind not in ("application/x-www-form-urlencoded", ""):
        raise PlatformError("invalid", "This is no form: send it from the page")
    body = b"".join([piece async for piece in _bounded(request, bytes_max)])
    values: dict[str, tuple[str, ...]] = {}
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError as error:  # UnicodeDecodeError is one
        raise PlatformError("invalid", "The form cannot be read: send it from the page again") from error
    for name, text in pairs:
        values[name] = (*values.get(name, ()), _clean(text))
    return Form(values)


def field_of(parameter: object) -> str:
    """The field that a parameter of control's stands in: `FriendlyName` is `friendly_name`."""
    return _HUMPS.sub("_", parameter).lower() if isinstance(parameter, str) else GENERAL


async def _read_parts(request: Request, bytes_max: int) -> Form:
    parser = MultiPartParser(
        request.headers,
        _bounded(request, bytes_max),
        max_files=FILES_MAX,
        max_fields=FIELDS_MAX,
        max_part_size=bytes_max,
    )
    values: dict[str, tuple[str, ...]] = {}
    files: dict[str, SentFile] = {}
    try:
        parts = await parser.parse()
    except (MultiPartException, UnicodeDecodeError) as error:
        raise PlatformError("invalid", "The form cannot be read: send it from the page again") from error
    try:
        for name, part in parts.multi_items():
            if isinstance(part, UploadFile):
                # A field for a file that nobody chose comes without a name.
                if part.filename:
                    files[name] = SentFile(_clean(part.filename), part.content_type or "", await part.read())
            else:
                values[name] = (*values.get(name, ()), _clean(part))
    finally:
        await parts.close()
    return Form(values, files=files)


async def _bounded(request: Request, bytes_max: int) -> AsyncGenerator[bytes, None]:
    left = bytes_max
    async for piece in request.stream():
        left -= len(piece)
        if left < 0:
            raise PlatformError(
                "too_large", f"This is too large: {bytes_max} bytes are allowed here", bytes_max=bytes_max
            )
        yield piece


def _clean(text: str) -> str:
    """Lines as programs write them (browsers send CR LF). Raises PlatformError for what no database takes."""
    if "\0" in text:
        raise PlatformError("invalid", "A field holds a NUL character: leave it out")
    return text.replace("\r\n", "\n")
