"""What an editor does to one file of a service, within a transaction: added, edited, replaced, removed.

Each change of a content, a path or a visibility is a new version; a name and an event belong to all of them. Must not
know who deploys what is saved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gettone.control import audit
from gettone.control.assets import add_asset, add_asset_version
from gettone.control.functions import add_function, add_function_version
from gettone.control.office import Office
from gettone.control.saved_files import Edit
from gettone.control.services import check_name
from gettone.control.sheets import Resource, SheetFile, Version
from gettone.control.uploads import (
    AssetUpload,
    FunctionUpload,
    check_path,
    check_source,
    check_visibility,
    read_asset,
)
from gettone.model.assets import AssetResource, AssetVersion
from gettone.model.errors import PlatformError
from gettone.model.functions import (
    FUNCTION_BYTES_MAX,
    MODULE_BYTES_MAX,
    FunctionEvent,
    FunctionResource,
    FunctionVersion,
)
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class FileDesk:
    """Where one file is changed: a transaction, a service that was entered, and who acts there."""

    tx: Transaction
    office: Office
    principal: Principal
    service: Service

    async def add_function(self, name: str, event: str, upload: FunctionUpload) -> SheetFile:
        """A new function with its first version. Raises PlatformError `invalid`."""
        kind = check_event(event)
        function = await add_function(self.tx, self.office, self.service, name)
        if kind is not function.event:
            function = replace(function, event=kind)
            await self.tx.functions.update(function)
        await self._record("function.create", function.sid, friendly_name=name)
        version = await add_function_version(self.tx, self.office, function, upload)
        await self._record_version("function_version.create", version)
        return SheetFile(function, version)

    async def add_asset(self, name: str, upload: AssetUpload, content: bytes) -> SheetFile:
        """A new asset with its first version. Raises PlatformError `invalid`."""
        asset = await add_asset(self.tx, self.office, self.service, name)
        await self._record("asset.create", asset.sid, friendly_name=name)
        return SheetFile(asset, await self.replace_asset(asset, upload, content))

    async def replace_asset(self, asset: AssetResource, upload: AssetUpload, content: bytes) -> AssetVersion:
        """Another version of an asset."""
        await self.tx.blobs.put(upload.digest, content)
        version = await add_asset_version(self.tx, self.office, asset, upload)
        await self._record_version("asset_version.create", version)
        return version

    async def edit(self, file: SheetFile, edit: Edit) -> SheetFile:
        """A file as an edit wants it; in the version that it has where nothing of that differs."""
        version = file.version
        named = await self._rename(file.resource, edit)
        content = None
        if edit.text is not None or isinstance(version, AssetVersion):
            content = await self.content(version)
        if isinstance(named, FunctionResource) and isinstance(version, FunctionVersion):
            return replace(file, resource=named, version=await self._edit_function(named, version, edit, content))
        if isinstance(named, AssetResource) and isinstance(version, AssetVersion) and content is not None:
            return replace(file, resource=named, version=await self._edit_asset(named, version, edit, content))
        raise TypeError("a function has versions of functions, an asset those of assets")

    async def is_done(self, file: SheetFile, edit: Edit) -> bool:
        """Whether a file is as an edit wants it already."""
        said = (
            (edit.name, file.name),
            (edit.path, file.path),
            (edit.visibility, file.visibility),
            (edit.event, file.event),
        )
        if any(wanted is not None and wanted != there for wanted, there in said):
            return False
        if edit.text is None:
            return True
        content = await self.content(file.version)
        return encode(edit.text, content) == content

    async def remove(self, file: SheetFile) -> None:
        """Take a file off the sheet. It is kept as long as a build has it, for who rolls back to that."""
        resource, version = file.resource, file.version
        is_used = bool(await self.tx.builds_of(resource.sid))
        if isinstance(resource, FunctionResource) and isinstance(version, FunctionVersion):
            if is_used:
                await self.tx.functions.update(replace(resource, removed_version_sid=version.sid))
            else:
                await self.tx.functions.delete(sid=resource.sid)
            await self._record("function.remove", resource.sid, friendly_name=resource.friendly_name)
        elif isinstance(resource, AssetResource) and isinstance(version, AssetVersion):
            if is_used:
                await self.tx.assets.update(replace(resource, removed_version_sid=version.sid))
            else:
                await self.tx.assets.delete(sid=resource.sid)
            await self._record("asset.remove", resource.sid, friendly_name=resource.friendly_name)

    async def content(self, version: Version) -> bytes:
        """The content of a version."""
        content = await self.tx.blobs.find(version.digest)
        if content is None:
            raise PlatformError("internal", f"the content of version {version.sid} is lost: upload it again")
        return content

    async def _edit_function(
        self, function: FunctionResource, version: FunctionVersion, edit: Edit, before: bytes | None
    ) -> FunctionVersion:
        content = before if before is None or edit.text is None else encode(edit.text, before)
        if content is not None:
            check_source(content, FUNCTION_BYTES_MAX if version.extension else MODULE_BYTES_MAX)
        new = replace(
            version,
            path=version.path if edit.path is None else check_path(edit.path),
            visibility=version.visibility if edit.visibility is None else check_visibility(edit.visibility),
            digest=version.digest if content is None else hashlib.sha256(content).hexdigest(),
        )
        if new == version:
            return version
        upload = FunctionUpload(
            path=new.path,
            visibility=new.visibility,
            language=new.language,
            extension=new.extension,
            digest=new.digest,
            content=await self.content(version) if content is None else content,
        )
        made = await add_function_version(self.tx, self.office, function, upload)
        await self._record_version("function_version.create", made)
        return made

    async def _edit_asset(self, asset: AssetResource, version: AssetVersion, edit: Edit, before: bytes) -> AssetVersion:
        content = before if edit.text is None else encode(edit.text, before)
        path = version.path if edit.path is None else edit.path
        # Under another path it may be of another type.
        kind = version.content_type if check_path(path) == version.path else ""
        upload = read_asset(path, edit.visibility or version.visibility, content, kind)
        said = (upload.path, upload.visibility, upload.content_type, upload.digest)
        if said == (version.path, version.visibility, version.content_type, version.digest):
            return version
        return await self.replace_asset(asset, upload, content)

    async def _rename(self, resource: Resource, edit: Edit) -> Resource:
        name = resource.friendly_name if edit.name is None else edit.name
        check_name("FriendlyName", name, self.office.limits.friendly_name_characters)
        if isinstance(resource, AssetResource):
            asset = replace(resource, friendly_name=name)
            if asset == resource:
                return resource
            asset = replace(asset, updated_at=self.office.clock())
            await self.tx.assets.update(asset)
            await self._record("asset.update", asset.sid, friendly_name=name)
            return asset
        function = replace(
            resource, friendly_name=name, event=resource.event if edit.event is None else check_event(edit.event)
        )
        if function == resource:
            return resource
        function = replace(function, updated_at=self.office.clock())
        await self.tx.functions.update(function)
        await self._record("function.update", function.sid, friendly_name=name, event=function.event)
        return function

    async def _record(self, action: str, target: str, **detail: str) -> None:
        await audit.record(self.tx, self.principal, self.office.clock, action, target, **detail)

    async def _record_version(self, action: str, version: Version) -> None:
        await self._record(action, version.sid, path=version.path, visibility=version.visibility, digest=version.digest)


def check_event(text: str) -> FunctionEvent:
    """The event of this name. Raises PlatformError `invalid`."""
    try:
        return FunctionEvent(text)
    except ValueError:
        raise PlatformError("invalid", f"Event must be one of {', '.join(FunctionEvent)}", parameter="Event") from None


def check_free(files: Iterable[SheetFile], path: str, sid: str | None = None) -> None:
    """Raise PlatformError `conflict` where another file than this one is at a path."""
    wanted = check_path(path)
    for file in files:
        if file.path == wanted and file.sid != sid:
            raise PlatformError(
                "conflict",
                f"{file.name} is at {wanted}: choose another path, or change that one",
                parameter="Path",
                sid=file.sid,
            )


def encode(text: str, before: bytes = b"") -> bytes:
    """A text with the ends of lines that its file had: forms send others, and editors write their own."""
    plain = text.replace("\r\n", "\n")
    try:
        return (plain.replace("\n", "\r\n") if b"\r\n" in before else plain).encode()
    except UnicodeEncodeError:
        raise PlatformError(
            "invalid", "the text holds half a surrogate pair: leave that character out", parameter="Content"
        ) from None
