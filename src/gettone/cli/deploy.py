"""`gettone deploy`: a project's folder to an environment of a service. Only what changed is uploaded.

What is live changes at the very end, at once. Decides nothing: `client.deploying` does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gettone.cli.connecting import ConnectOptions, Password, PasswordStdin, ProfileName, Url, Username, connect
from gettone.cli.deploy_report import show_deployed, show_plan
from gettone.cli.given import Cwd
from gettone.cli.output import Format, Json, Output, chosen, say, warn
from gettone.cli.project_files import local_project
from gettone.cli.where import (
    EnvironmentOption,
    Production,
    ServiceName,
    ServiceSid,
    Where,
    WhereOptions,
    choose_where,
)
from gettone.client.checks import base_url
from gettone.client.connection import Connection
from gettone.client.deploying import DeployPlan, LocalProject, plan_deploy
from gettone.client.deploying_standing import find_environment, read_standing
from gettone.client.deploying_work import Deployed, Deployer, Target
from gettone.client.services import RemoteService, Services
from gettone.model.errors import PlatformError
from gettone.project.deploy_info import DeployInfo, region_of, write_deploy_info
from gettone.project.load import ASSET_FOLDERS, FUNCTION_FOLDERS, Folders, load_project

app = typer.Typer()

AGAIN = "Nothing was deployed. What was uploaded is kept: type the same again, and it goes on from there."
UNSURE = "It broke off at the very end, and may be live already: type the same again, and what is left is done."


@app.command(epilog="Example: gettone deploy --environment stage --message 'Rooms have names'")
def deploy(
    environment: EnvironmentOption = None,
    production: Production = False,
    service_sid: ServiceSid = None,
    service_name: ServiceName = None,
    override: Annotated[
        bool | None,
        typer.Option("--override-existing-project", help="Deploy to a service of this name that is there already."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="The same as --override-existing-project.")] = False,
    message: Annotated[str | None, typer.Option("--message", "-m", metavar="TEXT", help="Why; it is kept.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
    env: Annotated[Path | None, typer.Option("--env", metavar="FILE", help="Variables, instead of .env.")] = None,
    functions: Annotated[
        bool | None, typer.Option("--functions/--no-functions", help="Deploy functions.", show_default=False)
    ] = None,
    assets: Annotated[
        bool | None, typer.Option("--assets/--no-assets", help="Deploy assets.", show_default=False)
    ] = None,
    functions_folder: Annotated[str | None, typer.Option(metavar="NAME", help="Instead of functions or src.")] = None,
    assets_folder: Annotated[str | None, typer.Option(metavar="NAME", help="Instead of assets or static.")] = None,
    runtime: Annotated[str | None, typer.Option(metavar="NAME", help="Such as node22 or python3.11.")] = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    output: Output = Format.TABLE,
    as_json: Json = False,
    _cwd: Cwd = None,
) -> None:
    """Deploy the project in this folder. Only what changed is uploaded."""
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        where = choose_where(connection, WhereOptions(service_sid, service_name, environment, production), "deploy")
        config = where.config
        project = _read(
            env or _path(config.text("env")),
            functions_folder or config.text("functionsFolder"),
            assets_folder or config.text("assetsFolder"),
            functions=_said(functions, config.flag("functions"), True),
            assets=_said(assets, config.flag("assets"), True),
            runtime=runtime or config.text("runtime"),
        )
        allowed = force or _said(override, config.flag("overrideExistingProject"), False)
        service = _find_service(connection, where, allowed=allowed)
        found = None if service is None else find_environment(connection, service.sid, where.suffix)
        standing = read_standing(connection, service, found)
        plan = plan_deploy(project, standing)
        names = (service.unique_name if service is not None else where.service, where.environment)
        if dry_run:
            show_plan(plan, standing, names, chosen(output, as_json))
            return
        suffix = where.suffix
        if suffix is not None and suffix.startswith("ZE") and service is None:
            raise PlatformError("not_found", f"there is no environment {suffix} of a service that does not exist yet")
        deployer = Deployer(connection, say)
        try:
            done = deployer.perform(plan, standing, Target(where.service, suffix), message)
        except KeyboardInterrupt:
            say(_told(deployer))
            raise
        except PlatformError as error:
            if error.code == "unavailable":
                raise PlatformError(error.code, f"{error.message}\n{_told(deployer)}", **error.evidence) from error
            raise
        _finish(connection, plan, done, chosen(output, as_json))


def _told(deployer: Deployer) -> str:
    return UNSURE if deployer.is_at_the_end else AGAIN


def _read(
    env: Path | None,
    functions_folder: str | None,
    assets_folder: str | None,
    *,
    functions: bool,
    assets: bool,
    runtime: str | None,
) -> LocalProject:
    folders = Folders(
        (functions_folder,) if functions_folder else FUNCTION_FOLDERS,
        (assets_folder,) if assets_folder else ASSET_FOLDERS,
    )
    project = load_project(Path(), env, folders=folders)
    for notice in project.notices:
        warn(notice)
    return local_project(project, functions=functions, assets=assets, runtime=runtime)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _said(typed: bool | None, written: bool | None, usual: bool) -> bool:
    """An option: as typed, or as the project's file has it, or as it is anyway."""
    if typed is not None:
        return typed
    return usual if written is None else written


def _find_service(connection: Connection, where: Where, *, allowed: bool) -> RemoteService | None:
    """The service to deploy to; None where it is to be made. Raises PlatformError `conflict`, `not_found`."""
    found = Services(connection).find(where.service)
    if found is None and where.is_named:
        raise PlatformError(
            "not_found",
            f"there is no service {where.service} at {connection.address.name}: it may have been deleted, or belong to"
            " another account. gettone list shows those that there are; name one with --service-name",
        )
    if found is not None and not where.is_named and not allowed:
        # Twilio's words first: people look for them.
        raise PlatformError(
            "conflict",
            f'Service with name "{found.unique_name}" already exists with SID "{found.sid}".\nThis folder was not'
            " deployed there before. To deploy to it, type the same with --override-existing-project; for a new one,"
            " with --service-name and another name",
            service_sid=found.sid,
        )
    return found


def _finish(connection: Connection, plan: DeployPlan, done: Deployed, output: Format) -> None:
    """Keep where it went, and tell where it is."""
    info = DeployInfo(done.service.sid, done.build_sid)
    write_deploy_info(Path(), connection.username, region_of(connection.address.name), info)
    reached = base_url(connection, done.service.sid, done.environment.sid)
    show_deployed(plan, done, reached, output)
