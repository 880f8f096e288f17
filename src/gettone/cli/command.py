"""How a verb is run, and how an error is told at a terminal. Must not know any verb."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.main import get_command

from gettone.cli.given import COMPLETION_VARIABLE, GIVEN, enter_folder, note_debug, note_no_input, note_profile
from gettone.cli.verb_group import VerbGroup
from gettone.model.errors import PlatformError

# Typer knows no option whose value may be left out; twilio-run has three of them.
_VALUES_WHEN_BARE = {"--inspect": "127.0.0.1:9229", "--inspect-brk": "127.0.0.1:9229", "--debugpy": "5678"}
# These have one where no other option follows.
_VALUES_WHEN_ALONE = {"--allow-incoming": "true", "--ngrok": ""}
FAILED, INTERRUPTED = 1, 130

app = typer.Typer(
    name="gettone",
    cls=VerbGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        print(version("gettone"))
        raise typer.Exit


@app.callback()
def _gettone(
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", callback=note_profile, help="The profile to use.")
    ] = None,
    no_input: Annotated[bool, typer.Option("--no-input", callback=note_no_input, help="Ask nothing.")] = False,
    debug: Annotated[bool, typer.Option("--debug", callback=note_debug, help="Show what is behind an error.")] = False,
    cwd: Annotated[
        Path | None,
        typer.Option("--cwd", "-C", metavar="DIR", is_eager=True, callback=enter_folder, help="Work in this folder."),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Mint access tokens for voice, video and chat with functions that you write."""


def run(words: list[str]) -> None:
    """Run a verb. Exit codes: 0 done, 1 failed, 2 wrong use, 130 Ctrl-C."""
    words = [_with_value(word, after) for word, after in zip(words, [*words[1:], "--"], strict=False)]
    _be_strict()
    if COMPLETION_VARIABLE in os.environ:
        # A shell asks for the words that could follow.
        from typer._completion_classes import completion_init

        completion_init()
    try:
        try:
            get_command(app).main(words, prog_name="gettone", complete_var=COMPLETION_VARIABLE)
        finally:
            _flush()
    except PlatformError as error:
        _fail(error.message, error)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the edge of the process
        _fail(_unforeseen(error), error)


def _be_strict() -> None:
    """Have what is no text be an error where it is read, and no error where it is printed."""
    for stream, errors in ((sys.stdin, "strict"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)


def _flush() -> None:
    """Have what was printed arrive, or say that it did not. Whoever went away, as `head` does, needs no words."""
    try:
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer would be tried again at the very end, and complained about.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(FAILED)
        raise PlatformError("unavailable", f"what was to be printed cannot be written: {error.strerror}") from error


def _with_value(word: str, after: str) -> str:
    """An option with the value that it has when it is left out."""
    value = _VALUES_WHEN_BARE.get(word)
    if value is None and after.startswith("-"):
        value = _VALUES_WHEN_ALONE.get(word)
    return word if value is None else f"{word}={value}"


def _unforeseen(error: Exception) -> str:
    from gettone.sandbox.errors import LaunchError

    if isinstance(error, LaunchError):
        return f"no worker can be started: {error}"
    kind = type(error).__name__
    if isinstance(error, UnicodeError):
        # Its own words would show the text.
        return f"what was given is not UTF-8 ({kind}): write it as text"
    return f"something went wrong that nobody foresaw ({kind}: {error}): type it again with --debug, and report it"


def _fail(message: str, error: Exception) -> NoReturn:
    # A server far away had its word in it.
    lines = ("".join(each if each.isprintable() else "\ufffd" for each in line) for line in message.split("\n"))
    print("gettone:", "\n".join(lines), file=sys.stderr)
    if GIVEN.debug:
        import traceback

        if isinstance(error, PlatformError):
            for name, value in error.evidence.items():
                print(f"  {name}: {value!r}", file=sys.stderr)
        traceback.print_exception(error)
    sys.exit(FAILED)
