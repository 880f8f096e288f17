"""What an import knows of an account elsewhere, and of the account that takes it in: values of both sides. Pure.

Must not know how either side is asked, nor what a folder is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gettone.model.builds import Dependency
from gettone.model.functions import Visibility
from gettone.model.variables import Variables


class FileKind(StrEnum):
    """The two sorts of files that a build is made of."""

    FUNCTION = "function"
    ASSET = "asset"


@dataclass(frozen=True, slots=True)
class Place:
    """What a file is for those who ask: one build has one file for each."""

    kind: FileKind
    path: str
    visibility: Visibility

    def __str__(self) -> str:
        loud = "" if self.visibility is Visibility.PUBLIC else f" ({self.visibility})"
        return f"{self.kind} {self.path}{loud}"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the source. `digest` is the SHA-256 of its content in hex, None where nobody could get hold of that.

    `filename` and `content_type` are what it is uploaded with: they tell the language of a function.
    """

    place: Place
    digest: str | None
    filename: str
    content_type: str


@dataclass(frozen=True, slots=True)
class SourceBuild:
    """What an environment of the source serves. `name` says which one it is, for people: its SID, or its folder."""

    name: str
    files: tuple[SourceFile, ...]
    dependencies: tuple[Dependency, ...] = ()
    requirements: tuple[str, ...] = ()
    runtime: str = ""


@dataclass(frozen=True, slots=True)
class SourceEnvironment:
    """An environment of the source. Without a suffix (None) it is production; `build` is None where nothing is live."""

    unique_name: str
    domain_suffix: str | None
    domain_name: str
    variables: Variables
    build: SourceBuild | None


@dataclass(frozen=True, slots=True)
class SourceService:
    """A service of the source. `unique_name` is what it is called where it goes."""

    unique_name: str
    friendly_name: str
    include_credentials: bool
    environments: tuple[SourceEnvironment, ...]


@dataclass(frozen=True, slots=True)
class SourceApplication:
    """A TwiML application of the source: `fields` are form fields and values, as Twilio names them."""

    sid: str
    friendly_name: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SourceKey:
    """The name of an API key. Its secret is told to nobody a second time."""

    sid: str
    friendly_name: str


@dataclass(frozen=True, slots=True)
class Source:
    """All that is taken. `remarks` are sentences about what could not be read."""

    account_sid: str
    services: tuple[SourceService, ...]
    applications: tuple[SourceApplication, ...] = ()
    keys: tuple[SourceKey, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetFile:
    """A version that was uploaded already."""

    place: Place
    sid: str
    digest: str


@dataclass(frozen=True, slots=True)
class TargetBuild:
    """A completed build."""

    sid: str
    files: tuple[TargetFile, ...]
    dependencies: tuple[Dependency, ...] = ()
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetEnvironment:
    """An environment of the target, and the SID of the build that is live in it."""

    sid: str
    unique_name: str
    domain_suffix: str | None
    domain_name: str
    variables: Variables
    build_sid: str | None


@dataclass(frozen=True, slots=True)
class TargetService:
    """A service of the target. `functions` and `assets` are SIDs by name, `files` every version there is of them."""

    sid: str
    unique_name: str
    environments: tuple[TargetEnvironment, ...] = ()
    functions: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, str] = field(default_factory=dict)
    files: tuple[TargetFile, ...] = ()
    builds: tuple[TargetBuild, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetApplication:
    """A TwiML application of the target."""

    sid: str
    friendly_name: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """What the target has of what matters to an import. `key_sids` are its API keys, as far as one may know."""

    account_sid: str
    services: tuple[TargetService, ...] = ()
    applications: tuple[TargetApplication, ...] = ()
    key_sids: frozenset[str] = frozenset()
