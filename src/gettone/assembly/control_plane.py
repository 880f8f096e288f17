"""The control plane: store, use cases, feed and API, in the order in which they start and stop. Decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from importlib import import_module

from gettone.api.use_cases import Standing, UseCases
from gettone.assembly.keys import open_vault
from gettone.assembly.places import database_file, feed_socket, logs_file, packages_folder
from gettone.control.accounts import Accounts
from gettone.control.api_keys import ApiKeys
from gettone.control.applications import Applications
from gettone.control.assets import Assets
from gettone.control.audit import Audit
from gettone.control.authentication import Authentication
from gettone.control.build_requests import Runtimes
from gettone.control.builds import Builds
from gettone.control.checking import CodeChecker
from gettone.control.checks import Checks
from gettone.control.deployments import Deployments
from gettone.control.environments import Environments
from gettone.control.feed import Feed
from gettone.control.functions import Functions
from gettone.control.host_names import HostNames
from gettone.control.housekeeping import keep_house
from gettone.control.installation import Installation
from gettone.control.limits import Limits
from gettone.control.links import Links
from gettone.control.log_writer import LogWriter
from gettone.control.logs import Logs
from gettone.control.office import Office
from gettone.control.packages import Installer, PackageSettings
from gettone.control.passwords import Passwords
from gettone.control.pinned import pinned_packages
from gettone.control.publish import Publisher
from gettone.control.registry_files import read_registries
from gettone.control.services import Services
from gettone.control.tails import Tails
from gettone.control.users import Users
from gettone.control.variables import EnvironmentVariables
from gettone.settings import Settings
from gettone.store.interface import LogStore, Store

USAGE_SECONDS = 5.0  # between two writes of when keys were last used


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """What the control program holds while it runs."""

    office: Office
    publisher: Publisher
    feed: Feed
    tails: Tails
    runtimes: Runtimes
    passwords: Passwords
    checker: CodeChecker
    use_cases: UseCases


def load_engine(settings: Settings) -> None:
    """Read the engine's modules, which opening a database would do otherwise."""
    import_module("gettone.store.sqlite" if settings.database_url is None else "gettone.store.postgres")


async def open_store(settings: Settings) -> Store:
    """The database of record, migrated to what this version needs. Raises PlatformError."""
    if settings.database_url is not None:
        from gettone.store.postgres import open_postgres

        return await open_postgres(settings.database_url)
    from gettone.store.sqlite import open_sqlite

    return await open_sqlite(database_file(settings.data))


async def open_logs(settings: Settings) -> LogStore:
    """Where log lines are kept. Raises PlatformError."""
    if settings.database_url is not None:
        from gettone.store.postgres import open_postgres_logs

        return await open_postgres_logs(settings.database_url)
    from gettone.store.sqlite import open_sqlite_logs

    return await open_sqlite_logs(logs_file(settings.data))


@asynccontextmanager
async def open_office(settings: Settings) -> AsyncIterator[tuple[Office, Publisher]]:
    """The desk of all use cases with its databases open, and the publisher at it. Raises PlatformError."""
    async with AsyncExitStack() as stack:
        vault = open_vault(settings)
        store = await open_store(settings)
        stack.push_async_callback(store.close)
        logs = await open_logs(settings)
        stack.push_async_callback(logs.close)
        limits = Limits(**{each.name: getattr(settings, each.name) for each in fields(Limits)})
        publisher = Publisher(vault, now, os.urandom, limits, settings.domain)
        yield Office(store, logs, vault, now, os.urandom, limits, publisher, settings.domain), publisher


@asynccontextmanager
async def open_control_plane(office: Office, publisher: Publisher, settings: Settings) -> AsyncIterator[ControlPlane]:
    """Everything that stands over an office, running. Raises PlatformError."""
    async with AsyncExitStack() as stack:
        tails = Tails()
        writer = LogWriter(office, tails, settings.log_retention_seconds)
        writer.open()
        stack.push_async_callback(writer.close)
        feed = Feed(office.store, writer, office.logs)
        await feed.serve(feed_socket(settings.data))
        stack.push_async_callback(feed.close)
        publisher.listeners.append(feed.announce)
        packages = PackageSettings(
            lambda: read_registries(os.environ, settings.npmrc, settings.pip_conf),
            settings.install_scripts,
            packages_folder(settings.data),
        )
        installer = Installer(office.store, office.clock, packages)
        stack.push_async_callback(installer.close)
        runtimes = Runtimes(pinned=pinned_packages())
        builds = Builds(office, installer, runtimes)
        stack.push_async_callback(builds.close)
        await builds.resume()
        checker = CodeChecker()
        stack.push_async_callback(checker.close)
        passwords = Passwords()
        use_cases = _use_cases(office, settings, feed, tails, builds, checker, passwords)
        stack.push_async_callback(use_cases.authentication.usage.flush)
        flushing = asyncio.create_task(_flush_always(use_cases.authentication))
        stack.push_async_callback(cancel, flushing)
        stack.push_async_callback(cancel, asyncio.create_task(keep_house(office)))
        yield ControlPlane(office, publisher, feed, tails, runtimes, passwords, checker, use_cases)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def shown(settings: Settings) -> dict[str, str]:
    """Settings that are no secret, as texts."""
    return {each.name: str(getattr(settings, each.name)) for each in fields(Settings) if each.repr}


def _use_cases(
    office: Office,
    settings: Settings,
    feed: Feed,
    tails: Tails,
    builds: Builds,
    checker: CodeChecker,
    passwords: Passwords,
) -> UseCases:
    async def standing() -> Standing:
        async with office.store.reading() as tx:
            latest = await tx.snapshots.latest()
        problems = tuple(f"{problem.environment_sid}: {problem.message}" for problem in feed.problems())
        return Standing(0 if latest is None else latest.revision, feed.served_revision(), problems)

    return UseCases(
        accounts=Accounts(office),
        api_keys=ApiKeys(office),
        applications=Applications(office),
        assets=Assets(office),
        audit=Audit(office),
        authentication=Authentication(office),
        builds=builds,
        checks=Checks(office, checker),
        deployments=Deployments(office, builds),
        environments=Environments(office),
        functions=Functions(office),
        host_names=HostNames(office),
        links=Links(office, passwords),
        logs=Logs(office, tails),
        services=Services(office),
        installation=Installation(office, shown(settings)),
        users=Users(office, passwords),
        variables=EnvironmentVariables(office),
        standing=standing,
        clock=office.clock,
        domain=office.domain,
    )


async def _flush_always(authentication: Authentication) -> None:
    while True:
        await asyncio.sleep(USAGE_SECONDS)
        await authentication.usage.flush()


async def cancel(task: asyncio.Task[None]) -> None:
    """End a task, and wait until it has."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
