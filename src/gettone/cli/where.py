"""Which service and which environment a verb is about: from options, the project's files and its link, in this order.

1. `--service-sid`, `--service-name`. 2. The link. 3. `.twiliodeployinfo`. 4. The project's name: that of package.json,
or the folder's. `.twilioserverlessrc` says what options do not. Must not know what the verb does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gettone.cli.link_file import read_link
from gettone.client.accounts import Accounts
from gettone.client.connection import Connection
from gettone.client.deploying_standing import environment_name, find_environment
from gettone.client.environments import RemoteEnvironment
from gettone.client.services import RemoteService, Services
from gettone.model.errors import PlatformError
from gettone.project.deploy_info import read_deploy_info, region_of
from gettone.project.package import read_package
from gettone.project.serverless_config import CONFIG_FILE, ServerlessConfig, read_config

USUAL_SUFFIX = "dev"

ServiceSid = Annotated[str | None, typer.Option("--service-sid", metavar="SID", help="The service, by its SID.")]
ServiceName = Annotated[
    str | None, typer.Option("--service-name", "-n", metavar="NAME", help="The service, by its name.")
]
EnvironmentOption = Annotated[
    str | None,
    typer.Option("--environment", "--to", metavar="NAME", help="The environment's suffix, or its SID; dev unless set."),
]
Production = Annotated[bool, typer.Option("--production", help="The environment without a suffix.")]


@dataclass(frozen=True, slots=True)
class WhereOptions:
    """What was typed; None where nothing was."""

    service_sid: str | None = None
    service_name: str | None = None
    environment: str | None = None
    production: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """The names that are meant. `service` is a SID or a unique name; `is_named` where somebody chose it, not we.

    `suffix` is None for production, and may be an environment's SID.
    """

    service: str
    is_named: bool
    suffix: str | None
    config: ServerlessConfig

    @property
    def environment(self) -> str:
        """What people call the environment."""
        return (
            self.suffix if self.suffix is not None and self.suffix.startswith("ZE") else environment_name(self.suffix)
        )


def choose_where(connection: Connection, options: WhereOptions, verb: str, folder: Path = Path()) -> Where:
    """The names that are meant. Raises PlatformError `invalid` for files that cannot be read."""
    account = _account(connection, folder)
    plain = read_config(folder, verb, account=account)
    production = options.production or (options.environment is None and bool(plain.flag("production")))
    suffix = None if production else options.environment or plain.text("environment") or USUAL_SUFFIX
    config = read_config(folder, verb, suffix=suffix, is_production=production, account=account)
    sid = options.service_sid or (None if options.service_name else config.text("serviceSid"))
    if sid is not None:
        return Where(sid, True, suffix, config)
    name = options.service_name or config.text("serviceName")
    if name is not None:
        return Where(name, False, suffix, config)
    link = read_link(folder)
    if link is not None and link.service is not None:
        return Where(link.service, True, suffix, config)
    info = read_deploy_info(folder, connection.username, region_of(connection.address.name))
    if info is not None and (not info.is_from_twilio or Services(connection).find(info.service_sid) is not None):
        return Where(info.service_sid, True, suffix, config)
    return Where(project_name(folder), False, suffix, config)


def get_service(connection: Connection, where: Where) -> RemoteService:
    """The service. Raises PlatformError `not_found`, which tells how to name another."""
    found = Services(connection).find(where.service)
    if found is None:
        raise PlatformError(
            "not_found",
            f"there is no service {where.service} at {connection.address.name}: gettone list shows those that there"
            " are; name one with --service-name, or deploy first",
        )
    return found


def get_environment(connection: Connection, where: Where, service: RemoteService) -> RemoteEnvironment:
    """The environment. Raises PlatformError `not_found`, which names those that there are."""
    found = find_environment(connection, service.sid, where.suffix)
    if found is None:
        raise PlatformError(
            "not_found",
            f"{service.unique_name} has no environment {where.environment}: gettone list environments shows those that"
            " there are; name one with --environment, or deploy to it first",
        )
    return found


def project_name(folder: Path) -> str:
    """What a project is called: by its package.json, or its folder."""
    package = read_package(folder)
    name = None if package is None else package.name
    return name or folder.resolve().name or "project"


def _account(connection: Connection, folder: Path) -> str | None:
    """The account that `projects` in the file could be about."""
    if connection.username.startswith("AC") or not (folder / CONFIG_FILE).exists():
        return connection.username
    return Accounts(connection).own_sid()
