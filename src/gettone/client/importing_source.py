"""Reads what an account elsewhere has, as Twilio's REST API tells of it. Changes nothing there.

A build is read when an environment serves it, each version once. Must not know what becomes of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from posixpath import basename
from typing import TypeVar

from gettone.client.applications import Applications, RemoteApplication
from gettone.client.builds import Builds, RemoteBuild
from gettone.client.connection import Connection
from gettone.client.environments import Environments, RemoteEnvironment
from gettone.client.files import Functions, RemoteVersion
from gettone.client.importing import (
    FileKind,
    Place,
    Source,
    SourceApplication,
    SourceBuild,
    SourceEnvironment,
    SourceFile,
    SourceKey,
    SourceService,
)
from gettone.client.importing_assets import AssetFinder
from gettone.client.importing_contents import Contents
from gettone.client.keys import Keys
from gettone.client.services import RemoteService, Services
from gettone.client.variables import Variables as RemoteVariables
from gettone.model.errors import PlatformError
from gettone.model.variables import Variables

JAVASCRIPT, PYTHON = "application/javascript", "text/x-python"
# No line of JavaScript begins like this.
_PYTHON_HANDLER = re.compile(r"^(?:async )?def handler\(", re.MULTILINE)
Tell = Callable[[str], None]
N = TypeVar("N")


class SourceReader:
    """Reads one account. `account_sid` is needed where only an API key of it is known, and no service is there.

    State: what was read of versions, so that builds that share them read them once.
    """

    def __init__(
        self, connection: Connection, contents: Contents, finder: AssetFinder, tell: Tell, account_sid: str | None
    ) -> None:
        self._connection = connection
        self._contents = contents
        self._finder = finder
        self._tell = tell
        self._account_sid = account_sid
        self._files: dict[str, SourceFile] = {}
        self._remarks: list[str] = []

    def read(self, names: Sequence[str] = (), renames: Mapping[str, str] | None = None) -> Source:
        """All of it, or the services of these names or SIDs; `renames` are new names by the old ones.

        Raises PlatformError, which speaks of the source.
        """
        with speaking_of_the_source():
            found = _choose(oldest_first(Services(self._connection).list()), names)
            _check_renames(found, renames or {})
            account_sid = self._whose(found)
            services = tuple(self._service(each, renames or {}) for each in found)
            applications = () if account_sid is None else self._applications(account_sid)
            keys = () if account_sid is None else self._keys(account_sid)
        return Source(account_sid or "", services, applications, keys, tuple(self._remarks))

    def _whose(self, services: Sequence[RemoteService]) -> str | None:
        if self._account_sid is not None:
            return self._account_sid
        if self._connection.username.startswith("AC"):
            return self._connection.username
        if services:
            return services[0].account_sid
        self._remarks.append(
            "TwiML applications and keys were not read: an API key does not tell whose it is (give --account-sid)"
        )
        return None

    def _service(self, service: RemoteService, renames: Mapping[str, str]) -> SourceService:
        self._tell(f"Reading service {service.unique_name}")
        builds: dict[str, SourceBuild] = {}
        environments = []
        for each in oldest_first(Environments(self._connection, service.sid).list()):
            if each.build_sid is not None and each.build_sid not in builds:
                build = Builds(self._connection, service.sid).get(each.build_sid)
                builds[each.build_sid] = self._build(service, each, build)
            environments.append(self._environment(service, each, builds))
        return SourceService(
            unique_name=renames.get(service.unique_name, service.unique_name),
            friendly_name=service.friendly_name,
            include_credentials=service.include_credentials,
            environments=tuple(environments),
        )

    def _environment(
        self, service: RemoteService, environment: RemoteEnvironment, builds: Mapping[str, SourceBuild]
    ) -> SourceEnvironment:
        values: dict[str, str] = {}
        for variable in oldest_first(RemoteVariables(self._connection, service.sid, environment.sid).list()):
            if variable.value is None:
                self._remarks.append(
                    f"variable {variable.key} of {service.unique_name}/{environment.unique_name} was not read:"
                    " these credentials may not see its value"
                )
            else:
                values[variable.key] = variable.value
        return SourceEnvironment(
            unique_name=environment.unique_name,
            domain_suffix=environment.domain_suffix,
            domain_name=environment.domain_name,
            variables=Variables(values),
            build=None if environment.build_sid is None else builds[environment.build_sid],
        )

    def _build(self, service: RemoteService, environment: RemoteEnvironment, build: RemoteBuild) -> SourceBuild:
        versions = (
            *((FileKind.FUNCTION, each) for each in build.functions),
            *((FileKind.ASSET, each) for each in build.assets),
        )
        for count, (kind, version) in enumerate(versions, 1):
            if version.sid in self._files:
                continue
            self._tell(f"Reading {kind} {version.path} ({count} of {len(versions)})")
            place = Place(kind, version.path, version.visibility)
            if kind is FileKind.FUNCTION:
                self._files[version.sid] = self._function(service, place, version)
            else:
                self._files[version.sid] = self._asset(place, environment.domain_name)
        return SourceBuild(
            name=build.sid,
            files=tuple(self._files[version.sid] for _, version in versions),
            dependencies=build.dependencies,
            runtime=build.runtime,
        )

    def _function(self, service: RemoteService, place: Place, version: RemoteVersion) -> SourceFile:
        source = Functions(self._connection, service.sid).content(version.file_sid, version.sid)
        digest = self._contents.put(source.encode())
        # Functions there are JavaScript, whatever their paths end in; a Gettone that plays Twilio has others, too.
        name = basename(place.path) or "index"
        if not _PYTHON_HANDLER.search(source):
            return SourceFile(place, digest, f"{name}.js", JAVASCRIPT)
        self._remarks.append(
            f"function {place.path} of {service.unique_name} is Python: packages that it needs are not told there,"
            " so deploy its project with gettone deploy if it needs some"
        )
        return SourceFile(place, digest, f"{name}.py", PYTHON)

    def _asset(self, place: Place, domain_name: str) -> SourceFile:
        found = self._finder.find(place, domain_name)
        digest = None if found is None else self._contents.put(found.content)
        return SourceFile(
            place, digest, basename(place.path) or "index.html", "" if found is None else found.content_type
        )

    def _applications(self, account_sid: str) -> tuple[SourceApplication, ...]:
        def read() -> Iterator[SourceApplication]:
            for each in Applications(self._connection, account_sid).list():
                yield SourceApplication(each.sid, each.friendly_name, application_fields(each))

        return self._if_allowed("TwiML applications", read)

    def _keys(self, account_sid: str) -> tuple[SourceKey, ...]:
        def read() -> Iterator[SourceKey]:
            for each in Keys(self._connection).names(account_sid):
                yield SourceKey(each.sid, each.friendly_name)

        return self._if_allowed("names of API keys", read)

    def _if_allowed(self, what: str, read: Callable[[], Iterator[N]]) -> tuple[N, ...]:
        """A list, oldest first; empty, with a remark, where these credentials may do less than others.

        Twilio shows keys to the auth token and to main keys alone, and to restricted keys what they name.
        """
        try:
            return oldest_first(read())
        except PlatformError as error:
            if error.code != "denied":
                raise
            self._remarks.append(f"{what} were not read: these credentials may not list them")
            return ()


def oldest_first(listed: Iterable[N]) -> tuple[N, ...]:
    """A list in the order in which its things were made: servers begin with the newest."""
    return tuple(reversed(tuple(listed)))


def application_fields(application: RemoteApplication) -> Mapping[str, str]:
    """A TwiML application as the fields that make one like it."""
    texts = {
        "VoiceUrl": application.voice_url,
        "VoiceMethod": application.voice_method,
        "VoiceFallbackUrl": application.voice_fallback_url,
        "VoiceFallbackMethod": application.voice_fallback_method,
        "StatusCallback": application.status_callback,
        "StatusCallbackMethod": application.status_callback_method,
        "SmsUrl": application.sms_url,
        "SmsMethod": application.sms_method,
        "SmsFallbackUrl": application.sms_fallback_url,
        "SmsFallbackMethod": application.sms_fallback_method,
        "SmsStatusCallback": application.sms_status_callback,
        "MessageStatusCallback": application.message_status_callback,
    }
    flags = {
        "VoiceCallerIdLookup": application.voice_caller_id_lookup,
        "PublicApplicationConnectEnabled": application.public_application_connect_enabled,
    }
    said = {name: text for name, text in texts.items() if text}
    return {**said, **{name: "true" for name, flag in flags.items() if flag}}


@contextmanager
def speaking_of_the_source() -> Iterator[None]:
    """Let errors say which of the two sides they come from, and what to type for that one."""
    try:
        yield
    except PlatformError as error:
        if error.evidence.get("status") == 401:
            message = (
                "the account to import from lets nobody in with these credentials: give its Account SID and auth"
                " token, or an API key and its secret (TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or --username)"
            )
        elif error.code == "unavailable" and ("origin" in error.evidence or "status" in error.evidence):
            said = error.message.partition(": ")[0]
            message = (
                f"reading from the source ended: {said}. Look at the network and at --api-url, and type the same"
                " again: what is imported already is not done twice"
            )
        else:
            message = f"reading from the source ended: {error.message.replace('--url', '--api-url')}"
        raise PlatformError(error.code, message, **error.evidence) from error


def _choose(services: Sequence[RemoteService], names: Sequence[str]) -> tuple[RemoteService, ...]:
    """The services of these names or SIDs, all where none is named. Raises PlatformError `not_found`."""
    known = set(chain.from_iterable((each.unique_name, each.sid) for each in services))
    unknown = [name for name in names if name not in known]
    if unknown:
        there = ", ".join(sorted(each.unique_name for each in services)) or "none"
        raise PlatformError("not_found", f"there is no service {', '.join(unknown)}. Those that there are: {there}")
    return tuple(each for each in services if not names or each.unique_name in names or each.sid in names)


def _check_renames(services: Sequence[RemoteService], renames: Mapping[str, str]) -> None:
    """Raise PlatformError for a new name of nothing, or one that two would have."""
    names = [each.unique_name for each in services]
    unknown = [name for name in renames if name not in names]
    if unknown:
        raise PlatformError("not_found", f"no service {', '.join(unknown)} is imported, so it gets no other name")
    becoming = [renames.get(name, name) for name in names]
    twice = sorted({name for name in becoming if becoming.count(name) > 1})
    if twice:
        raise PlatformError("conflict", f"two services would be called {', '.join(twice)}: choose another name")
