"""Host names of a service's own (`api.example.com`): which environment answers for one. Each belongs to one account.

Must not know DNS: who points a name here, and whether anybody does, is the business of its owner.
"""

from __future__ import annotations

import ipaddress
import re

from gettone.control import audit
from gettone.control.access import Permission
from gettone.control.environments import LABEL_CHARACTERS_MAX, get_environment
from gettone.control.office import Office
from gettone.control.services import enter_service, not_found
from gettone.model.environments import HostName
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal

# RFC 1035, 2.3.4: 255 bytes on the wire are 253 characters.
HOST_CHARACTERS_MAX = 253

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
# Clients that are aimed at this machine ask for these, and mean the control plane (DESIGN 6).
_OFFICIAL = ("twilio.com", "twil.io")
_LOCAL = ("localhost",)


class HostNames:
    """The host names of an environment."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def create(self, principal: Principal, *, service: str, environment_sid: str, host: str) -> HostName:
        """Let an environment answer for a host name. Raises PlatformError `invalid`, or `conflict` if it is taken."""
        office = self._office
        name = check_host(host, office.domain)
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.ENVIRONMENTS_WRITE)
            environment = await get_environment(tx, owner, environment_sid)
            if await tx.host_names.find(host=name) is not None:
                # Whose it is stays out of the answer: it may be another account's.
                raise PlatformError(
                    "conflict", f"{name} is in use: delete it there first, or choose another", host=name
                )
            names_max = office.limits.host_names_per_environment
            if await tx.host_names.count(environment_sid=environment.sid) >= names_max:
                raise PlatformError(
                    "invalid",
                    f"an environment has at most {names_max} host names: delete one of {environment.unique_name}",
                )
            created = HostName(name, environment.account_sid, environment.sid, office.clock())
            await tx.host_names.add(created)
            await audit.record(tx, principal, office.clock, "host_name.create", environment.sid, host=name)
            await office.publisher.publish(tx, principal, environments=[environment.sid])
        office.publisher.announce()
        return created

    async def list(
        self, principal: Principal, *, service: str, environment_sid: str, page: PageRequest
    ) -> Page[HostName]:
        """The host names of an environment."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.ENVIRONMENTS_READ)
            environment = await get_environment(tx, owner, environment_sid)
            return await tx.host_names.page(page, environment_sid=environment.sid)

    async def delete(self, principal: Principal, *, service: str, environment_sid: str, host: str) -> None:
        """Let an environment answer for a host name no longer."""
        office = self._office
        # As it was written by its owner: `create` keeps it in ASCII.
        name = _ascii(host)
        async with office.store.writing() as tx:
            owner = await enter_service(tx, principal, service, Permission.ENVIRONMENTS_WRITE)
            environment = await get_environment(tx, owner, environment_sid)
            gone = 0 if name is None else await tx.host_names.delete(host=name, environment_sid=environment.sid)
            if name is None or gone == 0:
                raise not_found(f"/Services/{owner.sid}/Environments/{environment.sid}/HostNames/{host}")
            await audit.record(tx, principal, office.clock, "host_name.delete", environment.sid, host=name)
            await office.publisher.publish(tx, principal, environments=[environment.sid])
        office.publisher.announce()


def check_host(text: str, domain: str) -> str:
    """The host name in lower-case ASCII. Raises PlatformError `invalid` for what no account may have.

    `domain` is the operator's own: names below it belong to environments.
    """
    if _is_address(text):
        raise _wrong(f"{text.strip()[:64]} is an address: write a name, such as api.example.com")
    name = _ascii(text)
    if name is None:
        raise _wrong(
            "this is no host name: write one such as api.example.com, without scheme, port and path;"
            " one with other letters that is refused, in its ASCII form (xn--...)"
        )
    if "." not in name and name not in _LOCAL:
        raise _wrong(f"{name} has no domain: write a whole name, such as {name}.example.com")
    if name.rpartition(".")[2].isdigit():
        raise _wrong(f"{name} would be read as an address: its last part must not be a number")
    for reserved, why in (
        *((each, "it means each machine itself") for each in _LOCAL),
        *((each, "Twilio's clients mean the control plane by it") for each in _OFFICIAL),
        (domain.lower(), "its names are given to environments"),
    ):
        if name == reserved or name.endswith(f".{reserved}"):
            raise _wrong(f"{name} cannot be taken, for {reserved} is reserved: {why}. Use a domain of your own")
    return name


def _ascii(text: str) -> str | None:
    """The name as DNS has it; None for what is none."""
    name = text.strip().lower().removesuffix(".")
    # Far more than any name has: the codec takes time for long texts.
    if not name or len(name) > HOST_CHARACTERS_MAX:
        return None
    if not name.isascii():
        encoded = _encoded(name)
        if encoded is None:
            return None
        name = encoded
    labels = name.split(".")
    right = all(len(label) <= LABEL_CHARACTERS_MAX and _LABEL.fullmatch(label) for label in labels)
    return name if right and len(name) <= HOST_CHARACTERS_MAX else None


def _encoded(name: str) -> str | None:
    try:
        encoded = name.encode("idna").decode("ascii")
        # Python's codec is of 2003, browsers follow 2008. Where the two differ, a letter is lost on the way.
        return encoded if encoded.encode("ascii").decode("idna") == name else None
    except UnicodeError:
        return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip().strip("[]"))
    except ValueError:
        return False
    return True


def _wrong(message: str) -> PlatformError:
    return PlatformError("invalid", message, parameter="Host")
