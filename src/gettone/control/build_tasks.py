"""Completes builds in the background: installs what they ask for, keeps what was said, and says how it ended.

State: `_tasks`, the builds that are under way, by SID. A build is `building` in the store until its task ends, so one
that a crash cut off is found and begun again (`Builds.resume`). How many installs run at once is decided by whoever
installs; what has nothing to install waits for nobody. Must not know npm, pip or a registry.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from itertools import chain, repeat

from gettone.control import access
from gettone.control.build_log import BuildLog
from gettone.control.build_requests import Plan, Runtimes, renewed
from gettone.control.bundles import Installed, Packages, PackagesRequest
from gettone.control.office import Office
from gettone.model.builds import Build, BuildStatus
from gettone.model.errors import PlatformError
from gettone.model.sids import BuildSid

_LOG = logging.getLogger(__name__)

SHOW_SECONDS = 0.5

# Between attempts to write while the store is away; the last one goes on.
_AGAIN_SECONDS = (0.1, 0.5, 2.0, 5.0)


class BuildTasks:
    """The builds that are under way. Close it before its store."""

    def __init__(self, office: Office, packages: Packages, runtimes: Runtimes) -> None:
        self._office = office
        self._packages = packages
        self._runtimes = runtimes
        self._tasks: dict[BuildSid, asyncio.Task[None]] = {}

    def start(self, build: Build, plan: Plan) -> None:
        """Complete a build that was added as `building`, in the transaction that adds it.

        The task waits for that to end. So whoever is cancelled just then leaves no build that nobody completes.
        """
        self._begin(build.sid, self._complete(build.sid, plan))

    def renew(self, build: Build, request: PackagesRequest) -> None:
        """Install a live build's packages for the runtimes that are here now, and publish what serves it."""
        self._begin(build.sid, self._renew(build, request))

    async def wait(self, sid: BuildSid) -> None:
        """Return when a build is not under way any more. Who is cancelled here does not end the build."""
        task = self._tasks.get(sid)
        if task is not None:
            await asyncio.wait([task])

    def cancel(self, sid: BuildSid) -> None:
        """Stop working on a build that was deleted."""
        task = self._tasks.get(sid)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Stop. What is under way stays `building`, and is begun again at the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, sid: BuildSid, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name=f"build {sid}")
        self._tasks[sid] = task
        task.add_done_callback(lambda _: self._tasks.pop(sid, None))

    async def _complete(self, sid: BuildSid, plan: Plan) -> None:
        log = BuildLog()
        for note in plan.notes:
            log.say(note)
        if plan.packages is not None and not await self._is_wanted(sid):
            return
        installed = await self._install(sid, plan.packages, log)
        log.conclude("completed" if installed is not None else "failed")
        await self._again(sid, lambda: self._finish(sid, installed, log))

    async def _is_wanted(self, sid: BuildSid) -> bool:
        """Whether the transaction that adds a build came to something."""
        try:
            async with self._office.store.writing() as tx:
                return await tx.builds.count(sid=sid) > 0
        except PlatformError:
            # The store is away: what is installed will be there when it comes back.
            return True

    async def _install(self, sid: BuildSid, request: PackagesRequest | None, log: BuildLog) -> Installed | None:
        """What was installed; None where it failed, which the log then tells."""
        if request is None:
            return Installed(None, None, ())
        showing = asyncio.create_task(self._show(sid, log))
        try:
            installed = await self._packages.install(request, log.say)
        except PlatformError as error:
            log.conclude(error.message)
            return None
        except Exception:  # noqa: BLE001 - nobody above would hear of it, and the build would be `building` for ever
            _LOG.exception("build %s failed", sid)
            log.conclude("something went wrong in the platform: the operator's log tells what. Build again")
            return None
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
        for each in installed.resolved:
            log.say(f"{each.name} {each.version}")
        return installed

    async def _show(self, sid: BuildSid, log: BuildLog) -> None:
        """Put what was said into the store, now and then."""
        while True:
            await asyncio.sleep(SHOW_SECONDS)
            if not log.is_new:
                continue
            # The store may be away for a while; the whole log is written at the end.
            with contextlib.suppress(PlatformError):
                async with self._office.store.writing() as tx:
                    build = await tx.builds.find(sid=sid)
                    if build is not None:
                        await tx.builds.update(replace(build, log=log.text()))

    async def _finish(self, sid: BuildSid, installed: Installed | None, log: BuildLog) -> None:
        async with self._office.store.writing() as tx:
            build = await tx.builds.find(sid=sid)
            if build is None or build.status is not BuildStatus.BUILDING:
                return
            await tx.builds.update(
                replace(
                    renewed(build, self._runtimes),
                    status=BuildStatus.FAILED if installed is None else BuildStatus.COMPLETED,
                    node_bundle=None if installed is None else installed.node_bundle,
                    python_bundle=None if installed is None else installed.python_bundle,
                    log=log.text(),
                    updated_at=self._office.clock(),
                )
            )

    async def _renew(self, build: Build, request: PackagesRequest) -> None:
        log = BuildLog()
        for line in build.log.splitlines():
            log.say(line)
        log.say(f"installing anew for {self._runtimes.python} and {self._runtimes.node}")
        installed = await self._install(build.sid, request, log)
        if installed is None:
            _LOG.warning("build %s could not be installed anew, and is served as it was: its log tells why", build.sid)
        await self._again(build.sid, lambda: self._replace(build.sid, installed, log))

    async def _replace(self, sid: BuildSid, installed: Installed | None, log: BuildLog) -> None:
        office = self._office
        async with office.store.writing() as tx:
            build = await tx.builds.find(sid=sid)
            if build is None:
                return
            new = replace(build, log=log.text(), updated_at=office.clock())
            if installed is not None:
                new = replace(
                    renewed(new, self._runtimes),
                    node_bundle=installed.node_bundle,
                    python_bundle=installed.python_bundle,
                )
            await tx.builds.update(new)
            environments = await tx.environments.all(build_sid=sid)
            await office.publisher.publish(
                tx, access.operator(build.account_sid), environments=[each.sid for each in environments]
            )
        office.publisher.announce()

    async def _again(self, sid: BuildSid, write: Callable[[], Coroutine[None, None, None]]) -> None:
        """Write until it is written: the store may be away, and what was installed is not to be lost by that."""
        for delay in chain(_AGAIN_SECONDS, repeat(_AGAIN_SECONDS[-1])):
            try:
                return await write()
            except PlatformError as error:
                if error.code != "unavailable":
                    _LOG.error("build %s cannot be written: %s", sid, error.message)
                    return None
            await asyncio.sleep(delay)
        return None
