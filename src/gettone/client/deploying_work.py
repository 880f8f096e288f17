"""Carries a deploy out, in the order in which a half of it does no harm: what is live changes last, and at once.

Whoever breaks it off has what was uploaded and built for the next time. Decides nothing: the plan did.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from gettone.client.build_waiting import await_build
from gettone.client.builds import Builds, Deployments
from gettone.client.checks import RemoteProblem, check_functions
from gettone.client.connection import Connection
from gettone.client.deploying import DeployPlan, LocalFile, PlannedFile, Standing
from gettone.client.deploying_standing import environment_name
from gettone.client.environments import Environments, RemoteEnvironment
from gettone.client.files import Files
from gettone.client.importing import FileKind
from gettone.client.services import RemoteService, Services
from gettone.client.variables import Variables
from gettone.model.errors import PlatformError

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Deployed:
    """What came of it. `deployment_sid` is None where nothing had to be deployed; `variables` are keys that changed."""

    service: RemoteService
    environment: RemoteEnvironment
    build_sid: str
    deployment_sid: str | None
    uploaded: tuple[LocalFile, ...]
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: the names of what has to be made; without a suffix it is production."""

    service_name: str
    suffix: str | None


class Deployer:
    """Brings a service to what a plan says. State: `is_at_the_end`, once it changes what is live."""

    def __init__(self, connection: Connection, tell: Tell, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._tell = tell
        self._clock = clock
        self.is_at_the_end = False

    def perform(self, plan: DeployPlan, standing: Standing, target: Target, message: str | None = None) -> Deployed:
        """Do everything. Raises PlatformError; what was live is then live still."""
        service = standing.service or self._make_service(target.service_name)
        environment = standing.environment or self._make_environment(service, target.suffix)
        versions = self._upload(plan, standing, service)
        build_sid = plan.build_sid or self._build(plan, service, versions)
        if not plan.is_live:
            await_build(self._connection, service.sid, build_sid, self._tell, clock=self._clock)
        self.is_at_the_end = True
        if plan.bounds is not None:
            self._tell("Setting the bounds of the workers")
            Services(self._connection).bound(service.sid, plan.bounds)
        changed: tuple[str, ...] = ()
        if plan.variables:
            hidden = " (what they are cannot be seen from here)" if plan.unseen == plan.variables else ""
            self._tell(f"Setting variables: {', '.join(plan.variables)}{hidden}")
            values = {key: plan.project.variables[key] for key in plan.variables}
            changed = Variables(self._connection, service.sid, environment.sid).replace(values)
        deployment_sid = None
        if not plan.is_live:
            self._tell(f"Deploying to {environment.unique_name}")
            deployments = Deployments(self._connection, service.sid, environment.sid)
            deployment_sid = deployments.create(build_sid, message).sid
        return Deployed(service, environment, build_sid, deployment_sid, plan.uploads, changed)

    def _make_service(self, name: str) -> RemoteService:
        self._tell(f"Creating service {name}")
        return Services(self._connection).create(name)

    def _make_environment(self, service: RemoteService, suffix: str | None) -> RemoteEnvironment:
        name = environment_name(suffix)
        self._tell(f"Creating environment {name}")
        return Environments(self._connection, service.sid).create(name, suffix)

    def _upload(self, plan: DeployPlan, standing: Standing, service: RemoteService) -> tuple[tuple[FileKind, str], ...]:
        """The versions of all files, those that were there and those that were not."""
        owners = dict(standing.owners)
        count = len(plan.uploads)
        done = 0
        versions = []
        for each in plan.files:
            sid = each.version_sid
            if sid is None:
                done += 1
                self._tell(f"Uploading {each.file.source} ({done} of {count})")
                sid = self._send(each, owners, service)
            versions.append((each.file.place.kind, sid))
        return tuple(versions)

    def _send(self, planned: PlannedFile, owners: dict[tuple[FileKind, str], str], service: RemoteService) -> str:
        file = planned.file
        files = Files(self._connection, service.sid)
        kept = files.functions if file.place.kind is FileKind.FUNCTION else files.assets
        key = (file.place.kind, file.place.path)
        content = file.content.read()
        if key not in owners:
            owners[key] = kept.create(file.place.path).sid
        return kept.upload(
            owners[key],
            path=file.place.path,
            visibility=file.place.visibility,
            filename=file.filename,
            content=content,
            content_type=file.content_type,
        ).sid

    def _build(self, plan: DeployPlan, service: RemoteService, versions: tuple[tuple[FileKind, str], ...]) -> str:
        self._tell("Checking the code")
        functions = [sid for kind, sid in versions if kind is FileKind.FUNCTION]
        problems = check_functions(self._connection, service.sid, functions) if functions else ()
        if problems:
            raise refused(problems)
        self._tell("Building")
        build = Builds(self._connection, service.sid).create(
            functions=functions,
            assets=[sid for kind, sid in versions if kind is FileKind.ASSET],
            dependencies=plan.project.dependencies,
            requirements=plan.project.requirements,
            runtime=plan.project.runtime,
        )
        return build.sid


def refused(problems: tuple[RemoteProblem, ...]) -> PlatformError:
    """The error for code that does not compile."""
    told = "\n".join(map(str, problems))
    return PlatformError("invalid", f"{told}\nNothing was deployed: mend it, and deploy again")
