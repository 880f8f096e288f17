"""`gettone import twilio`: what an account at Twilio has, or a folder of its toolkit's, brought over to a Gettone.

Reads one side, then the other, shows what it would do, and does it. Everything is decided in `client.importing_plan`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gettone.cli.asking import NoInput, Yes, confirm
from gettone.cli.connecting import Password, PasswordStdin, ProfileName
from gettone.cli.import_folder import FolderOptions, read_folder
from gettone.cli.import_sides import (
    SourceOptions,
    TargetOptions,
    open_source,
    open_target,
    source_credentials,
    speaking_of_the_target,
    trusted,
)
from gettone.cli.output import Format, Json, Output, chosen, printable, say
from gettone.model.errors import PlatformError

if TYPE_CHECKING:
    from gettone.client.connection import Connection
    from gettone.client.importing import Source
    from gettone.client.importing_contents import Contents

app = typer.Typer(
    no_args_is_help=True, help="Bring over what is elsewhere.", epilog="Example: gettone import twilio --dry-run"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is taken, and how."""

    folder: Path | None
    services: tuple[str, ...]
    renames: Mapping[str, str]
    assets: Path | None
    domain_url: str | None
    account_sid: str | None
    overrides: bool


@app.callback()
def _import() -> None:
    """Bring over what is elsewhere."""


