"""How a deploy is told: what would be done, and what was done. Data to stdout; decides nothing, asks no server."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from gettone.cli.output import Format, printable, say, show_json, show_rows
from gettone.client.deploying import DeployPlan, LocalFile, Standing
from gettone.client.deploying_work import Deployed
from gettone.client.importing import FileKind
from gettone.model.functions import Visibility


def show_plan(plan: DeployPlan, standing: Standing, names: tuple[str, str], output: Format) -> None:
    """What would be done. Nothing of it is."""
    service, environment = names
    rows = [{"action": action, "what": what} for action, what in _steps(plan, standing, service, environment)]
    if output is Format.JSON:
        show_json(
            {
                "dry_run": True,
                "service_name": service,
                "service_sid": None if standing.service is None else standing.service.sid,
                "environment": environment,
                "environment_sid": None if standing.environment is None else standing.environment.sid,
                "is_new_service": standing.service is None,
                "is_new_environment": standing.environment is None,
                "changed": not plan.is_nothing,
                "uploads": [_shown(each) for each in plan.uploads],
                "unchanged": len(plan.files) - len(plan.uploads),
                "removed": list(plan.removed),
                "variables": list(plan.variables),
                "builds": plan.build_sid is None,
                "deploys": not plan.is_live,
            }
        )
        return
    show_rows(output, ("action", "what"), rows, empty="Nothing would be done: all of it is live already.")
    if rows:
        say("This was a dry run: nothing was done.")


def show_deployed(plan: DeployPlan, done: Deployed, base_url: str, output: Format) -> None:
    """What was done, and where it is reached."""
    changed = done.deployment_sid is not None or bool(done.variables) or plan.bounds is not None
    if output is Format.JSON:
        show_json(
            {
                "service_sid": done.service.sid,
                "service_name": done.service.unique_name,
                "environment_sid": done.environment.sid,
                "environment": done.environment.unique_name,
                "domain": done.environment.domain_name,
                "build_sid": done.build_sid,
                "deployment_sid": done.deployment_sid,
                "changed": changed,
                "uploaded": [each.source for each in done.uploaded],
                "removed": list(plan.removed) if done.deployment_sid is not None else [],
                "variables": list(done.variables),
                "functions": [_reached(each, base_url) for each in _of(plan, FileKind.FUNCTION)],
                "assets": [_reached(each, base_url) for each in _of(plan, FileKind.ASSET)],
            }
        )
        return
    if done.deployment_sid is not None:
        say(f"Deployed {done.service.unique_name} to {done.environment.unique_name} (build {done.build_sid}).")
    elif changed:
        say("The code is live already: only what is told above was changed, and nothing was deployed.")
    else:
        say("Nothing was deployed: code and variables are live already.")
    rows = [_reached(each, base_url) for kind in FileKind for each in _of(plan, kind)]
    shown = [each for each in rows if each["url"] is not None]
    if output is Format.TSV:
        show_rows(output, ("kind", "path", "visibility", "url"), rows)
        return
    for row in shown:
        print(printable(f"{row['url']}{'' if row['visibility'] == 'public' else ' (protected)'}"))


def _steps(plan: DeployPlan, standing: Standing, service: str, environment: str) -> Iterator[tuple[str, str]]:
    if standing.service is None:
        yield "create service", service
    if standing.environment is None:
        yield "create environment", environment
    for file in plan.uploads:
        yield "upload", file.source
    for path in plan.removed:
        yield "remove", path
    if plan.build_sid is None:
        yield "build", f"{len(plan.files)} files"
    for key in plan.variables:
        yield "set variable", key
    if plan.bounds is not None:
        yield "set bounds", service
    if not plan.is_live:
        yield "deploy", f"{service} to {environment}"


def _of(plan: DeployPlan, kind: FileKind) -> list[LocalFile]:
    # What lies beside functions is none.
    return [
        each.file for each in plan.files if each.file.place.kind is kind and (kind is FileKind.ASSET or each.file.form)
    ]


def _shown(file: LocalFile) -> dict[str, str]:
    return {
        "kind": file.place.kind.value,
        "path": file.place.path,
        "visibility": file.place.visibility.value,
        "source": file.source,
    }


def _reached(file: LocalFile, base_url: str) -> dict[str, str | None]:
    """A file, and its address; a private one has none."""
    is_private = file.place.visibility is Visibility.PRIVATE
    return {**_shown(file), "url": None if is_private else base_url + quote(file.place.path, safe="/!*~=")}
