"""A function's project as a guest is told it, and what the guest says as an answer. Must not know the test.

Every import of another room stands in a function: importing `gettone.testing` costs a test run next to nothing.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

from gettone.handlers import Headers
from gettone.testing.answer import Answer, Error, Log

Frame = tuple[bytes, bytes]

PYTHON = "python"
FUNCTION_FOLDERS = ("functions", "src")
ASSET_FOLDERS = ("assets", "static")
# A test is no place to run into a bound by accident; the answer's bound is the platform's.
LOG_BYTES = 4 << 20
RESPONSE_BYTES = 4 << 20
FRAME_LENGTHS_BYTES = 8
# As a worker calls its guest: to this process it is data too, and has no other name.
GUEST = "gettone_guest"
CONTEXT = {"DOMAIN_NAME": "localhost:3000", "SERVICE_SID": "ZS" + "0" * 32, "ENVIRONMENT_SID": "ZE" + "0" * 32}


def run(file: Path, language: str, event: bytes, variables: Mapping[str, str]) -> Answer:
    """Run the function in `file`. `event` is JSON. Raises PlatformError for a project that cannot be served."""
    folder = find_folder(file)
    load, path = encode_load(folder, file, language, variables)
    if language == PYTHON:
        return answer(_run_python(load, path, event))
    from gettone.testing import node

    try:
        return answer(node.run(load, path, event))
    except node.NodeTimeoutError as late:
        return failed(Error("TimeoutError", str(late)), (), HTTPStatus.GATEWAY_TIMEOUT)


def find_folder(file: Path) -> Path:
    """The functions folder that a file lies in: the nearest of that name, or else the file's own folder."""
    named = [parent for parent in file.parents if parent.name in FUNCTION_FOLDERS]
    return named[0] if named else file.parent


def encode_load(folder: Path, file: Path, language: str, variables: Mapping[str, str]) -> tuple[bytes, str]:
    """The frame that tells a guest of the project, and the path of the function in `file`."""
    from gettone.project.layout import FunctionPlace, place_assets, place_functions
    from gettone.project.tree import find_files, find_folder
    from gettone.wire.messages import AssetFile, FunctionFile, Load

    project = folder.parent
    if folder.name in FUNCTION_FOLDERS:
        found = {name: one.size_bytes for name, one in find_files(project, folder.name).items()}
    else:  # a file by itself: what lies around it is no project
        found = {file.name: file.stat().st_size}
    functions = [place for place in place_functions(folder.name, found) if isinstance(place, FunctionPlace)]
    own = file.relative_to(folder).as_posix()
    path = next((place.path for place in functions if place.found == own), None)
    if path is None:
        raise ValueError(f"{folder.name}/{own} is no function: no part of its name may begin with '_' or '.'.")
    assets_folder = find_folder(project, ASSET_FOLDERS)[0] if folder.name in FUNCTION_FOLDERS else None
    assets = []
    if assets_folder is not None:
        sizes = {name: one.size_bytes for name, one in find_files(project, assets_folder).items()}
        assets = [asset for asset in place_assets(assets_folder, sizes) if asset.visibility == "private"]
    load = Load(
        root=str(project),
        # Where the author has them, not where a deployment would: for breakpoints, coverage and tracebacks.
        functions=tuple(
            FunctionFile(place.path, place.path.removeprefix("/"), place.source, place.source, place.language)
            for place in functions
        ),
        assets=tuple(AssetFile(asset.path, asset.source) for asset in assets),
        variables=variables,
        context=CONTEXT,
        twilio=None if language == PYTHON else _pinned_twilio(),
        log_bytes=LOG_BYTES,
        response_bytes=RESPONSE_BYTES,
    )
    return load.encode(), path


def answer(frames: Sequence[Frame]) -> Answer:
    """What the caller gets, from what the guest said."""
    from gettone.wire.messages import Completed, Failed, decode_guest
    from gettone.wire.messages import Log as LogMessage

    messages = [decode_guest(head, body) for head, body in frames]
    logs = tuple(Log(message.level, message.text) for message in messages if isinstance(message, LogMessage))
    for message in messages:
        if isinstance(message, Completed):
            return Answer(message.status, _headers(message.headers), message.body, logs)
        if isinstance(message, Failed):
            problem = message.problem
            error = Error(
                message.name,
                message.message,
                message.code,
                message.stack,
                problem.file if problem else None,
                problem.line if problem else None,
                problem.column if problem else None,
                problem.hint if problem else None,
            )
            return failed(error, logs, HTTPStatus.INTERNAL_SERVER_ERROR)
    return failed(Error("Crashed", "The function ended before it answered."), logs, HTTPStatus.BAD_GATEWAY)


def failed(error: Error, logs: tuple[Log, ...], status: int) -> Answer:
    """What the caller gets of a function that failed."""
    body = {"message": error.message, "name": error.name, "code": error.code, "request": "RQ" + "0" * 32}
    headers = _headers((("content-type", "application/json; charset=utf-8"),))
    return Answer(int(status), headers, json.dumps(body).encode(), logs, error)


def _headers(pairs: Sequence[tuple[str, str]]) -> Headers:
    headers = Headers()
    for name, value in pairs:
        lower = name.lower()
        if lower not in headers:
            headers[lower] = value
        elif isinstance(headers[lower], list):
            headers[lower].append(value)
        else:
            headers[lower] = [headers[lower], value]
    return headers


def _run_python(load: bytes, path: str, event: bytes) -> list[Frame]:
    if GUEST not in sys.modules:
        folder = Path(__file__).parents[1] / "guests" / "python"
        spec = importlib.util.spec_from_file_location(
            GUEST, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"There is no Python guest in {folder}.")
        sys.modules[GUEST] = package = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(package)
    module = importlib.import_module(f"{GUEST}.in_process")
    frames: list[Frame] = module.run(load[FRAME_LENGTHS_BYTES:], path, event)
    return frames


def _pinned_twilio() -> str:
    return str(Path(__file__).parents[1] / "guests" / "javascript" / "node_modules" / "twilio")
