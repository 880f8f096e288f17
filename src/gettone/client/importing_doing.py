"""Carries an import out, service by service, in the order in which a half of it does no harm.

First what serves nothing yet, then the build, then the deployment: whoever breaks it off leaves what was live as it
was. What is wrong with one service does not keep the others back. Decides nothing: the plan did.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from gettone.client.applications import Applications
from gettone.client.build_waiting import await_build
from gettone.client.builds import Builds, Deployments
from gettone.client.connection import Connection
from gettone.client.environments import Environments
from gettone.client.files import Files
from gettone.client.importing import FileKind, SourceBuild, SourceFile, TargetService
from gettone.client.importing_contents import Contents
from gettone.client.importing_plan import BuildPlan, EnvironmentPlan, ImportPlan, PlannedFile, ServicePlan
from gettone.client.services import Services
from gettone.client.variables import Variables
from gettone.model.errors import PlatformError

Tell = Callable[[str], None]
MESSAGE_CHARACTERS_MAX = 500
# Not the service's own faults: the next one would fail as well.
_ENDING = ("unavailable", "denied")


@dataclass(frozen=True, slots=True)
class Failure:
    """A service that was not imported to its end, and why."""

    service: str
    message: str


class Importer:
    """Brings a target to what a plan says. `named` are its services before, by unique name."""

    def __init__(
        self,
        connection: Connection,
        account_sid: str,
        named: dict[str, TargetService],
        contents: Contents,
        tell: Tell,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._account_sid = account_sid
        self._named = named
        self._contents = contents
        self._tell = tell
        self._clock = clock

    def perform(self, plan: ImportPlan) -> tuple[Failure, ...]:
        """Do everything. Raises PlatformError where going on is of no use."""
        failures = []
        for each in plan.services:
            if each.is_done:
                continue
            try:
                self._service(each)
            except PlatformError as error:
                if error.code in _ENDING:
                    raise
                failures.append(Failure(each.source.unique_name, error.message))
        applications = Applications(self._connection, self._account_sid)
        for wanted in plan.applications:
            if wanted.sid is None:
                self._tell(f"Creating TwiML application {wanted.source.friendly_name or wanted.source.sid}")
                applications.create({"FriendlyName": wanted.source.friendly_name, **wanted.source.fields})
        return tuple(failures)

    def _service(self, plan: ServicePlan) -> None:
        name = plan.source.unique_name
        sid = plan.sid
        if sid is None:
            self._tell(f"Creating service {name}")
            sid = (
                Services(self._connection)
                .create(name, plan.source.friendly_name, include_credentials=plan.source.include_credentials)
                .sid
            )
        work = _ServiceWork(self._connection, sid, self._named.get(name), self._contents, self._tell, self._clock)
        for each in plan.environments:
            if not each.is_done:
                work.environment(each)


class _ServiceWork:
    """The parts of one service. State: what was uploaded and built, for environments that share it."""

    def __init__(
        self,
        connection: Connection,
        sid: str,
        before: TargetService | None,
        contents: Contents,
        tell: Tell,
        clock: Callable[[], float],
    ) -> None:
        self._connection = connection
        self._sid = sid
        self._contents = contents
        self._tell = tell
        self._clock = clock
        self._owners = {
            FileKind.FUNCTION: dict(before.functions) if before is not None else {},
            FileKind.ASSET: dict(before.assets) if before is not None else {},
        }
        self._uploaded: dict[SourceFile, str] = {}
        self._built: dict[tuple[SourceBuild, tuple[SourceFile, ...]], str] = {}

    def environment(self, plan: EnvironmentPlan) -> None:
        """An environment, its variables, and what is live in it."""
        source = plan.source
        sid = plan.sid
        if sid is None:
            self._tell(f"Creating environment {source.unique_name}")
            sid = Environments(self._connection, self._sid).create(source.unique_name, source.domain_suffix).sid
        values = {key: source.variables[key] for key in (*plan.added, *plan.changed)}
        if values:
            self._tell(f"Setting {len(values)} variables of {source.unique_name}")
            Variables(self._connection, self._sid, sid).replace(values)
        if plan.build is not None:
            build_sid = plan.build.sid or self._build(plan.build)
            self._tell(f"Deploying to {source.unique_name}")
            message = "".join(filter(str.isprintable, f"Imported from Twilio: {plan.build.source.name}"))[
                :MESSAGE_CHARACTERS_MAX
            ]
            Deployments(self._connection, self._sid, sid).create(build_sid, message)

    def _build(self, plan: BuildPlan) -> str:
        made = (plan.source, tuple(each.file for each in plan.files))
        if made in self._built:
            return self._built[made]
        versions: dict[FileKind, list[str]] = {FileKind.FUNCTION: [], FileKind.ASSET: []}
        for each in plan.files:
            versions[each.file.place.kind].append(each.sid or self._upload(each))
        self._tell("Building")
        builds = Builds(self._connection, self._sid)
        build = builds.create(
            functions=versions[FileKind.FUNCTION],
            assets=versions[FileKind.ASSET],
            dependencies=plan.source.dependencies,
            requirements=plan.source.requirements,
        )
        await_build(self._connection, self._sid, build.sid, self._tell, clock=self._clock)
        self._built[made] = build.sid
        return build.sid

    def _upload(self, planned: PlannedFile) -> str:
        file = planned.file
        if file in self._uploaded:
            return self._uploaded[file]
        place = file.place
        self._tell(f"Uploading {place}")
        files = Files(self._connection, self._sid)
        kept = files.functions if place.kind is FileKind.FUNCTION else files.assets
        owners = self._owners[place.kind]
        if place.path not in owners:
            owners[place.path] = kept.create(place.path).sid
        version = kept.upload(
            owners[place.path],
            path=place.path,
            visibility=place.visibility,
            filename=file.filename,
            content=self._contents.get(file.digest or ""),
            content_type=file.content_type or "application/octet-stream",
        )
        self._uploaded[file] = version.sid
        return version.sid
