"""What an installation holds, as facts read from its database, and what is half-done in it. Must not know clients.

A fact is a name and a value: `key k3` and its secret, `variable V1` and its value, `live` and a version's number. So
what was acknowledged and what is there compare as dictionaries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gettone.assembly.control_plane import open_office
from gettone.control.audit import actor_of
from gettone.control.office import Office
from gettone.model.audit import AuditEntry
from gettone.model.builds import Build, BuildStatus
from gettone.model.principals import PrincipalKind
from gettone.model.sids import AccountSid, EnvironmentSid, ServiceSid
from gettone.settings import Settings
from gettone.store.interface import Transaction

VARIABLES = ("V0", "V1", "V2", "V3")
NOTHING = "nothing"
PATH = "/what"
OURS = "client-"  # names of what the client makes begin so
BUILD_SECONDS = 20.0
AGAIN_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Place:
    """What the client changes: an account's keys and services, and one service with one environment in it."""

    account_sid: AccountSid
    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    function_sid: str
    domain_name: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The facts, the SIDs of what they are about, and what is half-done, in words."""

    facts: Mapping[str, str]
    sids: Mapping[str, str]
    faults: tuple[str, ...]


def source_of(version: int) -> bytes:
    """A handler that answers its version and the variables that it sees."""
    values = ", ".join(f'context.get("{key}")' for key in VARIABLES)
    return f"def handler(context, event):\n    return repr(({version}, {values}))\n".encode()


def answer_of(facts: Mapping[str, str]) -> str:
    """What the live version answers, by the facts."""
    return repr((int(facts["live"]), *(facts.get(f"variable {key}") for key in VARIABLES)))


def look(settings: Settings, place: Place) -> Seen:
    """Read everything in one transaction, once no build is under way any more."""
    return asyncio.run(_look(settings, place))


async def _look(settings: Settings, place: Place) -> Seen:
    async with open_office(settings) as (office, publisher):
        async with asyncio.timeout(BUILD_SECONDS):
            while await _is_building(office):  # noqa: ASYNC110 - another process builds: nobody tells this one
                await asyncio.sleep(AGAIN_SECONDS)
        async with office.store.reading() as tx:
            actor = actor_of(PrincipalKind.AUTH_TOKEN, place.account_sid)
            audit = await tx.audit.all(account_sid=place.account_sid, actor=actor)
            reader = _Reader(office, tx, place, audit)
            await reader.read()
            faults = (*await publisher.verify(tx), *reader.faults)
        return Seen(reader.facts, reader.sids, faults)


async def _is_building(office: Office) -> bool:
    async with office.store.reading() as tx:
        return await tx.builds.count(status=BuildStatus.BUILDING) > 0


class _Reader:
    """Reads one state. State: `facts`, `sids` and `faults`, as far as it has read."""

    def __init__(self, office: Office, tx: Transaction, place: Place, audit: Iterable[AuditEntry]) -> None:
        self._office = office
        self._tx = tx
        self._place = place
        self._audit = list(audit)
        self.facts: dict[str, str] = {}
        self.sids: dict[str, str] = {}
        self.faults: list[str] = []

    async def read(self) -> None:
        await self._read_keys()
        await self._read_services()
        await self._read_variables()
        versions = await self._read_versions()
        await self._read_builds(versions)

    async def _read_keys(self) -> None:
        keys = await self._tx.api_keys.all(account_sid=self._place.account_sid)
        ours = [key for key in keys if key.friendly_name.startswith(OURS)]
        for key in ours:
            self._add(f"key {key.friendly_name}", self._office.vault.open("api_key", key.sid, key.secret), key.sid)
        self._compare_with_audit("key", (key.sid for key in ours))

    async def _read_services(self) -> None:
        services = await self._tx.services.all(account_sid=self._place.account_sid)
        ours = [service for service in services if service.unique_name.startswith(OURS)]
        for service in ours:
            self._add(f"service {service.unique_name}", service.friendly_name, service.sid)
        self._compare_with_audit("service", (self._place.service_sid, *(service.sid for service in ours)))

    async def _read_variables(self) -> None:
        for each in await self._tx.variables.all(environment_sid=self._place.environment_sid):
            self._add(f"variable {each.key}", self._office.vault.open("variable", each.sid, each.value), each.sid)
        told: set[str] = set()
        for entry in self._audit:
            if entry.action == "variable.create":
                told.add(f"variable {entry.detail['keys']}")
            elif entry.action == "variable.delete":
                told.discard(f"variable {entry.detail['keys']}")
        there = {name for name in self.facts if name.startswith("variable ")}
        odd = sorted(told ^ there)
        self.faults += [f"{name} is a row or in the audit log, and not both" for name in odd]

    async def _read_versions(self) -> dict[str, str]:
        """Numbers of versions by their SIDs."""
        numbers: dict[str, str] = {}
        for version in await self._tx.function_versions.all(function_sid=self._place.function_sid):
            content = await self._tx.blobs.find(version.digest)
            number = b"" if content is None else content.partition(b"((")[2].partition(b",")[0]
            if content is None or content != source_of(int(number)):
                self.faults.append(f"version {version.sid} has not got its content")
                continue
            numbers[version.sid] = number.decode()
            self._add(f"version {number.decode()}", version.digest, version.sid)
        self._compare_with_audit("function_version", numbers)
        return numbers

    async def _read_builds(self, versions: Mapping[str, str]) -> None:
        builds = await self._tx.builds.all(service_sid=self._place.service_sid)
        built = {build.sid: self._version_of(build, versions) for build in builds}
        for build in builds:
            self._add(f"build {built[build.sid]}", build.status, build.sid)
        self._compare_with_audit("build", built)
        deployments = await self._tx.deployments.all(environment_sid=self._place.environment_sid)
        told = {entry.detail["deployment"] for entry in self._audit if entry.action == "environment.deploy"}
        lost = [each.sid for each in deployments if each.sid not in told]
        self.faults += [f"deployment {sid} is there, and the audit log does not know it" for sid in lost]
        environment = await self._tx.environments.find(sid=self._place.environment_sid)
        assert environment is not None
        self.facts["deployments"] = str(len(deployments))
        self.facts["live"] = NOTHING if environment.build_sid is None else built[environment.build_sid]
        newest = deployments[-1].sid if deployments else None
        if environment.deployment_sid != newest:
            self.faults.append(f"the newest deployment is {newest}, live is {environment.deployment_sid}")

    def _version_of(self, build: Build, versions: Mapping[str, str]) -> str:
        numbers = [versions.get(str(sid), "a version that is gone") for sid in build.function_versions]
        return " and ".join(numbers) or NOTHING

    def _add(self, name: str, value: str, sid: str) -> None:
        if name in self.facts:
            self.faults.append(f"{name} is there twice")
        self.facts[name] = value
        self.sids[name] = sid

    def _compare_with_audit(self, noun: str, there: Iterable[str]) -> None:
        """A row comes and goes in one transaction with what the audit log tells of it."""
        told: set[str] = set()
        for entry in self._audit:
            if entry.action == f"{noun}.create":
                told.add(entry.target)
            elif entry.action == f"{noun}.delete":
                told.discard(entry.target)
        odd = sorted(told.symmetric_difference(there))
        self.faults += [f"{noun} {sid} is a row or in the audit log, and not both" for sid in odd]
