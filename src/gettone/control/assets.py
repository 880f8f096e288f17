"""Assets and their versions: a name, and a file that was uploaded once and never changes.

Nothing is served by uploading: a build takes versions, a deployment takes the build.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from gettone.control import audit
from gettone.control.access import Permission
from gettone.control.builds_in_use import check_unused
from gettone.control.office import Office
from gettone.control.services import check_name, enter_service, not_found
from gettone.control.uploads import AssetUpload, read_asset
from gettone.model.assets import AssetResource, AssetVersion
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.model.sids import ASSET, ASSET_VERSION
from gettone.store.interface import Transaction


class Assets:
    """The assets of a service. Names need not be unique, as on Twilio: versions have the paths."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def create(self, principal: Principal, *, service: str, friendly_name: str) -> AssetResource:
        """Make an asset, without content yet."""
        office = self._office
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.ASSETS_WRITE)
            asset = await add_asset(tx, office, owner, friendly_name)
            await audit.record(tx, principal, office.clock, "asset.create", asset.sid, friendly_name=friendly_name)
        return asset

    async def get(self, principal: Principal, *, service: str, sid: str) -> AssetResource:
        """One asset."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.ASSETS_READ)
            return await _get_asset(tx, owner, sid)

    async def list(self, principal: Principal, *, service: str, page: PageRequest) -> Page[AssetResource]:
        """The assets of a service."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.ASSETS_READ)
            return await tx.assets.page(page, service_sid=owner.sid)

    async def update(self, principal: Principal, *, service: str, sid: str, friendly_name: str) -> AssetResource:
        """Rename an asset. What is served stays as it is."""
        office = self._office
        check_name("FriendlyName", friendly_name, office.limits.friendly_name_characters)
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.ASSETS_WRITE)
            old = await _get_asset(tx, owner, sid)
            new = replace(old, friendly_name=friendly_name, updated_at=office.clock())
            await tx.assets.update(new)
            await audit.record(tx, principal, office.clock, "asset.update", new.sid, friendly_name=friendly_name)
        return new

    async def delete(self, principal: Principal, *, service: str, sid: str) -> None:
        """Delete an asset and its versions. Raises PlatformError `conflict`, which names the builds that have one."""
        office = self._office
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.ASSETS_WRITE)
            old = await _get_asset(tx, owner, sid)
            await check_unused(tx, owner, old.friendly_name, old.sid)
            await tx.assets.delete(sid=old.sid)
            await audit.record(tx, principal, office.clock, "asset.delete", old.sid, friendly_name=old.friendly_name)

    async def create_version(
        self,
        principal: Principal,
        *,
        service: str,
        sid: str,
        path: str,
        visibility: str,
        content: bytes,
        content_type: str,
    ) -> AssetVersion:
        """Keep a file that was uploaded. Raises PlatformError `invalid` or `too_large`."""
        office = self._office
        # The digest of 25 MB takes longer than others should wait.
        upload = await asyncio.to_thread(read_asset, path, visibility, content, content_type)
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.ASSETS_WRITE)
            asset = await _get_asset(tx, owner, sid)
            await tx.blobs.put(upload.digest, content)
            version = await add_asset_version(tx, office, asset, upload)
            await audit.record(
                tx,
                principal,
                office.clock,
                "asset_version.create",
                version.sid,
                path=version.path,
                visibility=version.visibility,
                digest=version.digest,
            )
        return version

    async def get_version(self, principal: Principal, *, service: str, asset_sid: str, sid: str) -> AssetVersion:
        """One version of an asset."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.ASSETS_READ)
            return await _get_version(tx, await _get_asset(tx, owner, asset_sid), sid)

    async def list_versions(
        self, principal: Principal, *, service: str, sid: str, page: PageRequest
    ) -> Page[AssetVersion]:
        """The versions of an asset."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.ASSETS_READ)
            asset = await _get_asset(tx, owner, sid)
            return await tx.asset_versions.page(page, asset_sid=asset.sid)

    async def list_service_versions(
        self, principal: Principal, *, service: str, page: PageRequest
    ) -> Page[AssetVersion]:
        """The versions of all assets of a service."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.ASSETS_READ)
            return await tx.asset_versions.page(page, service_sid=owner.sid)


async def add_asset(tx: Transaction, office: Office, service: Service, friendly_name: str) -> AssetResource:
    """Make an asset in a service that was entered. Raises PlatformError `invalid`."""
    check_name("FriendlyName", friendly_name, office.limits.friendly_name_characters)
    assets_max = office.limits.functions_per_service
    if await tx.assets.count(service_sid=service.sid) >= assets_max:
        raise PlatformError(
            "invalid", f"{service.unique_name} has {assets_max} assets, as many as are allowed: delete some first"
        )
    now = office.clock()
    asset = AssetResource(
        sid=ASSET.make(office.randomness),
        account_sid=service.account_sid,
        service_sid=service.sid,
        friendly_name=friendly_name,
        created_at=now,
        updated_at=now,
    )
    await tx.assets.add(asset)
    return asset


async def add_asset_version(tx: Transaction, office: Office, asset: AssetResource, upload: AssetUpload) -> AssetVersion:
    """Make a version of an asset, whose content is kept already."""
    version = AssetVersion(
        sid=ASSET_VERSION.make(office.randomness),
        account_sid=asset.account_sid,
        service_sid=asset.service_sid,
        asset_sid=asset.sid,
        path=upload.path,
        visibility=upload.visibility,
        content_type=upload.content_type,
        digest=upload.digest,
        size_bytes=upload.size_bytes,
        created_at=office.clock(),
    )
    await tx.asset_versions.add(version)
    return version


async def _get_asset(tx: Transaction, service: Service, sid: str) -> AssetResource:
    found = await tx.assets.find(sid=sid, service_sid=service.sid) if ASSET.matches(sid) else None
    if found is None:
        raise not_found(f"/Services/{service.sid}/Assets/{sid}")
    return found


async def _get_version(tx: Transaction, asset: AssetResource, sid: str) -> AssetVersion:
    is_one = ASSET_VERSION.matches(sid)
    found = await tx.asset_versions.find(sid=sid, asset_sid=asset.sid) if is_one else None
    if found is None:
        raise not_found(f"/Services/{asset.service_sid}/Assets/{asset.sid}/Versions/{sid}")
    return found
