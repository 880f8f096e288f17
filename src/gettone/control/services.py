"""Services: made, found, changed, deleted. A name may be used once in an account; its domain base once everywhere."""

from __future__ import annotations

import re
from dataclasses import replace

from gettone.control import access, audit
from gettone.control.access import Permission
from gettone.control.office import Office
from gettone.control.texts import check_text
from gettone.control.variable_rules import check_payloads
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal
from gettone.model.services import (
    CONCURRENCY_MAX,
    TIMEOUT_SECONDS_MAX,
    WORKERS_MAX,
    Service,
    ServiceSettings,
)
from gettone.model.sids import SERVICE, Randomness
from gettone.store.interface import Transaction

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
# RFC 5890: such a label must be punycode, and four digits behind it make it something else.
_RESERVED_PREFIX = "xn--"
# 10,000 bases per name: so many failures mean that they are used up.
_DOMAIN_ATTEMPTS = 100

_DEFAULT = ServiceSettings()


class Services:
    """The services of an account. `service` is a SID or a unique name everywhere."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def create(
        self,
        principal: Principal,
        *,
        unique_name: str,
        friendly_name: str,
        include_credentials: bool = True,
        ui_editable: bool = False,
        settings: ServiceSettings = _DEFAULT,
        deploys_on_save: bool = True,
    ) -> Service:
        """Make a service. Raises PlatformError `invalid`, or `conflict` for a name that the account has."""
        office = self._office
        access.require(principal, Permission.SERVICES_WRITE)
        _check_unique_name(unique_name, office.limits.unique_name_characters)
        check_name("FriendlyName", friendly_name, office.limits.friendly_name_characters)
        _check_settings(settings)
        async with office.store.writing() as tx:
            account_sid = principal.account_sid
            if await tx.services.find(account_sid=account_sid, unique_name=unique_name) is not None:
                raise PlatformError(
                    "conflict",
                    f"there is a service with the unique name {unique_name} in this account: choose another UniqueName,"
                    " or use that service",
                    parameter="UniqueName",
                    unique_name=unique_name,
                )
            services_max = office.limits.services_per_account
            if await tx.services.count(account_sid=account_sid) >= services_max:
                # Twilio's words: clients look for them.
                raise PlatformError(
                    "invalid", f"Services are limited to less than or equal to {services_max}", twilio_code=20001
                )
            now = office.clock()
            service = Service(
                sid=SERVICE.make(office.randomness),
                account_sid=account_sid,
                unique_name=unique_name,
                friendly_name=friendly_name,
                include_credentials=include_credentials,
                ui_editable=ui_editable,
                domain_base=await _free_domain_base(tx, unique_name, office.randomness),
                settings=settings,
                created_at=now,
                updated_at=now,
                deploys_on_save=deploys_on_save,
            )
            await tx.services.add(service)
            await audit.record(tx, principal, office.clock, "service.create", service.sid, unique_name=unique_name)
        return service

    async def get(self, principal: Principal, *, service: str) -> Service:
        """One service."""
        async with self._office.store.reading() as tx:
            return await enter_service(tx, principal, service, Permission.SERVICES_READ)

    async def list(self, principal: Principal, *, page: PageRequest) -> Page[Service]:
        """The account's services; the one service of a key that is limited to it."""
        access.require(principal, Permission.SERVICES_READ)
        async with self._office.store.reading() as tx:
            if principal.service_sid is not None:
                return await tx.services.page(page, account_sid=principal.account_sid, sid=principal.service_sid)
            return await tx.services.page(page, account_sid=principal.account_sid)

    async def update(
        self,
        principal: Principal,
        *,
        service: str,
        friendly_name: str | None = None,
        include_credentials: bool | None = None,
        ui_editable: bool | None = None,
        settings: ServiceSettings | None = None,
        deploys_on_save: bool | None = None,
    ) -> Service:
        """Change what is given. What its environments serve changes with it, at once. The unique name stays."""
        office = self._office
        if friendly_name is not None:
            check_name("FriendlyName", friendly_name, office.limits.friendly_name_characters)
        if settings is not None:
            _check_settings(settings)
        async with office.store.writing() as tx:
            old = await enter_service(tx, principal, service, Permission.SERVICES_WRITE)
            new = replace(
                old,
                friendly_name=old.friendly_name if friendly_name is None else friendly_name,
                include_credentials=old.include_credentials if include_credentials is None else include_credentials,
                ui_editable=old.ui_editable if ui_editable is None else ui_editable,
                settings=old.settings if settings is None else settings,
                deploys_on_save=old.deploys_on_save if deploys_on_save is None else deploys_on_save,
            )
            if new == old:
                return old
            new = replace(new, updated_at=office.clock())
            await tx.services.update(new)
            if new.include_credentials and not old.include_credentials:
                await check_payloads(tx, office, new)
            await audit.record(tx, principal, office.clock, "service.update", new.sid, **_changes(old, new))
            if (new.include_credentials, new.settings) != (old.include_credentials, old.settings):
                environments = await tx.environments.all(service_sid=new.sid)
                await office.publisher.publish(tx, principal, environments=[each.sid for each in environments])
        office.publisher.announce()
        return new

    async def delete(self, principal: Principal, *, service: str) -> None:
        """Delete a service, all that is in it, and the API keys that are limited to it. What it served ends at once."""
        office = self._office
        async with office.store.writing() as tx:
            old = await enter_service(tx, principal, service, Permission.SERVICES_WRITE)
            environments = await tx.environments.all(service_sid=old.sid)
            keys = await tx.api_keys.all(service_sid=old.sid)
            what = {
                "unique_name": old.unique_name,
                "environments": ", ".join(each.domain_name for each in environments),
                "functions": str(await tx.functions.count(service_sid=old.sid)),
                "assets": str(await tx.assets.count(service_sid=old.sid)),
                "builds": str(await tx.builds.count(service_sid=old.sid)),
                "api_keys": ", ".join(each.sid for each in keys),
            }
            await tx.services.delete(sid=old.sid)
            await audit.record(tx, principal, office.clock, "service.delete", old.sid, **what)
            await office.publisher.publish(
                tx,
                principal,
                environments=[each.sid for each in environments],
                accounts=[old.account_sid] if keys else [],
            )
        office.publisher.announce()


