"""`call`: one function of a project, one event, one answer. Must not know how each language is run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from gettone.testing.answer import Answer

PYTHON, JAVASCRIPT = "python", "javascript"
LANGUAGES = {".py": PYTHON, ".js": JAVASCRIPT, ".mjs": JAVASCRIPT, ".cjs": JAVASCRIPT, ".ts": JAVASCRIPT}


def call(
    file: str | os.PathLike[str],
    *,
    event: Mapping[str, object] | None = None,
    variables: Mapping[str, str] | None = None,
    headers: Mapping[str, str | list[str]] | None = None,
    cookies: Mapping[str, str] | None = None,
    method: str = "POST",
) -> Answer:
    """Run the handler in `file` once, in a fresh copy of its module, and return its answer.

    `event` holds the parameters; with `method="GET"` they become text, as in a query. `variables` are the
    environment's: a `.env` is not read. A Python handler runs in this process; JavaScript runs in a Node of its own,
    for ten seconds at most. Raises FileNotFoundError, and ValueError for a file that is no function; what the handler
    raises is in the answer.
    """
    path = Path(file).resolve()
    if not path.is_file():
        raise FileNotFoundError(f"There is no function {file}.")
    language = LANGUAGES.get(path.suffix)
    if language is None:
        raise ValueError(f"{file} is no function: its name ends in none of {', '.join(LANGUAGES)}.")
    parameters = dict(event or {})
    if method.upper() in ("GET", "HEAD"):
        parameters = {name: _as_query(value) for name, value in parameters.items()}
    request = {
        "headers": {name.lower(): value for name, value in (headers or {}).items()},
        "cookies": dict(cookies or {}),
    }
    whole = json.dumps({"request": request, **parameters}).encode()
    # Late: what it takes to run a function is not needed to import this module.
    from gettone.testing import running

    return running.run(path, language, whole, dict(variables or {}))


def _as_query(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_as_query(one) for one in value]
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return value if isinstance(value, str) else str(value)
