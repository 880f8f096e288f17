"""Where the values come from that sign and check a token: options, variables, a file, stdin. Never a server.

A secret comes by variable, by stdin or by prompt, never as a word of the command: those show in the list of processes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gettone.cli.asking import LINE_CHARACTERS_MAX, ask_secret
from gettone.model.errors import PlatformError

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
    """All three values. Raises PlatformError `invalid`, which says how to give what is missing."""
    account = find_account(account_sid, environ)
    key = find_key(key_sid, environ)
    if account is None or key is None:
        ways = ((account, "--account-sid or ACCOUNT_SID"), (key, "--key or API_KEY"))
        missing = [way for value, way in ways if value is None]
        raise PlatformError("invalid", f"nobody is named who signs: give {' and '.join(missing)}")
    return Signing(account, key, find_secret(environ, f"Secret of {key}"))


def find_account(given: str | None, environ: Mapping[str, str]) -> str | None:
    """The account that was given, or else that of the environment."""
    return given or _first(ACCOUNT_VARIABLES, environ)


def find_key(given: str | None, environ: Mapping[str, str]) -> str | None:
    """The API key that was given, or else that of the environment."""
    return given or _first(KEY_VARIABLES, environ)


def find_secret(environ: Mapping[str, str], question: str) -> str:
    """The secret of API_SECRET, of stdin, or of whoever sits at the terminal."""
    secret = _first(SECRET_VARIABLES, environ)
    if secret is None:
        secret = ask_secret(question, instead="API_SECRET") if sys.stdin.isatty() else read_line()
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