@app.command(
    "twilio",
    epilog="Example: TWILIO_ACCOUNT_SID=AC... gettone import twilio --service my-service --dry-run",
)
def twilio(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="A project of the toolkit's, instead of an account.")
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option("--service", metavar="NAME", help="Only this service; may be repeated.")
    ] = None,
    rename: Annotated[
        list[str] | None, typer.Option(metavar="NAME=NEW", help="Give a service another name; may be repeated.")
    ] = None,
    assets: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where protected and private assets lie, as in a project.")
    ] = None,
    username: Annotated[
        str | None, typer.Option("--username", "-u", metavar="SID", help="Source: an account's SID, or a key's.")
    ] = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    account_sid: Annotated[
        str | None, typer.Option(metavar="SID", help="Source: whose the key in --username is.")
    ] = None,
    api_url: Annotated[str | None, typer.Option(metavar="URL", help="Source: its API, if it is not Twilio's.")] = None,
    domain_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Source: where domains are asked, such as http://localhost:8000/@{domain}."),
    ] = None,
    region: Annotated[str | None, typer.Option(help="Source: its region at Twilio.")] = None,
    edge: Annotated[str | None, typer.Option(help="Source: the edge to ask.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="URL", help="Target: the Gettone, if no profile's.")] = None,
    to_username: Annotated[
        str | None, typer.Option(metavar="SID", help="Target: an account's SID, or a key's.")
    ] = None,
    to_password_stdin: Annotated[
        bool, typer.Option("--to-password-stdin", help="Target: read its secret from stdin, after the source's.")
    ] = False,
    profile: ProfileName = None,
    environment: Annotated[str, typer.Option(metavar="SUFFIX", help="Of a folder: its environment.")] = "dev",
    production: Annotated[bool, typer.Option("--production", help="Of a folder: into production.")] = False,
    service_name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a folder: its service, if not as in package.json.")
    ] = None,
    env: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Of a folder: its variables, instead of .env.")
    ] = None,
    override: Annotated[
        bool,
        typer.Option("--override-existing-project", "--force", help="Change what is there and differs, too."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
    output: Output = Format.TABLE,
    as_json: Json = False,
    yes: Yes = False,  # noqa: ARG001 - noted where it is read
    no_input: NoInput = False,  # noqa: ARG001 - likewise
) -> None:
    """Bring services, variables, functions, assets and TwiML applications over from Twilio.

    The source is an account (--username, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN) or a FOLDER; nothing is changed
    there. What the target has already is not made again, and stays as it is: type the same again after a breakdown.
    """
    if service and folder is not None:
        raise PlatformError("invalid", "a folder has one service: leave --service out, or the folder")
    wanted = Wanted(folder, tuple(service or ()), read_renames(rename or ()), assets, domain_url, account_sid, override)
    source = SourceOptions(username, password, password_stdin, api_url, region, edge)
    target = TargetOptions(to, to_username, to_password_stdin, profile)
    of_folder = FolderOptions(None if production else environment, service_name, env)
    with ExitStack() as stack:
        stack.enter_context(speaking_of_the_target())
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gettone-import-")))
        _run(stack, work, wanted, source, target, of_folder, chosen(output, as_json), dry_run=dry_run)


def read_renames(texts: Iterable[str]) -> Mapping[str, str]:
    """New names of services by their old ones. Raises PlatformError `invalid`."""
    renames: dict[str, str] = {}
    for text in texts:
        old, _, new = text.partition("=")
        if not old or not new:
            raise PlatformError("invalid", f"{text!r} names no new name: write --rename OLD=NEW")
        renames[old] = new
    return renames


def _run(
    stack: ExitStack,
    work: Path,
    wanted: Wanted,
    source_options: SourceOptions,
    target_options: TargetOptions,
    of_folder: FolderOptions,
    output: Format,
    *,
    dry_run: bool,
) -> None:
    from gettone.cli.import_report import show_plan, show_report, tell_steps
    from gettone.client.importing_contents import Contents
    from gettone.client.importing_doing import Importer
    from gettone.client.importing_plan import explain_clash, plan_import
    from gettone.client.importing_report import make_report
    from gettone.client.importing_target import read_target

    contents = Contents(work)
    if wanted.folder is not None:
        source = read_folder(wanted.folder, contents, of_folder)
        connection = stack.enter_context(open_target(target_options))
    else:
        source, connection = _read_account(stack, wanted, contents, source_options, target_options)
    names = [each.unique_name for each in source.services]
    target = read_target(connection, names)
    plan = plan_import(source, target, overrides=wanted.overrides)
    clashes = [explain_clash(each) for each in plan.clashing]
    if dry_run:
        show_plan(output, source, plan, clashes)
        return
    if clashes:
        raise PlatformError("conflict", "nothing was imported: " + "; ".join(clashes))
    changes = not plan.is_done
    if changes:
        tell_steps(plan)
        if not confirm(f"Do this at {connection.address.name}?"):
            raise PlatformError("invalid", "nothing was imported, as you wish")
        before = {each.unique_name: each for each in target.services}
        failures = Importer(connection, target.account_sid, before, contents, _tell).perform(plan)
        target = read_target(connection, names)
        plan = plan_import(source, target, overrides=wanted.overrides)
    else:
        say("Nothing is to be done: everything is there already.")
        failures = ()
    report = make_report(source, target, plan, failures)
    show_report(output, source, report, changed=changes)
    if report.failures:
        raise typer.Exit(1)


def _tell(text: str) -> None:
    """Tell how far it is. Names and paths in it are the source's."""
    say(printable(text))


def _read_account(
    stack: ExitStack, wanted: Wanted, contents: Contents, of_source: SourceOptions, of_target: TargetOptions
) -> tuple[Source, Connection]:
    """What the account elsewhere has, and a connection to the target, which was asked for first: stdin is in order."""
    from gettone.client.accounts import Accounts
    from gettone.client.importing_assets import PUBLIC_ADDRESS, AssetFinder
    from gettone.client.importing_source import SourceReader

    credentials = source_credentials(of_source)
    reading = stack.enter_context(open_source(of_source, credentials))
    connection = stack.enter_context(open_target(of_target))
    finder = stack.enter_context(
        AssetFinder(
            wanted.domain_url or PUBLIC_ADDRESS,
            wanted.assets,
            auth_token=credentials.password if credentials.username.startswith("AC") else None,
            ca_file=trusted(),
        )
    )
    # Whether the target lets anybody in is known before the source is read, which may take long.
    own_sid = Accounts(connection).identity().account_sid
    source = SourceReader(reading, contents, finder, _tell, wanted.account_sid).read(wanted.services, wanted.renames)
    if source.account_sid == own_sid and reading.address.api == connection.address.api and not wanted.renames:
        raise PlatformError("invalid", "source and target are the same account: name another target with --to")
    return source, connection
