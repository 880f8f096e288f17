"""How an account is served at this moment: whether gateways have what was published, and how functions are confined.

Must not know how gateways tell it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gettone.control import access
from gettone.control.access import Permission
from gettone.control.office import Office
from gettone.model.principals import Principal
from gettone.wire.feed import ServingProblem


class Serving(Protocol):
    """What is known of the gateways: `control.feed.Feed` is the one there is."""

    def served_revision(self) -> int:
        """The oldest revision that a connected gateway serves; 0 for none."""

    def problems(self) -> tuple[ServingProblem, ...]:
        """What they could not serve as published."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What gateways serve of what was published; 0 is nothing. `problems` are those of one account's environments.

    `sandbox` names what functions are confined by; None where they run with the rights of the gateway.
    """

    latest_revision: int
    served_revision: int
    problems: tuple[ServingProblem, ...] = ()
    sandbox: str | None = None

    @property
    def is_served(self) -> bool:
        """Whether a gateway is there."""
        return self.served_revision > 0

    @property
    def is_current(self) -> bool:
        """Whether what it serves is the newest."""
        return 0 < self.served_revision == self.latest_revision


class Health:
    """The condition of the installation, as an account may know it."""

    def __init__(self, office: Office, serving: Serving, sandbox: str | None = None) -> None:
        self._office = office
        self._serving = serving
        self._sandbox = sandbox

    async def look(self, principal: Principal) -> Condition:
        """How things stand; problems of other accounts are not told."""
        access.require(principal, Permission.ACCOUNTS_READ)
        async with self._office.store.reading() as tx:
            latest = await tx.snapshots.newest_revision()
            own = [
                each
                for each in self._serving.problems()
                if await tx.environments.find(sid=each.environment_sid, account_sid=principal.account_sid) is not None
            ]
        return Condition(latest, self._serving.served_revision(), tuple(own), self._sandbox)
