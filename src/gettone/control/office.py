"""What every use case is given: where things are kept, and what time it is. Must not know any use case."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gettone.control.limits import Limits
from gettone.control.vault import Vault
from gettone.model.principals import Principal
from gettone.model.sids import AccountSid, EnvironmentSid, Randomness
from gettone.store.interface import LogStore, Store, Transaction


class Publishing(Protocol):
    """What a use case asks of the publisher: `control.publish.Publisher` is the one there is."""

    async def publish(
        self,
        tx: Transaction,
        principal: Principal,
        *,
        environments: Iterable[EnvironmentSid] = (),
        accounts: Iterable[AccountSid] = (),
    ) -> int | None:
        """Write the next snapshot inside the transaction that changes what it is made of.

        Returns the new revision; None where nothing that is published has changed.
        Raises PlatformError when the state does not compile, which undoes the transaction.
        """

    def announce(self) -> None:
        """Tell those who follow that there may be a newer snapshot; called once the transaction is committed."""


@dataclass(frozen=True, slots=True)
class Office:
    """The desk of all use cases. `clock` tells aware UTC; `domain` ends the host name of every environment."""

    store: Store
    logs: LogStore
    vault: Vault = field(repr=False)
    clock: Callable[[], datetime]
    randomness: Randomness
    limits: Limits
    publisher: Publishing
    domain: str = "localhost"
