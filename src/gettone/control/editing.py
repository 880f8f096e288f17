"""A service in its editor: what is on its sheet, and each change of that. Saving deploys, where the service says so.

The working copy is the newest version of each file, as in Twilio's editor. Two who edit one file do not overwrite each
other: a save names the version that it was made from. Must not know how a deploy is made.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace

from gettone.control import access, audit
from gettone.control.access import Permission
from gettone.control.build_requests import check_dependencies, check_requirements
from gettone.control.environments import Environments
from gettone.control.file_edits import FileDesk, check_free
from gettone.control.file_texts import conflict_of, find_version, get_file, text_of, who_saved
from gettone.control.office import Office
from gettone.control.progress import Progress
from gettone.control.release_contents import Choose, choose_packages, choose_with, choose_without
from gettone.control.release_work import TO_BUILD
from gettone.control.releasing import Releases
from gettone.control.saved_files import Conflict, Edit, FileText, Removed, Saved
from gettone.control.services import Services, enter_service
from gettone.control.sheets import (
    UI_ENVIRONMENT,
    FileKind,
    Sheet,
    choose_environment,
    no_such_file,
    packages_of,
    read_sheet,
)
from gettone.control.uploads import read_asset, read_function
from gettone.model.assets import AssetResource
from gettone.model.builds import WantedPackages
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.project.templates import find_template
from gettone.store.interface import Transaction

_WRITE = {FileKind.FUNCTION: Permission.FUNCTIONS_WRITE, FileKind.ASSET: Permission.ASSETS_WRITE}


class Editing:
    """The sheets of services. `releases` deploys what is saved."""

    def __init__(self, office: Office, releases: Releases) -> None:
        self._office = office
        self._releases = releases

    async def make_service(
        self,
        principal: Principal,
        *,
        unique_name: str,
        friendly_name: str | None = None,
        deploys_on_save: bool = True,
    ) -> Service:
        """A service as consoles make it: to be edited there, with one environment, which has no suffix."""
        services = Services(self._office)
        service = await services.create(
            principal,
            unique_name=unique_name,
            friendly_name=friendly_name or unique_name,
            ui_editable=True,
            deploys_on_save=deploys_on_save,
        )
        try:
            await Environments(self._office).create(principal, service=service.sid, unique_name=UI_ENVIRONMENT)
        except PlatformError:
            with contextlib.suppress(PlatformError):
                await services.delete(principal, service=service.sid)
            raise
        return service

    async def open(self, principal: Principal, *, service: str, environment_sid: str | None = None) -> Sheet:
        """The sheet of a service, as seen from this environment, else from `ui`, production or the oldest."""
        async with self._office.store.reading() as tx:
            return await self._enter(tx, principal, service, environment_sid)

    async def read(self, principal: Principal, *, service: str, sid: str, version_sid: str | None = None) -> FileText:
        """A file of the sheet as text, in its newest version or an older one."""
        async with self._office.store.reading() as tx:
            sheet = await self._enter(tx, principal, service, None)
            file, version = await find_version(tx, principal, sheet, sid, version_sid)
            text = await text_of(tx, version)
        if file.language is not None:
            self._releases.expect((file.language,))
        return FileText(file, version.sid, version.size_bytes, text)

    async def content(self, principal: Principal, *, service: str, sid: str, version_sid: str | None = None) -> bytes:
        """A file of the sheet as it is kept."""
        async with self._office.store.reading() as tx:
            sheet = await self._enter(tx, principal, service, None)
            _, version = await find_version(tx, principal, sheet, sid, version_sid)
            return await FileDesk(tx, self._office, principal, sheet.service).content(version)

    async def add_function(
        self,
        principal: Principal,
        *,
        service: str,
        name: str,
        path: str,
        language: str,
        template: str = "blank",
        visibility: str | None = None,
        event: str | None = None,
    ) -> Saved:
        """A new function with a template's code; with the template's presets where nothing is said. It is not deployed.

        Raises PlatformError: `conflict` where its path is taken, `invalid`.
        """
        chosen = find_template(template, language)
        said = visibility or chosen.visibility
        upload = read_function(path, said, chosen.text.encode(), f"function{chosen.extension}", "")
        async with self._office.store.writing() as tx:
            sheet = await self._enter(tx, principal, service, None)
            access.require(principal, Permission.FUNCTIONS_WRITE, sheet.service.sid)
            _check_editable(sheet)
            check_free(sheet.files, upload.path)
            desk = FileDesk(tx, self._office, principal, sheet.service)
            return Saved(await desk.add_function(name, event or chosen.event, upload), is_new_version=True)

    async def upload_asset(
        self,
        principal: Principal,
        *,
        service: str,
        path: str,
        visibility: str,
        content: bytes,
        content_type: str = "",
        name: str | None = None,
        sid: str | None = None,
        environment_sid: str | None = None,
        deploy: bool | None = None,
    ) -> Saved:
        """A new asset, or another version of the one that is named. Deploys as `save` does."""
        started = self._releases.seconds()
        # The digest of 25 MB takes longer than others should wait.
        upload = await asyncio.to_thread(read_asset, path, visibility, content, content_type)
        async with self._office.store.writing() as tx:
            sheet = await self._enter(tx, principal, service, environment_sid)
            _check_change(principal, sheet, Permission.ASSETS_WRITE, deploy)
            check_free(sheet.files, upload.path, sid)
            desk = FileDesk(tx, self._office, principal, sheet.service)
            if sid is None:
                file = await desk.add_asset(name or upload.path, upload, content)
            else:
                before = get_file(sheet, sid)
                if not isinstance(before.resource, AssetResource):
                    raise no_such_file(sheet.service, sid)
                file = replace(before, version=await desk.replace_asset(before.resource, upload, content))
        choose = choose_with(file.version)
        progress = await self._deploy(principal, sheet, choose, started, file.path, deploy)
        return Saved(file, is_new_version=True, progress=progress)

    async def save(
        self,
        principal: Principal,
        *,
        service: str,
        edit: Edit,
        environment_sid: str | None = None,
        deploy: bool | None = None,
    ) -> Saved | Conflict:
        """Save a file, and deploy it where the service says so, or `deploy` does.

        Nothing is saved where somebody saved another version meanwhile. Raises PlatformError `invalid`, `too_large`.
        """
        started = self._releases.seconds()
        async with self._office.store.writing() as tx:
            sheet = await self._enter(tx, principal, service, environment_sid)
            before = get_file(sheet, edit.sid)
            _check_change(principal, sheet, _WRITE[before.kind], deploy)
            desk = FileDesk(tx, self._office, principal, sheet.service)
            # Who sends the same again, for no answer came, is in nobody's way.
            may_save = before.version_sid == edit.base_version_sid or await desk.is_done(before, edit)
            if may_save:
                if edit.path is not None:
                    check_free(sheet.files, edit.path, edit.sid)
                file = await desk.edit(before, edit)
            else:
                theirs, saved_by = await text_of(tx, before.version), await who_saved(tx, before)
        if not may_save:
            return await conflict_of(before, theirs, saved_by, edit)
        choose = choose_with(file.version)
        progress = await self._deploy(principal, sheet, choose, started, file.path, deploy)
        return Saved(file, is_new_version=file.version != before.version, progress=progress)

    async def remove(
        self,
        principal: Principal,
        *,
        service: str,
        sid: str,
        environment_sid: str | None = None,
        deploy: bool | None = None,
    ) -> Removed:
        """Take a file off the sheet, and what is live where `save` would deploy. Builds that have it keep it."""
        started = self._releases.seconds()
        async with self._office.store.writing() as tx:
            sheet = await self._enter(tx, principal, service, environment_sid)
            file = get_file(sheet, sid)
            _check_change(principal, sheet, _WRITE[file.kind], deploy)
            await FileDesk(tx, self._office, principal, sheet.service).remove(file)
        if file.is_new:
            return Removed(file)
        said = f"{file.path} removed"
        return Removed(file, await self._deploy(principal, sheet, choose_without(sid), started, said, deploy))

    async def set_packages(
        self,
        principal: Principal,
        *,
        service: str,
        packages: WantedPackages,
        environment_sid: str | None = None,
        deploy: bool | None = None,
    ) -> Progress | None:
        """Keep what the next build is to ask for. Deploys as `save` does, once something is live.

        Raises PlatformError `invalid`.
        """
        started = self._releases.seconds()
        with _in_field("Dependencies"):
            npm = check_dependencies(packages.dependencies, self._office.limits.npm_modules_per_build)
        with _in_field("Requirements"):
            wanted = WantedPackages(npm, check_requirements(packages.requirements)[0])
        async with self._office.store.writing() as tx:
            sheet = await self._enter(tx, principal, service, environment_sid)
            owner, live = sheet.service, sheet.live
            _check_change(principal, sheet, Permission.BUILDS_WRITE, deploy)
            draft = None if live is not None and packages_of(live) == wanted else wanted
            if draft != owner.draft_packages:
                await tx.services.update(replace(owner, draft_packages=draft, updated_at=self._office.clock()))
                names = ", ".join([*(each.name for each in wanted.dependencies), *wanted.requirements])
                await audit.record(tx, principal, self._office.clock, "service.packages", owner.sid, packages=names)
        if live is None or draft is None:
            return None
        return await self._deploy(principal, sheet, choose_packages, started, "dependencies changed", deploy)

    async def _enter(self, tx: Transaction, principal: Principal, service: str, environment_sid: str | None) -> Sheet:
        owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_READ)
        return await read_sheet(tx, self._office, owner, await choose_environment(tx, owner, environment_sid))

    async def _deploy(
        self, principal: Principal, sheet: Sheet, choose: Choose, started: float, message: str, deploy: bool | None
    ) -> Progress | None:
        if not _deploys(sheet, deploy):
            return None
        return await self._releases.release(
            principal,
            service=sheet.service.sid,
            environment_sid=None if sheet.environment is None else sheet.environment.sid,
            choose=choose,
            message=message,
            started=started,
        )


def _check_change(principal: Principal, sheet: Sheet, permission: Permission, deploy: bool | None) -> None:
    """Raise PlatformError unless somebody may change a file of a sheet, and deploy it if that follows."""
    for each in (permission, *(TO_BUILD if _deploys(sheet, deploy) else ())):
        access.require(principal, each, sheet.service.sid)
    _check_editable(sheet)


def _check_editable(sheet: Sheet) -> None:
    if not sheet.service.ui_editable:
        raise PlatformError(
            "conflict",
            f"{sheet.service.unique_name} is deployed from elsewhere, and is only shown here: to change it here too,"
            " say so in its settings",
            ui_editable=False,
        )


def _deploys(sheet: Sheet, deploy: bool | None) -> bool:
    return sheet.service.deploys_on_save if deploy is None else deploy


@contextlib.contextmanager
def _in_field(parameter: str) -> Iterator[None]:
    """Let a refusal name the field that it is about."""
    try:
        yield
    except PlatformError as error:
        raise PlatformError(error.code, error.message, **{**error.evidence, "parameter": parameter}) from None
