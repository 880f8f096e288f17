"""Does a deployment's code compile? Asked in a process of its own, which ends then; nothing of the code is run.

Two files hold the heads of `load` and `loaded` (docs/wire.md). It says what a worker says that is told to check, and
starts in a tenth of the time, for it imports nothing that runs functions. It may be started long before it is asked:
descriptor 3 brings the names of the two files, a line each, to its end. Must not know who asks.
"""

from __future__ import annotations

import json
import os
import resource

from .hints import hint_for

# A short text can make a compiler want much more than any function needs.
MEMORY_BYTES_MAX = 1 << 30
LINE_CHARS_MAX = 500
PYTHON = "python"
QUESTION = 3


def main() -> None:
    """Wait for the question, read what is asked from one file, and write what is found into the other."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    with open(QUESTION, encoding="utf-8") as pipe:
        names = pipe.read().split("\n")
    if len(names) == 2:
        _answer(*names)


def _answer(asked: str, answer: str) -> None:
    with open(asked, encoding="utf-8") as file:
        load = json.load(file)
    found = [
        _check(os.path.join(load["root"], one["file"]), one) for one in load["functions"] if one["language"] == PYTHON
    ]
    with open(answer, "w", encoding="utf-8") as file:
        json.dump({"type": "loaded", "problems": [problem for problem in found if problem is not None]}, file)


def _check(place: str, said: dict[str, str]) -> dict[str, object] | None:
    try:
        with open(place, "rb") as file:
            compile(file.read(), place, "exec", dont_inherit=True)
    except SyntaxError as error:
        text = (error.text or "").rstrip()[:LINE_CHARS_MAX] or None
        return _problem(said, error, str(error.msg), error.lineno, error.offset or None, text)
    except (ValueError, RecursionError, MemoryError) as error:
        return _problem(said, error, str(error) or type(error).__name__, None, None, None)
    return None


def _problem(
    said: dict[str, str], error: Exception, message: str, line: int | None, column: int | None, text: str | None
) -> dict[str, object]:
    return {
        "function": said["path"],
        "message": message,
        "name": type(error).__name__,
        "file": said["source"],
        "line": line,
        "column": column,
        "text": text,
        "hint": hint_for(error, (), text),
    }
