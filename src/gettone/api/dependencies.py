"""The packages that a build asks for, out of the texts that clients send. Pure; must not know npm or pip.

Samples send `[{"name":"twilio","version":"3.6.3"}]`. Twilio's toolkit puts that into one more pair of quotes, and
escapes none of those inside: no JSON any more, and yet what it sends.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from gettone.api.fields import Text
from gettone.api.forms import Document
from gettone.model.builds import Dependency
from gettone.model.errors import PlatformError

# Beyond this nobody lists packages by hand; control bounds their number by a setting.
_PACKAGES_MAX = 10_000


class _Package(Document):
    name: Text
    version: Text = ""


_PACKAGES = TypeAdapter(Annotated[list[_Package], Field(max_length=_PACKAGES_MAX)])
_LINES = TypeAdapter(Annotated[list[Text], Field(max_length=_PACKAGES_MAX)])
_TEXT = TypeAdapter(Text)


def read_dependencies(text: str | None) -> tuple[Dependency, ...] | None:
    """npm packages; any version where none is named. None when nothing was sent. Raises PlatformError `invalid`."""
    if text is None:
        return None
    text = text.strip()
    if text in ("", '""'):
        return ()
    if text.startswith('"[') and text.endswith(']"'):
        text = _unquoted(text)
    try:
        packages = _PACKAGES.validate_json(text)
    except ValidationError:
        raise PlatformError(
            "invalid",
            'Dependencies must be JSON: write [{"name": "lodash", "version": "4.17.21"}]',
            parameter="Dependencies",
        ) from None
    return tuple(Dependency(each.name, each.version or "*") for each in packages)


def read_requirements(text: str | None) -> tuple[str, ...]:
    """Lines as pip reads them, out of a JSON list or the text of a file. Raises PlatformError `invalid`."""
    if text is None:
        return ()
    if not text.lstrip().startswith("["):
        return tuple(text.splitlines())
    try:
        return tuple(_LINES.validate_json(text))
    except ValidationError:
        raise PlatformError(
            "invalid",
            'Requirements must be lines, or a JSON list of lines: write ["requests>=2"]',
            parameter="Requirements",
        ) from None


def _unquoted(text: str) -> str:
    """The text in the outer quotes: whether those inside are escaped, as JSON wants it, or are not."""
    try:
        return _TEXT.validate_json(text)
    except ValidationError:
        return text[1:-1]
