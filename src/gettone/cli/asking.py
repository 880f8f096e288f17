"""Questions to whoever sits at the terminal. What cannot be asked is an error that names the option to give.

Questions go to stderr, for stdout is data. A secret is never echoed. Must not know what the answers are for.
"""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from gettone.cli.given import GIVEN, note_no_input, note_yes
from gettone.model.errors import PlatformError

LINE_CHARACTERS_MAX = 20_000  # far beyond any answer, any secret and any token

NoInput = Annotated[
    bool, typer.Option("--no-input", callback=note_no_input, help="Ask nothing: fail where an answer is needed.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", callback=note_yes, help="Yes to what would be asked.")]


def can_ask() -> bool:
    """Whether there is somebody who may be asked."""
    return not GIVEN.no_input and sys.stdin.isatty()


def ask(question: str, default: str | None = None, *, instead: str = "an option of the command") -> str:
    """An answer, or the default for an empty one. `instead` names what else would tell it.

    Raises PlatformError `invalid` where nobody can be asked, and where there is neither answer nor default.
    """
    if not can_ask():
        if default is not None:
            return default
        raise _unasked(question, instead)
    hint = "" if default is None else f" [{default}]"
    answer = _read_line(f"{question}{hint}: ") or default
    if not answer:
        raise PlatformError("invalid", f"{question}: nothing was answered. Try again, or give {instead}")
    return answer


def ask_secret(question: str, *, instead: str = "it on stdin") -> str:
    """A secret, which is not shown. Raises PlatformError `invalid` as `ask` does."""
    if not can_ask():
        raise _unasked(question, instead)
    try:
        # The terminal itself, not stdin: that may be something else.
        secret = getpass.getpass(f"{question}: ")
    except EOFError:
        secret = ""
    if not secret:
        raise PlatformError("invalid", f"{question}: nothing was typed. Try again, or give {instead}")
    return secret


def confirm(question: str, *, default: bool = True, yes: bool = False) -> bool:
    """Yes or no. `--yes` says yes; where nobody can be asked, PlatformError `invalid` names it."""
    if yes or GIVEN.yes:
        return True
    if not can_ask():
        raise _unasked(question, "--yes")
    while True:
        answer = _read_line(f"{question} {'[Y/n]' if default else '[y/N]'} ").lower()
        if answer in ("", "y", "yes", "n", "no"):
            return answer[:1] == "y" if answer else default


def read_secret() -> str:
    """The next line of stdin. Raises PlatformError `invalid` where it is empty, endless, or not UTF-8."""
    try:
        line = sys.stdin.readline(LINE_CHARACTERS_MAX + 1)
    except UnicodeDecodeError:
        raise PlatformError("invalid", "stdin is not UTF-8: send one line of text") from None
    secret = line.rstrip("\r\n")
    if not secret:
        raise PlatformError("invalid", "there is no secret on stdin: send it there, in one line")
    if len(secret) > LINE_CHARACTERS_MAX:
        raise PlatformError("invalid", "the line on stdin is too long to be a secret: send it alone")
    return secret


def _read_line(prompt: str) -> str:
    sys.stderr.write(prompt)
    sys.stderr.flush()
    try:
        line = sys.stdin.readline(LINE_CHARACTERS_MAX)
    except UnicodeDecodeError:
        raise PlatformError("invalid", "the answer is not UTF-8: type it again") from None
    if not line:
        raise PlatformError("invalid", "the terminal was closed before there was an answer")
    return line.strip()


def _unasked(question: str, instead: str) -> PlatformError:
    why = "--no-input is given" if GIVEN.no_input else "this is no terminal"
    return PlatformError("invalid", f"{question.rstrip('?')}: cannot be asked ({why}). Give {instead}")
