"""Every verb, and the module that it is in: read for `--help`, imported when it is run. Must stay quick to import.

A verb's module has `app`, a `typer.Typer`: one command, or a group of them. It is taken as it is and given the verb's
name, and the options that all have: `--no-input` and `--debug`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from gettone.cli.given import note_debug, note_no_input

if TYPE_CHECKING:
    # Typer carries a Click of its own, whose types it does not name in public.
    from typer._click import Command, Context, HelpFormatter


class Section(StrEnum):
    """Where a verb stands in the help, in this order."""

    PROJECT = "Project"
    DEPLOY = "Deploy"
    ACCOUNT = "Account"
    TOKENS = "Tokens"
    SERVER = "Server"
    OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb. `help` is its line in the list; aliases work, and are not listed."""

    name: str
    module: str
    help: str
    section: Section
    aliases: tuple[str, ...] = ()
    hidden: bool = False


# One line each: whoever adds a verb adds a line.
VERBS: tuple[Verb, ...] = (
    Verb("init", "init", "Make a new project.", Section.PROJECT),
    Verb("new", "new", "Add a function to a project.", Section.PROJECT, aliases=("template",)),
    Verb("list-templates", "list_templates", "List what functions can begin with.", Section.PROJECT),
    Verb("dev", "dev_verb", "Serve a project on this machine.", Section.PROJECT, aliases=("run",)),
    Verb("token", "token", "Make tokens, read them, check them.", Section.TOKENS),
    Verb("import", "import_twilio", "Bring over what an account at Twilio has.", Section.DEPLOY),
    Verb("login", "login", "Be known to a server from now on.", Section.ACCOUNT),
    Verb("logout", "logout", "Revoke the key of a login, and forget it.", Section.ACCOUNT),
    Verb("whoami", "whoami", "Tell who you are, and what you may do.", Section.ACCOUNT),
    Verb("profile", "profile", "List the servers that you are signed in to; choose one.", Section.ACCOUNT),
    Verb("link", "link", "Say which profile and service a folder belongs to.", Section.ACCOUNT),
    Verb("keys", "keys", "Create, list, rotate and revoke API keys.", Section.ACCOUNT),
    Verb("apps", "apps", "Create, list, change and delete TwiML applications.", Section.ACCOUNT),
    Verb("start", "start", "Run everything on this machine: API, console, functions.", Section.SERVER),
    Verb("doctor", "doctor", "Tell what this machine has, and what is missing.", Section.SERVER),
    Verb("backup", "backup", "Write all that is kept to one file.", Section.SERVER),
    Verb("restore", "restore", "Make a new installation of a backup.", Section.SERVER),
    Verb("owner", "owner", "Get in when nobody can sign in.", Section.SERVER),
    Verb("completion", "completion", "Print what completes words in your shell.", Section.OTHER),
)


class VerbGroup(TyperGroup):
    """The command's own group: a name and a line for each verb, until one is run."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.verbs: dict[str, Verb] = {}
        for verb in VERBS:
            for name in (verb.name, *verb.aliases):
                hidden = verb.hidden or name != verb.name
                self.add_command(TyperCommand(name, help=verb.help, hidden=hidden, rich_markup_mode=None), name)
                self.verbs[name] = verb

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Import the verb that is run, or whose words are completed."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None:
            command = load(self.verbs[name])
        return name, command, rest

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """List the verbs, section by section."""
        width = max(len(verb.name) for verb in VERBS)
        for section in Section:
            rows = [
                (verb.name.ljust(width), verb.help) for verb in VERBS if verb.section is section and not verb.hidden
            ]
            if rows:
                with formatter.section(section):
                    formatter.write_dl(rows)


def load(verb: Verb) -> Command:
    """Import a verb."""
    app: typer.Typer = import_module(f"gettone.cli.{verb.module}").app
    _make_plain(app)
    command = get_command(app)
    command.name = verb.name
    _add_shared(command)
    return command


def _make_plain(app: typer.Typer) -> None:
    """Have no Rich in the help, nor Typer's own options for completion (`gettone completion` is for that)."""
    app.rich_markup_mode, app._add_completion = None, False
    for group in app.registered_groups:
        if group.typer_instance is not None:
            _make_plain(group.typer_instance)


_shared = typer.Typer(add_completion=False, rich_markup_mode=None)


@_shared.command()
def _take(
    no_input: Annotated[
        bool, typer.Option("--no-input", callback=note_no_input, expose_value=False, help="Ask nothing.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", callback=note_debug, expose_value=False, help="Show what is behind an error.")
    ] = False,
) -> None:
    """Hold the options that all verbs have."""


def _add_shared(command: Command) -> None:
    """Give the shared options to a command, and to each below it."""
    if isinstance(command, TyperGroup):
        for inner in command.commands.values():
            _add_shared(inner)
        return
    own = {option for parameter in command.params for option in parameter.opts}
    command.params += [each for each in get_command(_shared).params if own.isdisjoint(each.opts)]
