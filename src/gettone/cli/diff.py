"""`gettone diff`: how a project differs from what is live, or one build from another. Changes nothing."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gettone.cli.connecting import ConnectOptions, Password, PasswordStdin, ProfileName, Url, Username, connect
from gettone.cli.given import Cwd
from gettone.cli.output import GREEN, RED, Format, Json, Output, chosen, paint, printable, say, show_json, show_rows
from gettone.cli.project_files import local_project
from gettone.cli.where import (
    EnvironmentOption,
    Production,
    ServiceName,
    ServiceSid,
    Where,
    WhereOptions,
    choose_where,
    get_environment,
    get_service,
)
from gettone.client.builds import Builds
from gettone.client.comparing import ComparedFile, Difference, compare
from gettone.client.connection import Connection
from gettone.client.deploying_standing import read_contents
from gettone.client.files import Files
from gettone.client.importing import FileKind
from gettone.client.services import RemoteService
from gettone.model.errors import PlatformError
from gettone.project.load import load_project

app = typer.Typer()

TEXT_BYTES_MAX = 1 << 20

Read = Callable[[ComparedFile], bytes | None]


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two: its files, what people call it, and how a file's content is had; None for what nobody sends."""

    name: str
    files: tuple[ComparedFile, ...]
    read: Read


@app.command(epilog="Example: gettone diff --environment stage")
def diff(
    old: Annotated[str | None, typer.Argument(metavar="[BUILD]", help="Its SID; else what is live.")] = None,
    new: Annotated[str | None, typer.Argument(metavar="[BUILD]", help="Its SID; else the project here.")] = None,
    environment: EnvironmentOption = None,
    production: Production = False,
    name_only: Annotated[bool, typer.Option("--name-only", help="Which files, without their lines.")] = False,
    service_sid: ServiceSid = None,
    service_name: ServiceName = None,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    password_stdin: PasswordStdin = False,
    profile: ProfileName = None,
    output: Output = Format.TABLE,
    as_json: Json = False,
    _cwd: Cwd = None,
) -> None:
    """Show what a deploy would change; or how the project, or a second build, differs from a build."""
    output = chosen(output, as_json)
    with connect(ConnectOptions(url, username, password, password_stdin, profile)) as connection:
        where = choose_where(connection, WhereOptions(service_sid, service_name, environment, production), "diff")
        service = get_service(connection, where)
        before = _build(connection, service, old or _live(connection, where, service))
        after = _project() if new is None else _build(connection, service, new)
        found = compare(before.files, after.files)
        if output is Format.TABLE and not name_only:
            for line in _lines(found, before, after):
                print(line)
        else:
            _show_names(found, before, after, output)
    if not found:
        say(f"{after.name} and {before.name} have the same files.")


def _live(connection: Connection, where: Where, service: RemoteService) -> str | None:
    return get_environment(connection, where, service).build_sid


def _build(connection: Connection, service: RemoteService, sid: str | None) -> _Side:
    if sid is None:
        return _Side("nothing", (), lambda _: None)
    build = Builds(connection, service.sid).get(sid)
    contents = {content.sid: (kind, content) for kind, content in read_contents(connection, service.sid)}
    functions = Files(connection, service.sid).functions

    def read(file: ComparedFile) -> bytes | None:
        if file.kind is FileKind.ASSET or file.file_sid is None or file.version_sid is None:
            return None
        try:
            return functions.content(file.file_sid, file.version_sid).encode()
        except PlatformError as error:
            # What lies beside functions may be no text.
            if file.form or error.code != "internal":
                raise
            return None

    files = [
        ComparedFile(kind, found.path, found.visibility, found.digest, found.form, found.sid, found.file_sid)
        for kind, found in (contents[each.sid] for each in (*build.functions, *build.assets) if each.sid in contents)
    ]
    return _Side(build.sid, tuple(files), read)


def _project() -> _Side:
    local = local_project(load_project(Path()))
    by_path = {each.place.path: each for each in local.files}

    def read(file: ComparedFile) -> bytes | None:
        return by_path[file.path].content.read()

    files = [
        ComparedFile(each.place.kind, each.place.path, each.place.visibility, each.digest, each.form)
        for each in local.files
    ]
    return _Side("the project", tuple(files), read)


def _show_names(found: Sequence[Difference], before: _Side, after: _Side, output: Format) -> None:
    rows = [
        {
            "change": each.change.value,
            "kind": each.file.kind.value,
            "path": each.file.path,
            "file": each.file.name,
            "old_visibility": None if each.old is None else each.old.visibility.value,
            "new_visibility": None if each.new is None else each.new.visibility.value,
        }
        for each in found
    ]
    if output is Format.JSON:
        show_json({"old": before.name, "new": after.name, "files": rows})
    elif rows or output is Format.TSV:
        show_rows(output, ("change", "file"), rows)


def _lines(found: Sequence[Difference], before: _Side, after: _Side) -> Iterator[str]:
    """The differences as people read them, as `diff -u` writes them."""
    for each in found:
        yield f"{each.change.value} {printable(each.file.name)}"
        if each.old is not None and each.new is not None and each.old.visibility is not each.new.visibility:
            yield f"  {each.old.visibility} is {each.new.visibility} now"
        if each.old is not None and each.new is not None and each.old.digest == each.new.digest:
            continue
        texts = [_text(side, file) for side, file in ((before, each.old), (after, each.new))]
        if None in texts:
            continue
        old, new = ((text or "").splitlines() for text in texts)
        for line in difflib.unified_diff(old, new, before.name, after.name, lineterm="", n=3):
            yield _painted(line)


def _text(side: _Side, file: ComparedFile | None) -> str | None:
    """The text of a file; nothing at all where there is none; None for what is no text, or is not to be had."""
    if file is None:
        return ""
    content = side.read(file)
    if content is None or len(content) > TEXT_BYTES_MAX or b"\0" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _painted(line: str) -> str:
    shown = printable(line.replace("\t", "    "))
    if line.startswith("+") and not line.startswith("+++"):
        return paint(GREEN, shown)
    return paint(RED, shown) if line.startswith("-") and not line.startswith("---") else shown
