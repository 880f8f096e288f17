"""Variables of environments: sealed, bounded in sum, and served from the moment that their change is committed.

Must not know which names and values are right: `variable_rules` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gettone.control import access, audit
from gettone.control.access import Permission
from gettone.control.environments import get_environment
from gettone.control.office import Office
from gettone.control.services import enter_service, not_found
from gettone.control.variable_rules import check_key, check_payload, check_value, open_variables
from gettone.model.environments import EnvironmentResource
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal
from gettone.model.services import Service
from gettone.model.sids import VARIABLE
from gettone.model.variables import Variable, Variables
from gettone.store.interface import Transaction


class EnvironmentVariables:
    """The variables of an environment. What `read` returns is a secret."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def create(
        self, principal: Principal, *, service: str, environment_sid: str, key: str, value: str
    ) -> Variable:
        """Set a variable that is not there. Raises PlatformError `invalid`, or `conflict` where it is."""
        office = self._office
        check_key(key, office.limits.variable_key_characters)
        check_value(key, value, office.limits.variable_value_bytes)
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.VARIABLES_WRITE)
            environment = await get_environment(tx, owner, environment_sid)
            await _check_free(tx, environment, key)
            variable = make_variable(office, environment, key, value)
            await tx.variables.add(variable)
            await self._changed(tx, principal, owner, environment, "variable.create", key)
        office.publisher.announce()
        return variable

    async def get(self, principal: Principal, *, service: str, environment_sid: str, sid: str) -> Variable:
        """One variable, its value sealed."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.VARIABLES_READ)
            return await _get_variable(tx, await get_environment(tx, owner, environment_sid), sid)

    async def list(
        self, principal: Principal, *, service: str, environment_sid: str, page: PageRequest
    ) -> Page[Variable]:
        """The variables of an environment, their values sealed."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.VARIABLES_READ)
            environment = await get_environment(tx, owner, environment_sid)
            return await tx.variables.page(page, environment_sid=environment.sid)

    def may_read(self, principal: Principal, variable: Variable) -> bool:
        """Whether somebody who sees a variable may see its value."""
        return access.may(principal, Permission.VARIABLES_REVEAL, variable.service_sid)

    def read(self, variable: Variable) -> str:
        """A variable's value, opened. Who may see it is asked first: `may_read`."""
        return self._office.vault.open("variable", variable.sid, variable.value)

    async def update(
        self,
        principal: Principal,
        *,
        service: str,
        environment_sid: str,
        sid: str,
        key: str | None = None,
        value: str | None = None,
    ) -> Variable:
        """Rename a variable, or give it another value."""
        office = self._office
        if key is not None:
            check_key(key, office.limits.variable_key_characters)
        if value is not None:
            check_value(key or "Value", value, office.limits.variable_value_bytes)
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.VARIABLES_WRITE)
            environment = await get_environment(tx, owner, environment_sid)
            old = await _get_variable(tx, environment, sid)
            if key is not None and key != old.key:
                await _check_free(tx, environment, key)
            text = self.read(old) if value is None else value
            new = replace(
                old,
                key=old.key if key is None else key,
                value=office.vault.seal("variable", old.sid, text),
                updated_at=office.clock(),
            )
            await tx.variables.update(new)
            await self._changed(tx, principal, owner, environment, "variable.update", new.key)
        office.publisher.announce()
        return new

    async def delete(self, principal: Principal, *, service: str, environment_sid: str, sid: str) -> None:
        """Take a variable away."""
        office = self._office
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.VARIABLES_WRITE)
            environment = await get_environment(tx, owner, environment_sid)
            old = await _get_variable(tx, environment, sid)
            await tx.variables.delete(sid=old.sid)
            await self._changed(tx, principal, owner, environment, "variable.delete", old.key)
        office.publisher.announce()

    async def replace_all(
        self,
        principal: Principal,
        *,
        service: str,
        environment_sid: str,
        values: Mapping[str, str],
        keep_others: bool,
    ) -> Sequence[str]:
        """Give variables these values, in one transaction; what is not named stays, or goes. The keys that changed."""
        office = self._office
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.VARIABLES_WRITE)
            environment = await get_environment(tx, owner, environment_sid)
            changed = await put_variables(tx, office, owner, environment, values, keep_others=keep_others)
            if changed:
                await self._changed(tx, principal, owner, environment, "variable.replace", ", ".join(changed))
        office.publisher.announce()
        return changed

    async def _changed(
        self,
        tx: Transaction,
        principal: Principal,
        service: Service,
        environment: EnvironmentResource,
        action: str,
        keys: str,
    ) -> None:
        """What every change ends with: the bound in sum, the audit log, and the next snapshot."""
        office = self._office
        check_payload(office, service, environment, await open_variables(tx, office, environment))
        await audit.record(tx, principal, office.clock, action, environment.sid, keys=keys)
        await office.publisher.publish(tx, principal, environments=[environment.sid])


async def put_variables(
    tx: Transaction,
    office: Office,
    service: Service,
    environment: EnvironmentResource,
    values: Mapping[str, str],
    *,
    keep_others: bool,
) -> Sequence[str]:
    """Write what differs, inside a transaction that publishes. The keys that changed, in order.

    Raises PlatformError `invalid`.
    """
    for key, value in values.items():
        check_key(key, office.limits.variable_key_characters)
        check_value(key, value, office.limits.variable_value_bytes)
    kept = {each.key: each for each in await tx.variables.all(environment_sid=environment.sid)}
    before = Variables({key: office.vault.open("variable", each.sid, each.value) for key, each in kept.items()})
    gone = set() if keep_others else kept.keys() - values.keys()
    after = {**{key: value for key, value in before.items() if key not in gone}, **values}
    check_payload(office, service, environment, after)
    for key in gone:
        await tx.variables.delete(sid=kept[key].sid)
    different = {key: value for key, value in values.items() if before.get(key) != value}
    for key, value in different.items():
        old = kept.get(key)
        if old is None:
            await tx.variables.add(make_variable(office, environment, key, value))
        else:
            sealed = office.vault.seal("variable", old.sid, value)
            await tx.variables.update(replace(old, value=sealed, updated_at=office.clock()))
    return sorted({*gone, *different})


def make_variable(office: Office, environment: EnvironmentResource, key: str, value: str) -> Variable:
    """A new variable, sealed to its own row."""
    now = office.clock()
    sid = VARIABLE.make(office.randomness)
    return Variable(
        sid=sid,
        account_sid=environment.account_sid,
        service_sid=environment.service_sid,
        environment_sid=environment.sid,
        key=key,
        value=office.vault.seal("variable", sid, value),
        created_at=now,
        updated_at=now,
    )


async def _check_free(tx: Transaction, environment: EnvironmentResource, key: str) -> None:
    if await tx.variables.find(environment_sid=environment.sid, key=key) is not None:
        raise PlatformError(
            "conflict",
            f"there is a variable {key} in {environment.unique_name}: update that one, or delete it first",
            parameter="Key",
            key=key,
        )


async def _get_variable(tx: Transaction, environment: EnvironmentResource, sid: str) -> Variable:
    found = await tx.variables.find(sid=sid, environment_sid=environment.sid) if VARIABLE.matches(sid) else None
    if found is None:
        raise not_found(f"/Services/{environment.service_sid}/Environments/{environment.sid}/Variables/{sid}")
    return found
