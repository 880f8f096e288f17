"""A project's variables: what `.env` says. No message shows a value, nor a line that may hold a part of one."""

from __future__ import annotations

import io
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from gettone.model.errors import PlatformError
from gettone.model.variables import Variables
from gettone.project.files import decode_text, find_bytes

ENV_FILE = ".env"


def read_variables(folder: Path, env_file: Path | None) -> tuple[Variables, tuple[str, ...]]:
    """The variables of `env_file`, or else of the folder's `.env` where there is one; and remarks about them.

    Raises PlatformError `not_found` for an `env_file` that does not exist, and those of `parse_variables`.
    """
    name = ENV_FILE if env_file is None else str(env_file)
    content = find_bytes(folder / ENV_FILE if env_file is None else env_file, name)
    if content is not None:
        return parse_variables(decode_text(content, name), name)
    if env_file is not None:
        raise PlatformError("not_found", f"there is no file {name}: create it, or name another", file=name)
    return Variables(), ()


def parse_variables(text: str, name: str) -> tuple[Variables, tuple[str, ...]]:
    """Read the dotenv syntax: quotes, `export`, several lines in quotes; nothing is interpolated.

    The last of equal names wins. Empty values are left out, as Twilio leaves them out, and remarked on.
    Raises PlatformError `invalid`, which names file and line, for a line that is no variable.
    """
    values: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            raise _broken(binding, name, "cannot be read: write NAME=value, with quotes closed where they are opened")
        if binding.key is None:
            continue
        if binding.value is None:
            raise _broken(binding, name, "has no '=': write NAME=value")
        if "\0" in binding.key or "\0" in binding.value:
            raise _broken(binding, name, "holds a NUL character, which no variable can hold: remove it")
        values[binding.key] = binding.value
    empty = [key for key, value in values.items() if not value]
    kept = Variables({key: value for key, value in values.items() if value})
    if not empty:
        return kept, ()
    return kept, (f"{name}: {', '.join(empty)} left out, for an empty value is no variable (as on Twilio)",)


def _broken(binding: Binding, name: str, what: str) -> PlatformError:
    # The parser counts from the blank lines before a statement.
    original = binding.original.string
    blank = original[: len(original) - len(original.lstrip())]
    line = binding.original.line + len(blank.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
    return PlatformError("invalid", f"{name}, line {line}: the line {what}", file=name, line=line)
