"""`gettone list-templates`: what `init` and `new` can begin with."""

from __future__ import annotations

import typer

from gettone.cli.output import Format, Output, show_rows
from gettone.project.templates import TEMPLATES

app = typer.Typer()

# What each is for, in a few words; what it reads and where it answers stand beside it.
PURPOSES = {
    "blank": "says hello",
    "room-token": "a token for a video room",
    "voice-token": "a token for calls from a browser",
    "chat-token": "a token for chat and Conversations",
    "sync-token": "a token for Sync",
    "webhook": "answers a call that comes in",
}


@app.command(epilog="Example: gettone list-templates -o json")
def list_templates(output: Output = Format.TABLE) -> None:
    """List the templates: what each does, where it answers, which variables it reads."""
    rows = {
        each.name: {
            "name": each.name,
            "description": PURPOSES[each.name],
            "path": each.path,
            "variables": each.variables,
        }
        for each in TEMPLATES
    }
    show_rows(output, ("name", "description", "path", "variables"), rows.values())
