"""Functions and their versions: a name, and code that was uploaded once and never changes.

Nothing is served by uploading: a build takes versions, a deployment takes the build.
"""

from __future__ import annotations

from dataclasses import replace

from gettone.control import audit
from gettone.control.access import Permission
from gettone.control.builds_in_use import check_unused
from gettone.control.office import Office
from gettone.control.services import check_name, enter_service, not_found
from gettone.control.uploads import FunctionUpload, read_function
from gettone.model.errors import PlatformError
from gettone.model.functions import FunctionResource, FunctionVersion
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.model.sids import FUNCTION, FUNCTION_VERSION
from gettone.store.interface import Transaction


class Functions:
    """The functions of a service. Names need not be unique, as on Twilio: versions have the paths."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def create(self, principal: Principal, *, service: str, friendly_name: str) -> FunctionResource:
        """Make a function, without code yet."""
        office = self._office
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_WRITE)
            function = await add_function(tx, office, owner, friendly_name)
            await audit.record(
                tx, principal, office.clock, "function.create", function.sid, friendly_name=friendly_name
            )
        return function

    async def get(self, principal: Principal, *, service: str, sid: str) -> FunctionResource:
        """One function."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_READ)
            return await _get_function(tx, owner, sid)

    async def list(self, principal: Principal, *, service: str, page: PageRequest) -> Page[FunctionResource]:
        """The functions of a service."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_READ)
            return await tx.functions.page(page, service_sid=owner.sid)

    async def update(self, principal: Principal, *, service: str, sid: str, friendly_name: str) -> FunctionResource:
        """Rename a function. What is served stays as it is."""
        office = self._office
        check_name("FriendlyName", friendly_name, office.limits.friendly_name_characters)
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_WRITE)
            old = await _get_function(tx, owner, sid)
            new = replace(old, friendly_name=friendly_name, updated_at=office.clock())
            await tx.functions.update(new)
            await audit.record(tx, principal, office.clock, "function.update", new.sid, friendly_name=friendly_name)
        return new

    async def delete(self, principal: Principal, *, service: str, sid: str) -> None:
        """Delete a function and its versions. Raises PlatformError `conflict`, which names the builds that have one."""
        office = self._office
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_WRITE)
            old = await _get_function(tx, owner, sid)
            await check_unused(tx, owner, old.friendly_name, old.sid)
            await tx.functions.delete(sid=old.sid)
            await audit.record(tx, principal, office.clock, "function.delete", old.sid, friendly_name=old.friendly_name)

    async def create_version(
        self,
        principal: Principal,
        *,
        service: str,
        sid: str,
        path: str,
        visibility: str,
        content: bytes,
        filename: str,
        content_type: str,
    ) -> FunctionVersion:
        """Keep code that was uploaded. Raises PlatformError `invalid` or `too_large`."""
        office = self._office
        upload = read_function(path, visibility, content, filename, content_type)
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_WRITE)
            version = await add_function_version(tx, office, await _get_function(tx, owner, sid), upload)
            await audit.record(
                tx,
                principal,
                office.clock,
                "function_version.create",
                version.sid,
                path=version.path,
                visibility=version.visibility,
                digest=version.digest,
            )
        return version

    async def get_version(self, principal: Principal, *, service: str, function_sid: str, sid: str) -> FunctionVersion:
        """One version of a function."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_READ)
            return await _get_version(tx, await _get_function(tx, owner, function_sid), sid)

    async def list_versions(
        self, principal: Principal, *, service: str, sid: str, page: PageRequest
    ) -> Page[FunctionVersion]:
        """The versions of a function."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_READ)
            function = await _get_function(tx, owner, sid)
            return await tx.function_versions.page(page, function_sid=function.sid)

    async def list_service_versions(
        self, principal: Principal, *, service: str, page: PageRequest
    ) -> Page[FunctionVersion]:
        """The versions of all functions of a service."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_READ)
            return await tx.function_versions.page(page, service_sid=owner.sid)

    async def content(self, principal: Principal, *, service: str, function_sid: str, sid: str) -> bytes:
        """The code of a version, in UTF-8."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_READ)
            version = await _get_version(tx, await _get_function(tx, owner, function_sid), sid)
            content = await tx.blobs.find(version.digest)
        if content is None:
            raise PlatformError("internal", f"the content of version {version.sid} is lost: upload it again")
        return content


async def add_function(tx: Transaction, office: Office, service: Service, friendly_name: str) -> FunctionResource:
    """Make a function in a service that was entered. Raises PlatformError `invalid`."""
    check_name("FriendlyName", friendly_name, office.limits.friendly_name_characters)
    functions_max = office.limits.functions_per_service
    if await tx.functions.count(service_sid=service.sid) >= functions_max:
        raise PlatformError(
            "invalid", f"{service.unique_name} has {functions_max} functions, as many as are allowed: delete some first"
        )
    now = office.clock()
    function = FunctionResource(
        sid=FUNCTION.make(office.randomness),
        account_sid=service.account_sid,
        service_sid=service.sid,
        friendly_name=friendly_name,
        created_at=now,
        updated_at=now,
    )
    await tx.functions.add(function)
    return function


async def add_function_version(
    tx: Transaction, office: Office, function: FunctionResource, upload: FunctionUpload
) -> FunctionVersion:
    """Keep an upload as a version of a function."""
    version = FunctionVersion(
        sid=FUNCTION_VERSION.make(office.randomness),
        account_sid=function.account_sid,
        service_sid=function.service_sid,
        function_sid=function.sid,
        path=upload.path,
        visibility=upload.visibility,
        language=upload.language,
        extension=upload.extension,
        digest=upload.digest,
        size_bytes=len(upload.content),
        created_at=office.clock(),
    )
    await tx.blobs.put(upload.digest, upload.content)
    await tx.function_versions.add(version)
    return version


async def _get_function(tx: Transaction, service: Service, sid: str) -> FunctionResource:
    found = await tx.functions.find(sid=sid, service_sid=service.sid) if FUNCTION.matches(sid) else None
    if found is None:
        raise not_found(f"/Services/{service.sid}/Functions/{sid}")
    return found


async def _get_version(tx: Transaction, function: FunctionResource, sid: str) -> FunctionVersion:
    is_one = FUNCTION_VERSION.matches(sid)
    found = await tx.function_versions.find(sid=sid, function_sid=function.sid) if is_one else None
    if found is None:
        raise not_found(f"/Services/{function.service_sid}/Functions/{function.sid}/Versions/{sid}")
    return found
