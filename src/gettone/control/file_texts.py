"""Files of a sheet as texts: in any version, and as two people have them who edited one at once.

Reads only. Must not know who may change what.
"""

from __future__ import annotations

import asyncio

from gettone.control import access
from gettone.control.access import Permission
from gettone.control.differences import Line, differ
from gettone.control.file_edits import encode
from gettone.control.saved_files import Conflict, Edit, FileText
from gettone.control.sheets import TEXT_BYTES_MAX, FileKind, Sheet, SheetFile, Version, no_such_file
from gettone.model.principals import Principal
from gettone.model.sids import FUNCTION_VERSION
from gettone.store.interface import Transaction

_READ = {FileKind.FUNCTION: Permission.FUNCTIONS_READ, FileKind.ASSET: Permission.ASSETS_READ}


def get_file(sheet: Sheet, sid: str) -> SheetFile:
    """The function or asset of this SID. Raises PlatformError `not_found`."""
    file = sheet.find(sid)
    if file is None:
        raise no_such_file(sheet.service, sid)
    return file


async def find_version(
    tx: Transaction, principal: Principal, sheet: Sheet, sid: str, version_sid: str | None
) -> tuple[SheetFile, Version]:
    """A file of a sheet, and the version of it that is asked for, or else the newest. Raises PlatformError."""
    file = get_file(sheet, sid)
    access.require(principal, _READ[file.kind], sheet.service.sid)
    if version_sid is None or version_sid == file.version_sid:
        return file, file.version
    older: Version | None = None
    if FUNCTION_VERSION.matches(version_sid):
        if file.kind is FileKind.FUNCTION:
            older = await tx.function_versions.find(sid=version_sid, function_sid=sid)
        else:
            older = await tx.asset_versions.find(sid=version_sid, asset_sid=sid)
    if older is None:
        raise no_such_file(sheet.service, sid)
    return file, older


async def who_saved(tx: Transaction, file: SheetFile) -> str | None:
    """Who saved a file's newest version, unless it came with a whole project."""
    said = await tx.audit.find(
        account_sid=file.resource.account_sid, action=f"{file.kind}_version.create", target=file.version_sid
    )
    return None if said is None else said.actor


async def conflict_of(file: SheetFile, theirs: str | None, saved_by: str | None, edit: Edit) -> Conflict:
    """What is told to whoever edited an older version than the newest, which is `theirs`."""
    yours = None if edit.text is None else encode(edit.text).decode()
    difference: tuple[Line, ...] = ()
    if theirs is not None and yours is not None:
        # Two long texts that have little in common take a while.
        difference = await asyncio.to_thread(differ, theirs, yours)
    return Conflict(
        theirs=FileText(file, file.version_sid, file.size_bytes, theirs),
        yours=yours,
        difference=difference,
        saved_by=saved_by,
        saved_at=file.saved_at,
    )


async def text_of(tx: Transaction, version: Version) -> str | None:
    """A version as an editor shows it; None where it is no text, or too long a one."""
    content = await tx.blobs.find(version.digest) if version.size_bytes <= TEXT_BYTES_MAX else None
    try:
        text = None if content is None else content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if text is None or "\0" in text else text
