"""Options that verbs have which work on an installation itself, not by its API. Knows no verb."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Where everything is kept.")]
DatabaseUrl = Annotated[str | None, typer.Option(metavar="URL", help="PostgreSQL instead of SQLite.")]
ConsolePort = Annotated[int, typer.Option(min=0, max=65535, help="Of console and API.")]
