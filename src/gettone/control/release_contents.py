"""What a deploy from the editor is made of: all of the sheet, or what is live with one file changed.

Asked within the transaction that builds it, so that two who save at once both have their way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gettone.control.build_contents import BuildContent
from gettone.control.sheets import Version, content_of, packages_of, read_files, wanted_packages
from gettone.model.assets import AssetVersion
from gettone.model.builds import Build, WantedPackages
from gettone.model.functions import FunctionVersion
from gettone.model.services import Service
from gettone.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the next build is to hold, and to have installed."""

    content: BuildContent
    packages: WantedPackages


Choose = Callable[[Transaction, Service, Build | None], Awaitable[Wanted]]
"""Says what is wanted of a service, given what is live where it is to be deployed."""


async def choose_all(tx: Transaction, service: Service, live: Build | None) -> Wanted:
    """Everything on the sheet, in its newest version."""
    versions = [version for _, version in await read_files(tx, service)]
    return Wanted(_content(versions), await wanted_packages(tx, service, live))


def choose_with(saved: Version) -> Choose:
    """What is live, with this version in the place of its file's other ones."""

    async def choose(tx: Transaction, service: Service, live: Build | None) -> Wanted:
        others = [each for each in (await content_of(tx, service, live)).versions if _owner(each) != _owner(saved)]
        return Wanted(_content([*others, saved]), await _packages(tx, service, live))

    return choose


def choose_without(sid: str) -> Choose:
    """What is live, without this function or asset."""

    async def choose(tx: Transaction, service: Service, live: Build | None) -> Wanted:
        others = [each for each in (await content_of(tx, service, live)).versions if _owner(each) != sid]
        return Wanted(_content(others), await _packages(tx, service, live))

    return choose


async def choose_packages(tx: Transaction, service: Service, live: Build | None) -> Wanted:
    """What is live, with the packages that are wanted next."""
    return Wanted(await content_of(tx, service, live), await wanted_packages(tx, service, live))


async def _packages(tx: Transaction, service: Service, live: Build | None) -> WantedPackages:
    """What is live stays as it is, whatever the draft says; before anything is, the draft counts."""
    return await wanted_packages(tx, service, None) if live is None else packages_of(live)


def _content(versions: list[Version]) -> BuildContent:
    return BuildContent(
        tuple(each for each in versions if isinstance(each, FunctionVersion)),
        tuple(each for each in versions if isinstance(each, AssetVersion)),
    )


def _owner(version: Version) -> str:
    return version.function_sid if isinstance(version, FunctionVersion) else version.asset_sid
