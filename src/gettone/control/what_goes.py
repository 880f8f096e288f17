"""What a deletion would take along, for whoever is asked to confirm it. Reads only; the deeds are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gettone.control.access import Permission
from gettone.control.environments import get_environment
from gettone.control.office import Office
from gettone.control.services import enter_service
from gettone.control.sheets import content_of, no_such_file, read_files
from gettone.model.assets import AssetVersion
from gettone.model.environments import EnvironmentResource
from gettone.model.functions import FunctionVersion
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.model.sids import AssetSid, FunctionSid
from gettone.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class Going:
    """All that would go. `addresses` are the host names that nobody would answer at any more.

    `live_in` are the environments that serve it now, `api_keys` those that are limited to the service.
    """

    functions: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    versions: int = 0
    builds: int = 0
    environments: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    variables: int = 0
    deployments: int = 0
    api_keys: tuple[str, ...] = ()
    live_in: tuple[str, ...] = ()


class WhatGoes:
    """What deletions take along."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def service(self, principal: Principal, *, service: str) -> Going:
        """With a whole service."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.SERVICES_READ)
            environments = await tx.environments.all(service_sid=owner.sid)
            files = await read_files(tx, owner)
            keys = await tx.api_keys.all(service_sid=owner.sid)
            return Going(
                functions=tuple(each.path for _, each in files if isinstance(each, FunctionVersion)),
                assets=tuple(each.path for _, each in files if isinstance(each, AssetVersion)),
                versions=await tx.function_versions.count(service_sid=owner.sid)
                + await tx.asset_versions.count(service_sid=owner.sid),
                builds=await tx.builds.count(service_sid=owner.sid),
                environments=tuple(each.unique_name for each in environments),
                addresses=await self._addresses(tx, environments),
                variables=await tx.variables.count(service_sid=owner.sid),
                deployments=await tx.deployments.count(service_sid=owner.sid),
                api_keys=tuple(each.sid for each in keys),
                live_in=tuple(each.unique_name for each in environments if each.build_sid is not None),
            )

    async def environment(self, principal: Principal, *, service: str, sid: str) -> Going:
        """With an environment."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.ENVIRONMENTS_READ)
            environment = await get_environment(tx, owner, sid)
            return Going(
                environments=(environment.unique_name,),
                addresses=await self._addresses(tx, [environment]),
                variables=await tx.variables.count(environment_sid=environment.sid),
                deployments=await tx.deployments.count(environment_sid=environment.sid),
                live_in=() if environment.build_sid is None else (environment.unique_name,),
            )

    async def file(self, principal: Principal, *, service: str, sid: str) -> Going:
        """With a function or an asset of the sheet. What is live of it goes with the deploy that follows."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_READ)
            found = [pair for pair in await read_files(tx, owner) if pair[0].sid == sid]
            if not found:
                raise no_such_file(owner, sid)
            ((resource, version),) = found
            is_function = isinstance(version, FunctionVersion)
            names, addresses = await self._served(tx, owner, resource.sid)
            return Going(
                functions=(version.path,) if is_function else (),
                assets=() if is_function else (version.path,),
                versions=await (
                    tx.function_versions.count(function_sid=sid)
                    if is_function
                    else tx.asset_versions.count(asset_sid=sid)
                ),
                addresses=tuple(addresses),
                live_in=tuple(names),
            )

    async def _served(
        self, tx: Transaction, service: Service, sid: FunctionSid | AssetSid
    ) -> tuple[Sequence[str], Sequence[str]]:
        """The environments that serve a function or an asset, and the addresses at which they do."""
        builds = {each.sid: each for each in await tx.builds_of(sid)}
        names: list[str] = []
        addresses: list[str] = []
        for environment in await tx.environments.all(service_sid=service.sid):
            build = None if environment.build_sid is None else builds.get(environment.build_sid)
            if build is None:
                continue
            names.append(environment.unique_name)
            host = f"{environment.domain_name}.{self._office.domain}"
            content = await content_of(tx, service, build)
            addresses += [f"{host}{each.path}" for each in content.functions if each.function_sid == sid]
            addresses += [f"{host}{each.path}" for each in content.assets if each.asset_sid == sid]
        return names, addresses

    async def _addresses(self, tx: Transaction, environments: Sequence[EnvironmentResource]) -> tuple[str, ...]:
        names: list[str] = []
        for environment in environments:
            names.append(f"{environment.domain_name}.{self._office.domain}")
            names += [each.host for each in await tx.host_names.all(environment_sid=environment.sid)]
        return tuple(names)
