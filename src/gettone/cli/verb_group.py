"""The command's own group: how a verb is found by its name, imported, and given what all verbs have.

Must not know any verb: `verbs` has the table.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from gettone.cli.given import note_debug, note_no_input
from gettone.cli.verbs import VERBS, Verb, help_text

if TYPE_CHECKING:
    # Typer carries a Click of its own, whose types it does not name in public.
    from typer._click import Command, Context, HelpFormatter


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

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """List the verbs, section by section."""
        formatter.write(help_text())


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
