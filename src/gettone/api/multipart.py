"""Uploads, as Twilio's toolkit sends them: a multipart body of Path, Visibility and Content. Malformed is a 400.

The edge has bounded the whole. A large Content lies in a temporary file until it is whole. Must not know what may be
uploaded.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from gettone.api.forms import Extra
from gettone.model.errors import PlatformError

MULTIPART = "multipart/form-data"
# Three are known; clients may add what they like, within reason.
PARTS_MAX = 20
# Content may come without a file name, as text.
TEXT_BYTES_MAX = 1 << 20

# What control/uploads.py takes. With its slash, which may be missing, a path has 255 characters at most.
_PART = r"[^#;,?:@+&$()'\"\\/\u0000-\u001f\u007f-\u009f]{1,250}"
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
    """What was uploaded, not judged yet."""

    path: str
    visibility: str
    content: bytes = field(repr=False)
    filename: str
    content_type: str


async def read_upload(request: Request) -> Upload:
    """Read the body of a request as an upload. Raises PlatformError `invalid`."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MULTIPART:
        raise PlatformError("invalid", f"The body must be an upload: send it with the content type {MULTIPART}")
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=PARTS_MAX, max_fields=PARTS_MAX, max_part_size=TEXT_BYTES_MAX
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise PlatformError("invalid", f"The multipart body cannot be read: {error.message}") from None
    try:
        return await _upload(form)
    finally:
        await form.close()


async def _upload(form: FormData) -> Upload:
    path, visibility = _text(form, "Path"), _text(form, "Visibility")
    content = form.get("Content")
    if content is None:
        raise _missing("Content")
    if isinstance(content, UploadFile):
        return Upload(path, visibility, await content.read(), content.filename or "", content.content_type or "")
    return Upload(path, visibility, content.encode(), "", "")


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    if value is None:
        raise _missing(name)
    if not isinstance(value, str):
        raise PlatformError("invalid", f"{name} must be text, and is a file: leave its file name out", parameter=name)
    if "\0" in value:
        raise PlatformError("invalid", f"{name} holds the character U+0000: leave it out", parameter=name)
    return value


def _missing(name: str) -> PlatformError:
    return PlatformError("invalid", f"Missing required parameter {name} in the multipart body", parameter=name)
