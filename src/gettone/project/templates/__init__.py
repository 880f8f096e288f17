"""Templates of new functions: code to begin with, in both languages, and what else a new function is preset with.

The code lies beside this module, one file for each (`room-token.js.txt`). How a template is called
and described is the business of whoever shows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from gettone.model.errors import PlatformError
from gettone.model.functions import Language, Visibility

EVENTS = ("none", "call", "message")
"""What a function may say that it is for: nothing in particular, an incoming call, an incoming message."""

_FOLDER = Path(__file__).parent
_VARIABLE = re.compile(r"\bcontext\.([A-Z][A-Z0-9_]*)")
_EXTENSIONS = {Language.JAVASCRIPT: ".js", Language.PYTHON: ".py"}


@dataclass(frozen=True, slots=True)
class Template:
    """What a new function begins with. `title` and `path` are proposals for its name and its path."""

    name: str
    language: Language
    title: str
    path: str
    visibility: Visibility
    event: str
    text: str = field(repr=False)

    @property
    def extension(self) -> str:
        """What the file of such a function ends in."""
        return _EXTENSIONS[self.language]

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that its code reads, in that order."""
        return tuple(dict.fromkeys(_VARIABLE.findall(self.text)))


def _both(
    name: str, title: str, path: str, visibility: Visibility = Visibility.PROTECTED, event: str = "none"
) -> tuple[Template, ...]:
    return tuple(
        Template(
            name,
            language,
            title,
            path,
            visibility,
            event,
            (_FOLDER / f"{name}{extension}.txt").read_text(encoding="utf-8"),
        )
        for language, extension in _EXTENSIONS.items()
    )


# A page asks for a token from the browser, where nobody can sign as Twilio does.
TEMPLATES: tuple[Template, ...] = (
    *_both("blank", "Hello", "/hello"),
    *_both("room-token", "Create Room Token", "/create-room-token", Visibility.PUBLIC),
    *_both("voice-token", "Create Voice Token", "/token", Visibility.PUBLIC),
    *_both("chat-token", "Create Chat Token", "/chat-token", Visibility.PUBLIC),
    *_both("sync-token", "Create Sync Token", "/sync-token", Visibility.PUBLIC),
    *_both("webhook", "Answer a Call", "/answer-call", event="call"),
)


def find_template(name: str, language: str) -> Template:
    """The template of this name, in this language. Raises PlatformError `invalid`."""
    for template in TEMPLATES:
        if (template.name, template.language) == (name, language):
            return template
    if language not in _EXTENSIONS:
        raise PlatformError("invalid", f"Language must be one of {', '.join(_EXTENSIONS)}", parameter="Language")
    names = ", ".join(dict.fromkeys(template.name for template in TEMPLATES))
    raise PlatformError("invalid", f"Template must be one of {names}", parameter="Template")
