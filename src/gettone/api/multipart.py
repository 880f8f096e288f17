"""Uploads, as Twilio's toolkit sends them: a multipart body of Path, Visibility and Content. Malformed is a 400.

The edge has bounded the whole. Content waits in a temporary file, most of it on disk, until all is there: who sends
slowly holds a file, not memory. Must not know what may be uploaded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gettone.api.forms import Extra
from gettone.model.errors import PlatformError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MULTIPART = "multipart/form-data"
# Three are known; clients may add what they like, within reason.
PARTS_MAX = 20
# Twilio's longest path has 255 characters.
TEXT_BYTES_MAX = 4096
# What of a content stays in memory while the rest of it comes.
MEMORY_BYTES = 256 << 10

# What control/uploads.py takes; white space, too, which becomes a hyphen. With its slash, which may be missing, a path
# has 255 characters at most.
_PART = r"[^#;,?:@+&$()'\"\\/\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f]{1,250}"
UPLOAD: Extra = {
    "type": "object",
    "required": ["Path", "Visibility", "Content"],
    "properties": {
        "Path": {
            "type": "string",
            "anyOf": [
                {"pattern": f"^/({_PART}(/{_PART})*)?$", "maxLength": 255},
                {"pattern": f"^{_PART}(/{_PART})*$", "maxLength": 254},
            ],
            "description": "Where it is served; a slash at its start may be missing",
        },
        "Visibility": {"type": "string", "enum": ["public", "protected", "private"]},
        "Content": {"type": "string", "format": "binary", "description": "The file, with its name and content type"},
    },
}


@dataclass(frozen=True, slots=True)
class Upload:
    """What was uploaded, not judged yet. Reading `content` takes as much memory as it has bytes."""

    path: str
    visibility: str
    file: SpooledTemporaryFile[bytes] = field(repr=False)
    filename: str
    content_type: str

    def content(self) -> bytes:
        """All of it."""
        self.file.seek(0)
        return self.file.read()

    def close(self) -> None:
        """Forget the content."""
        self.file.close()


async def read_upload(request: Request) -> Upload:
    """Read the body of a request as an upload; whoever gets it closes it. Raises PlatformError `invalid`."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != MULTIPART.encode():
        raise PlatformError("invalid", f"The body must be an upload: send it with the content type {MULTIPART}")
    boundary = options.get(b"boundary")
    if not boundary:
        raise _malformed("its content type names no boundary")
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        async for piece in request.stream():
            parser.write(piece)
        return parts.finish()
    except FormParserError as error:
        parts.close()
        raise _malformed(str(error)[:200]) from None
    except BaseException:
        parts.close()
        raise


class _Parts:
    """What a body is made of, as the parser finds it.

    State: the part that is being read (`_name`, what its head says, `_head` line by line), the texts, and the one file
    that Content goes to. `_is_whole` once the last boundary was seen.
    """

    def __init__(self) -> None:
        self._count = 0
        self._name = ""
        self._head: dict[bytes, bytes] = {}
        self._field = b""
        self._value = b""
        self._texts: dict[str, bytearray] = {}
        self._file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115 - see `close`
        self._filename: str | None = None
        self._content_type = ""
        self._has_content = False
        self._is_whole = False

    def callbacks(self) -> MultipartCallbacks:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._add_field,
            "on_header_value": self._add_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._start,
            "on_part_data": self._add_data,
            "on_end": self._end,
        }

    def finish(self) -> Upload:
        """The upload, when everything is there. Raises PlatformError `invalid`."""
        if not self._is_whole and self._count:
            raise _malformed("it ends before its last boundary")
        texts = {name: self._text(name) for name in ("Path", "Visibility")}
        if not self._has_content:
            raise _missing("Content")
        return Upload(texts["Path"], texts["Visibility"], self._file, self._filename or "", self._content_type)

    def close(self) -> None:
        """Forget what was read."""
        self._file.close()

    def _begin(self) -> None:
        self._count += 1
        if self._count > PARTS_MAX:
            raise _malformed(f"it has more than {PARTS_MAX} parts")
        self._head = {}

    def _add_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._head[self._field.lower()] = self._value
        self._field = self._value = b""

    def _start(self) -> None:
        _, options = parse_options_header(self._head.get(b"content-disposition"))
        if b"name" not in options:
            raise _malformed("one of its parts has no name")
        self._name = _decoded(options[b"name"])
        filename = options.get(b"filename")
        if self._name != "Content":
            if self._name in ("Path", "Visibility") and filename is not None:
                raise _wrong(self._name, "must be text, and is a file: leave its file name out")
            self._texts[self._name] = bytearray()
            return
        if self._has_content:
            raise _wrong("Content", "is there twice: send one file at a time")
        self._has_content = True
        self._filename = None if filename is None else _decoded(filename)
        self._content_type = _decoded(self._head.get(b"content-type", b""))

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._name == "Content":
            self._file.write(data[start:end])
            return
        text = self._texts[self._name]
        text += data[start:end]
        if len(text) > TEXT_BYTES_MAX:
            raise _wrong(self._name[:64], f"has more than {TEXT_BYTES_MAX} bytes: shorten it")

    def _end(self) -> None:
        self._is_whole = True

    def _text(self, name: str) -> str:
        value = self._texts.get(name)
        if value is None:
            raise _missing(name)
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            raise _wrong(name, "is not UTF-8") from None
        if "\0" in text:
            raise _wrong(name, "holds the character U+0000: leave it out")
        return text


def _decoded(text: bytes) -> str:
    """A text of a part's head: UTF-8, as clients send it, or what is always possible."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _malformed(why: str) -> PlatformError:
    return PlatformError("invalid", f"The multipart body cannot be read: {why}")


def _missing(name: str) -> PlatformError:
    return PlatformError("invalid", f"Missing required parameter {name} in the multipart body", parameter=name)


def _wrong(name: str, what: str) -> PlatformError:
    return PlatformError("invalid", f"{name} {what}", parameter=name)
