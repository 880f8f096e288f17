"""A verb, run in this process as from a script: no terminal, an environment of its own. Must not know any verb."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gettone.cli.given import GIVEN
from gettone.cli.main import main


@dataclass(frozen=True, slots=True)
class Ended:
    """What a verb left behind."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, object]:
        """The one JSON object on stdout."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


def run(*words: str, stdin: str = "", environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> Ended:
    """Run `gettone` with these words, with PATH and HOME of no use, and nothing else set but `environ`."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    GIVEN.debug = GIVEN.no_input = GIVEN.yes = False
    GIVEN.profile = None
    with _surroundings(environ or {}, cwd or Path.cwd()), _streams(stdin, out, err):
        try:
            main(list(words))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Ended(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _surroundings(environ: Mapping[str, str], cwd: Path) -> Iterator[None]:
    before, place = dict(os.environ), Path.cwd()
    os.environ.clear()
    os.environ.update({"PATH": "/nowhere", "HOME": "/nowhere", **environ})
    os.chdir(cwd)
    try:
        yield
    finally:
        os.chdir(place)
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _streams(stdin: str, out: io.StringIO, err: io.StringIO) -> Iterator[None]:
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield
    finally:
        sys.stdin = before
