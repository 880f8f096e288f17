"""What concerns the installation as a whole: its settings, and the snapshots that were published.

Several accounts may share it. Only an account that is no subaccount may look, and there only who may change it. Must
not know what gateways serve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gettone.control import access
from gettone.control.access import Permission
from gettone.control.accounts import get_account
from gettone.control.office import Office
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal
from gettone.store.interface import Snapshot

_SNAPSHOTS = 50  # more than are kept


class Installation:
    """The installation. `settings` are names and values that are no secret."""

    def __init__(self, office: Office, settings: Mapping[str, str]) -> None:
        self._office = office
        self._settings = settings

    async def settings(self, principal: Principal) -> Mapping[str, str]:
        """What it is set to."""
        await self._enter(principal)
        return self._settings

    async def snapshots(self, principal: Principal) -> Sequence[Snapshot]:
        """The snapshots that are kept, newest first."""
        await self._enter(principal)
        async with self._office.store.reading() as tx:
            return await tx.snapshots.list(_SNAPSHOTS)

    async def _enter(self, principal: Principal) -> None:
        access.require(principal, Permission.ACCOUNTS_WRITE)
        async with self._office.store.reading() as tx:
            account = await get_account(tx, principal, principal.account_sid)
        if account.is_subaccount:
            raise PlatformError(
                "denied",
                f"{account.sid} is a subaccount: ask in the account above it",
                twilio_code=access.DENIED,
            )
