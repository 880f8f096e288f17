"""What may be typed after `gettone restore`. What it does is in `backup`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gettone.cli.server_options import Data, DatabaseUrl

app = typer.Typer()


@app.command(epilog="Example: gettone restore friday.backup --data /var/lib/gettone")
def restore(
    file: Annotated[Path, typer.Argument(help="What gettone backup wrote.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a new installation of a backup, in an empty data folder or an empty database."""
    from gettone.cli.backup import run_restore

    run_restore(file, data, database_url)
