"""Deploys from an editor that somebody watches: one task for each, from the check to the moment that it is served.

State of `Releases`: `_tasks`, the deploys that are under way, and `board`, what is told of them. What a deploy does to
the store is `release_work`'s.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Protocol

from gettone.control import access
from gettone.control.access import Permission
from gettone.control.builds import Builds
from gettone.control.checking import CodeChecker
from gettone.control.deployments import check_message
from gettone.control.environments import Environments, get_environment
from gettone.control.office import Office
from gettone.control.progress import Board, Live, Progress, Refused, SourceProblem
from gettone.control.progress import StepName as Name
from gettone.control.release_contents import Choose, choose_all
from gettone.control.release_work import (
    TO_BUILD,
    TO_DEPLOY,
    Published,
    Refusal,
    ReleaseOrder,
    ReleaseWork,
    enter_for,
)
from gettone.control.sheets import UI_ENVIRONMENT, choose_environment
from gettone.model.errors import PlatformError
from gettone.model.functions import Language
from gettone.model.principals import Principal
from gettone.wire.feed import ServingProblem

SERVED_SECONDS = 15.0

logger = logging.getLogger(__name__)

Work = Callable[[Progress], Coroutine[None, None, Published]]


class Serving(Protocol):
    """What is known of the gateways: `control.feed.Feed` is the one there is."""

    async def wait_served(self, revision: int, seconds: float) -> bool:
        """Wait until all gateways serve this revision, but not for ever. Whether they do."""

    def nodes(self) -> int:
        """How many gateways are connected."""

    def problems(self) -> tuple[ServingProblem, ...]:
        """What they could not serve as published."""


class Releases:
    """Deploys that somebody watches. Close it: what is under way then ends, published or not."""

    def __init__(
        self,
        office: Office,
        builds: Builds,
        serving: Serving,
        checker: CodeChecker,
        seconds: Callable[[], float] = time.monotonic,
        served_seconds: float = SERVED_SECONDS,
    ) -> None:
        self._office = office
        self._serving = serving
        self._checker = checker
        self._work = ReleaseWork(office, builds, checker)
        self._served_seconds = served_seconds
        self._tasks: set[asyncio.Task[None]] = set()
        self.seconds = seconds
        self.board = Board(office.clock, office.randomness, seconds)

    def expect(self, languages: Iterable[Language]) -> None:
        """Be quick with the next deploy of code in these languages: somebody looks at such code."""
        self._checker.expect(languages)

    async def deploy_all(
        self, principal: Principal, *, service: str, environment_sid: str | None = None, message: str | None = None
    ) -> Progress:
        """Deploy the newest version of everything on the sheet."""
        started = self.seconds()
        return await self.release(
            principal,
            service=service,
            environment_sid=environment_sid,
            choose=choose_all,
            message=message,
            started=started,
        )

    async def release(
        self,
        principal: Principal,
        *,
        service: str,
        environment_sid: str | None,
        choose: Choose,
        message: str | None,
        started: float,
    ) -> Progress:
        """Deploy what is chosen. A service without an environment gets `ui`. `started` is when it was asked for."""
        check_message(message)
        async with self._office.store.reading() as tx:
            owner = await enter_for(tx, principal, service, TO_BUILD)
            environment = await choose_environment(tx, owner, environment_sid)
        if environment is None:
            environment = await Environments(self._office).create(
                principal, service=owner.sid, unique_name=UI_ENVIRONMENT
            )
        order = ReleaseOrder(principal, owner.sid, environment.sid, message)
        return self._begin(order, started, lambda progress: self._work.build(order, choose, progress))

    async def rollback(
        self,
        principal: Principal,
        *,
        service: str,
        environment_sid: str,
        build_sid: str,
        message: str | None = None,
    ) -> Progress:
        """Deploy an older build again. Raises PlatformError `conflict` where it is live."""
        started = self.seconds()
        check_message(message)
        async with self._office.store.reading() as tx:
            owner = await enter_for(tx, principal, service, TO_DEPLOY)
            environment = await get_environment(tx, owner, environment_sid)
            build = await self._work.deployable(tx, owner, environment, build_sid)
        order = ReleaseOrder(principal, owner.sid, environment.sid, message)
        return self._begin(order, started, lambda progress: self._work.deploy(order, build.sid, progress))

    async def promote(
        self,
        principal: Principal,
        *,
        service: str,
        from_environment_sid: str,
        to_environment_sid: str,
        message: str | None = None,
    ) -> Progress:
        """Deploy in one environment what is live in another. Each keeps its own variables."""
        async with self._office.store.reading() as tx:
            owner = await enter_for(tx, principal, service, TO_DEPLOY)
            source = await get_environment(tx, owner, from_environment_sid)
        if source.build_sid is None:
            raise PlatformError("conflict", f"nothing is live in {source.unique_name}: deploy there first")
        return await self.rollback(
            principal,
            service=owner.sid,
            environment_sid=to_environment_sid,
            build_sid=source.build_sid,
            message=message or f"from {source.unique_name}",
        )

    async def find(self, principal: Principal, *, id: str) -> Progress:
        """A deploy by its id, for some minutes. Raises PlatformError `not_found`."""
        progress = self.board.find(principal, id)
        access.require(principal, Permission.DEPLOYMENTS_READ, progress.view.service_sid)
        return progress

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, order: ReleaseOrder, started: float, work: Work) -> Progress:
        progress = self.board.open(order.principal.account_sid, order.service_sid, order.environment_sid, started)
        task = asyncio.create_task(self._run(progress, work), name=f"deploy {progress.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return progress

    async def _run(self, progress: Progress, work: Work) -> None:
        outcome: Live | Refused
        try:
            published = await work(progress)
            outcome = await self._see_served(progress, published)
        except Refusal as refusal:
            outcome = Refused(progress.view.step.name, "invalid", refusal.message, refusal.problems, refusal.log)
        except PlatformError as error:
            outcome = Refused(progress.view.step.name, error.code, error.message)
        except asyncio.CancelledError:
            message = "Gettone is being stopped: look at what is live when it is back, then deploy again"
            progress.finish(Refused(progress.view.step.name, "unavailable", message))
            raise
        except Exception:  # the edge of a task: whoever watches would wait for ever
            logger.exception("deploy %s failed", progress.id)
            message = "something went wrong in the platform: the operator's log tells what. Deploy again"
            outcome = Refused(progress.view.step.name, "internal", message)
        progress.finish(outcome)

    async def _see_served(self, progress: Progress, published: Published) -> Live:
        self._office.publisher.announce()
        progress.begin(Name.WARMING)
        is_served = await self._serving.wait_served(published.revision, self._served_seconds)
        elapsed = progress.elapsed
        progress.begin(Name.LIVE)
        deployment = published.deployment
        told = [each for each in self._serving.problems() if each.environment_sid == deployment.environment_sid]
        return Live(
            revision=published.revision,
            deployment_sid=deployment.sid,
            build_sid=deployment.build_sid,
            seconds=elapsed,
            nodes=self._serving.nodes(),
            problems=tuple(
                SourceProblem(each.message, file=each.file, line=each.line, column=each.column) for each in told
            ),
            # A gateway that names no function speaks of the whole environment: it goes on as it was.
            is_served=is_served and all(each.function is not None for each in told),
        )
