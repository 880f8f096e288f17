"""What is deployed as code: functions, and the modules they bring along. Must not know folders, routes or guests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gettone.model.sids import AccountSid, FunctionSid, FunctionVersionSid, ServiceSid

# A figure of an old page of Twilio's; no newer one is published.
FUNCTION_BYTES_MAX = 1 << 20
# No figure of Twilio's: its cloud has no modules. The private asset is what people use there instead.
MODULE_BYTES_MAX = 10 << 20


class Visibility(StrEnum):
    """Who may reach a function or an asset by its URL: anyone, holders of a valid signature, nobody."""

    PUBLIC = "public"
    PROTECTED = "protected"
    PRIVATE = "private"


class Language(StrEnum):
    """Which guest runs a function."""

    PYTHON = "python"
    JAVASCRIPT = "javascript"


class FunctionEvent(StrEnum):
    """What a function is made for: what Twilio asks it about when something comes in. It changes no answer."""

    NONE = "none"
    CALL = "call"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Function:
    """A file with a handler in it.

    `path` is its route (`/a/b`), `name` the same without the slash, `source` the file as the project has it
    (`functions/a/b.protected.js`), `file` where it lies under the task root (`handlers/a/b.protected.js`).
    `sid` is what its log lines are kept under, None in `dev`.
    """

    path: str
    name: str
    source: str
    file: str
    language: Language
    visibility: Visibility
    content: bytes = field(repr=False)
    sid: FunctionSid | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """A file beside the functions that has no route: what they import or read. Names as in Function."""

    source: str
    file: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FunctionResource:
    """A function as it is kept: a name for the versions of one piece of code.

    `removed_version_sid` is its newest version when it was removed in an editor: until there is a newer one it is kept
    for the builds that have it, and no more.
    """

    sid: FunctionSid
    account_sid: AccountSid
    service_sid: ServiceSid
    friendly_name: str
    created_at: datetime
    updated_at: datetime
    event: FunctionEvent = FunctionEvent.NONE
    removed_version_sid: FunctionVersionSid | None = None


@dataclass(frozen=True, slots=True)
class FunctionVersion:
    """Code that was uploaded once and never changes. `digest` is the SHA-256 of its content, which the blobs hold.

    `extension` (`.py`, `.js`, `.mjs`, `.cjs`, `.ts`) says what the file is called when it runs.
    """

    sid: FunctionVersionSid
    account_sid: AccountSid
    service_sid: ServiceSid
    function_sid: FunctionSid
    path: str
    visibility: Visibility
    language: Language
    extension: str
    digest: str
    size_bytes: int
    created_at: datetime
