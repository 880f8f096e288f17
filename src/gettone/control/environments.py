"""Environments: where a service is served. One for each domain suffix; what one serves ends when it is deleted."""

from __future__ import annotations

import re

from gettone.control import audit
from gettone.control.access import Permission
from gettone.control.office import Office
from gettone.control.services import check_name, enter_service, not_found
from gettone.control.texts import check_text
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.model.sids import ENVIRONMENT
from gettone.store.interface import Transaction

# RFC 1035, 2.3.4.
LABEL_CHARACTERS_MAX = 63

_SUFFIX = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")


class Environments:
    """The environments of a service."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def create(
        self, principal: Principal, *, service: str, unique_name: str, domain_suffix: str | None = None
    ) -> EnvironmentResource:
        """Make an environment; without a suffix, production. It serves nothing yet.

        Raises PlatformError `invalid`, or `conflict` where name or suffix is taken.
        """
        office = self._office
        suffix = domain_suffix or None
        check_name("UniqueName", unique_name, office.limits.environment_name_characters)
        if suffix is not None:
            _check_suffix(suffix, office.limits.domain_suffix_characters)
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.ENVIRONMENTS_WRITE)
            existing = await tx.environments.all(service_sid=owner.sid)
            label = domain_name_of(owner.domain_base, suffix)
            is_named = any(unique_name == each.unique_name for each in existing)
            if is_named or any(label == each.domain_name for each in existing):
                # Twilio's words: clients look for them.
                raise PlatformError(
                    "conflict",
                    "Environment with this UniqueName or DomainSuffix already exists.",
                    parameter="UniqueName" if is_named else "DomainSuffix",
                    service=owner.sid,
                )
            environments_max = office.limits.environments_per_service
            if len(existing) >= environments_max:
                raise PlatformError(
                    "invalid",
                    f"a service has at most {environments_max} environments: delete one of {owner.unique_name}",
                )
            await _check_label(tx, owner, label)
            now = office.clock()
            environment = EnvironmentResource(
                sid=ENVIRONMENT.make(office.randomness),
                account_sid=owner.account_sid,
                service_sid=owner.sid,
                unique_name=unique_name,
                domain_suffix=suffix,
                domain_name=label,
                build_sid=None,
                deployment_sid=None,
                created_at=now,
                updated_at=now,
            )
            await tx.environments.add(environment)
            await audit.record(
                tx, principal, office.clock, "environment.create", environment.sid, domain_name=environment.domain_name
            )
        return environment

    async def get(self, principal: Principal, *, service: str, sid: str) -> EnvironmentResource:
        """One environment."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.ENVIRONMENTS_READ)
            return await get_environment(tx, owner, sid)

    async def list(self, principal: Principal, *, service: str, page: PageRequest) -> Page[EnvironmentResource]:
        """The environments of a service."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.ENVIRONMENTS_READ)
            return await tx.environments.page(page, service_sid=owner.sid)

    async def delete(self, principal: Principal, *, service: str, sid: str) -> None:
        """Delete an environment with its variables and deployments. What it served is gone at once."""
        office = self._office
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.ENVIRONMENTS_WRITE)
            environment = await get_environment(tx, owner, sid)
            what = {
                "domain_name": environment.domain_name,
                "variables": str(await tx.variables.count(environment_sid=environment.sid)),
                "deployments": str(await tx.deployments.count(environment_sid=environment.sid)),
            }
            await tx.environments.delete(sid=environment.sid)
            await audit.record(tx, principal, office.clock, "environment.delete", environment.sid, **what)
            await office.publisher.publish(tx, principal, environments=[environment.sid])
        office.publisher.announce()


async def get_environment(tx: Transaction, service: Service, sid: str) -> EnvironmentResource:
    """The environment of this SID in a service that was entered. Raises PlatformError `not_found`."""
    found = await tx.environments.find(sid=sid, service_sid=service.sid) if ENVIRONMENT.matches(sid) else None
    if found is None:
        raise not_found(f"/Services/{service.sid}/Environments/{sid}")
    return found


def domain_name_of(domain_base: str, suffix: str | None) -> str:
    """The first label of an environment's host name."""
    return domain_base if suffix is None else f"{domain_base}-{suffix.lower()}"


def _check_suffix(suffix: str, characters_max: int) -> None:
    check_text("DomainSuffix", suffix, characters_max)
    if not _SUFFIX.fullmatch(suffix):
        raise PlatformError(
            "invalid",
            "DomainSuffix must be made of letters, digits and hyphens, without a hyphen at its start or end:"
            " it becomes a part of a host name",
            parameter="DomainSuffix",
        )


async def _check_label(tx: Transaction, service: Service, label: str) -> None:
    if len(label) > LABEL_CHARACTERS_MAX:
        raise PlatformError(
            "invalid",
            f"the host name would begin with {label}, which has {len(label)} characters, and DNS allows"
            f" {LABEL_CHARACTERS_MAX}: choose a shorter DomainSuffix, or a service with a shorter name",
            parameter="DomainSuffix",
        )
    # `a-1234` with the suffix 5678 wants the name of the service whose base is `a-1234-5678`.
    bases = await tx.services.all(domain_base=label)
    if any(each.sid != service.sid for each in bases) or await tx.environments.count(domain_name=label) > 0:
        raise PlatformError(
            "conflict", f"the host name {label} is taken by another service: choose another DomainSuffix"
        )