async def enter_service(tx: Transaction, principal: Principal, service: str, permission: Permission) -> Service:
    """The service of this SID or unique name, for somebody who may do this there.

    Raises PlatformError `not_found`, for another account's as well, or `denied`.
    """
    found = await _find_service(tx, principal, service)
    if found is None:
        raise not_found(f"/Services/{service}")
    access.require(principal, permission, found.sid)
    return found


def check_name(parameter: str, text: str, characters_max: int) -> str:
    """The text, if it can be a name. Raises PlatformError `invalid`."""
    if not text.strip():
        raise PlatformError("invalid", f"{parameter} is missing: write a name", parameter=parameter)
    return check_text(parameter, text, characters_max)


def not_found(path: str) -> PlatformError:
    """The error for what is not there, and for what is somebody else's."""
    return PlatformError("not_found", f"The requested resource {path[:300]} was not found")


async def _find_service(tx: Transaction, principal: Principal, service: str) -> Service | None:
    if SERVICE.matches(service):
        return await tx.services.find(sid=service, account_sid=principal.account_sid)
    if not _NAME.fullmatch(service):
        return None
    return await tx.services.find(account_sid=principal.account_sid, unique_name=service)


def _check_unique_name(name: str, characters_max: int) -> None:
    check_name("UniqueName", name, characters_max)
    if not _NAME.fullmatch(name):
        raise _wrong_name(
            "UniqueName must be made of letters, digits and hyphens, without a hyphen at its start or end"
        )
    if SERVICE.matches(name):
        raise _wrong_name("UniqueName must not look like a SID: choose another")
    if name.lower().startswith(_RESERVED_PREFIX):
        raise _wrong_name(f"UniqueName must not begin with {_RESERVED_PREFIX}: such host names are encoded ones")


def _wrong_name(message: str) -> PlatformError:
    return PlatformError("invalid", message, parameter="UniqueName")


def _check_settings(settings: ServiceSettings) -> None:
    for name, count, highest in (
        ("concurrency", settings.concurrency, CONCURRENCY_MAX),
        ("workers_max", settings.workers_max, WORKERS_MAX),
    ):
        if not 1 <= count <= highest:
            raise PlatformError("invalid", f"{name} must be a whole number from 1 to {highest}", parameter=name)
    if not 0 < settings.timeout_seconds <= TIMEOUT_SECONDS_MAX:
        raise PlatformError(
            "invalid",
            f"timeout_seconds must be a number of seconds above 0, at most {TIMEOUT_SECONDS_MAX:g}",
            parameter="timeout_seconds",
        )


async def _free_domain_base(tx: Transaction, unique_name: str, randomness: Randomness) -> str:
    for _ in range(_DOMAIN_ATTEMPTS):
        base = f"{unique_name.lower()}-{int.from_bytes(randomness(8), 'big') % 10_000:04}"
        # `a-1234` with the suffix 5678 has the name that `a-1234-5678` would have.
        if await tx.services.count(domain_base=base) == 0 and await tx.environments.count(domain_name=base) == 0:
            return base
    raise PlatformError(
        "conflict", f"no host name is left for services called {unique_name}: choose another UniqueName"
    )


def _changes(old: Service, new: Service) -> dict[str, str]:
    names = ("friendly_name", "include_credentials", "ui_editable", "settings", "deploys_on_save")
    return {name: str(getattr(new, name)) for name in names if getattr(new, name) != getattr(old, name)}
