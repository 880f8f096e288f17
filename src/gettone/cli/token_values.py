"""Where the values come from that sign and check a token: options, variables, a profile, stdin. Never a server.

A secret comes by variable, by stdin or by prompt, never as a word of the command: those show in the list of processes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gettone.cli.asking import LINE_CHARACTERS_MAX, ask_secret
from gettone.cli.given import GIVEN
from gettone.cli.profiles import Profile, profiles_file, read_profiles
from gettone.model.errors import PlatformError
from gettone.model.sids import API_KEY

# What Twilio's own programs call them comes second.
ACCOUNT_VARIABLES = ("ACCOUNT_SID", "TWILIO_ACCOUNT_SID")
KEY_VARIABLES = ("API_KEY", "TWILIO_API_KEY")
SECRET_VARIABLES = ("API_SECRET", "TWILIO_API_SECRET")


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs."""

    account_sid: str
    key_sid: str
    secret: str = field(repr=False)


def read_env_file(file: Path | None, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, with the variables of a file in place of its own."""
    if file is None:
        return environ
    from gettone.project.variables import read_variables

    return {**environ, **read_variables(Path(), file)[0]}


def find_signing(account_sid: str | None, key_sid: str | None, environ: Mapping[str, str]) -> Signing:
    """All three values. Raises PlatformError `invalid`, which says how to give what is missing.

    A profile that was named comes before variables; the active one is for when there are none.
    """
    named = GIVEN.profile is not None
    account = account_sid or (None if named else find_account(environ))
    key = key_sid or (None if named else find_key(environ))
    profile = _profile(environ) if named or (account is None and key is None) else None
    if profile is not None:
        account, key = account or profile.account_sid, key or profile.username
    if account is None or key is None:
        ways = ((account, "--account-sid or ACCOUNT_SID"), (key, "--key or API_KEY"))
        missing = [way for value, way in ways if value is None]
        raise PlatformError("invalid", f"nobody is named who signs: give {' and '.join(missing)}")
    return Signing(account, key, find_secret(key, environ))


def find_account(environ: Mapping[str, str]) -> str | None:
    """The account of the environment."""
    return _first(ACCOUNT_VARIABLES, environ)


def find_key(environ: Mapping[str, str]) -> str | None:
    """The API key of the environment."""
    return _first(KEY_VARIABLES, environ)


def find_secret(key: str, environ: Mapping[str, str]) -> str:
    """The secret of a key: that of API_SECRET, of the profile with this key, of stdin, or of who sits there."""
    secret = None if GIVEN.profile is not None else _first(SECRET_VARIABLES, environ)
    if secret is None and (profile := _profile(environ)) is not None and profile.username == key:
        secret = profile.secret
    if secret is None:
        secret = ask_secret(f"Secret of {key}", instead="API_SECRET") if sys.stdin.isatty() else read_line()
    if not secret:
        raise PlatformError("invalid", "the API key's secret is missing: set API_SECRET, or send it on stdin")
    return secret


def read_line() -> str:
    """The next line of stdin, without blanks around it; empty at its end. Raises PlatformError `invalid`."""
    try:
        line = sys.stdin.readline(LINE_CHARACTERS_MAX + 1)
    except UnicodeDecodeError:
        raise PlatformError("invalid", "stdin is not UTF-8: send one line of text") from None
    if len(line) > LINE_CHARACTERS_MAX:
        raise PlatformError("invalid", "stdin has a line that is too long: send the value alone")
    return line.strip()


def _first(names: Sequence[str], environ: Mapping[str, str]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _profile(environ: Mapping[str, str]) -> Profile | None:
    """The profile that was named, or else the active one; None for one that is no API key's: it signs nothing."""
    profiles = read_profiles(profiles_file(environ))
    name = GIVEN.profile or profiles.active
    if name is None:
        return None
    profile = profiles.get(name)
    if API_KEY.matches(profile.username):
        return profile
    if GIVEN.profile is not None:
        raise PlatformError(
            "invalid", f"the profile {name} is no API key's, and only API keys sign tokens: give --key and its secret"
        )
    return None
