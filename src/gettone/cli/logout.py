"""`gettone logout`: revoke the key that `login` made, and forget the profile."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from gettone.cli.connecting import ProfileName, open_connection
from gettone.cli.given import GIVEN
from gettone.cli.output import printable, say, warn
from gettone.cli.profiles import Profile, profiles_file, read_profiles, write_profiles
from gettone.client.keys import Keys
from gettone.model.errors import PlatformError

app = typer.Typer()


@app.command(epilog="Example: gettone logout --profile staging")
def logout(
    profile: ProfileName = None,
    keep_key: Annotated[bool, typer.Option("--keep-key", help="Forget the profile, and ask no server.")] = False,
) -> None:
    """Revoke the key that login made, and forget the profile."""
    file = profiles_file(os.environ)
    kept = read_profiles(file)
    name = profile or GIVEN.profile or kept.active
    if name is None:
        raise PlatformError("not_found", "nobody is signed in: gettone profile list shows who is, --profile names one")
    leaving = kept.get(name)
    revoked = leaving.is_own_key and not keep_key and _revoke(leaving, name)
    write_profiles(file, kept.without(name))
    say(f"Forgot the profile {name}" + (f", and revoked its key {leaving.username}." if revoked else "."))
    if not revoked and not leaving.is_own_key:
        say(f"The API key {leaving.username} was not made by login, and is as good as before.")
    elif not revoked and keep_key:
        warn(f"the key {leaving.username} is as good as before: gettone keys revoke {leaving.username} ends it")


def _revoke(leaving: Profile, name: str) -> bool:
    """End the key; whether that was done. Raises PlatformError where nobody can tell: the profile stays then."""
    try:
        with open_connection(leaving.url, leaving.username, leaving.secret) as connection:
            Keys(connection).delete(leaving.username)
    except PlatformError as error:
        if error.evidence.get("status") in (401, 404):
            say(f"The key {leaving.username} was revoked already.")
            return False
        if error.evidence.get("status") == 403:
            warn(
                f"the key {leaving.username} may not revoke keys, and is as good as before: "
                "revoke it with a main key or in the console"
            )
            return False
        raise PlatformError(
            error.code,
            f"the key of the profile {name} cannot be revoked: {printable(error.message)}. "
            "The profile is still there; --keep-key forgets it without asking",
            **error.evidence,
        ) from error
    return True
