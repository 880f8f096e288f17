"""Who changed what, written down in the transaction that changes it. Must not know why anybody may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gettone.control import access
from gettone.control.access import Permission
from gettone.control.office import Office
from gettone.model.audit import AuditEntry
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal, PrincipalKind
from gettone.store.interface import Transaction

_CHARACTERS_MAX = 255  # of a target and of each detail: they name things, and are no place for content


async def record(
    tx: Transaction, principal: Principal, clock: Callable[[], datetime], action: str, target: str, **detail: str
) -> None:
    """Write down a change. `action` is a noun and a verb (`environment.deploy`); no detail may be a secret."""
    await tx.audit.add(
        AuditEntry(
            id=0,  # the store counts
            account_sid=principal.account_sid,
            actor=actor_of(principal.kind, principal.name),
            action=action,
            target=target[:_CHARACTERS_MAX],
            detail={name: value[:_CHARACTERS_MAX] for name, value in detail.items()},
            address=principal.address,
            created_at=clock(),
        )
    )


def actor_of(kind: PrincipalKind, name: str) -> str:
    """How the audit log names who acts: `user ada@example.com`, `api key SK…`, `operator`."""
    return name if name == kind else f"{kind} {name}"


class Audit:
    """The audit log of an account."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def list(self, principal: Principal, *, page: PageRequest) -> Page[AuditEntry]:
        """What was changed, newest first."""
        access.require(principal, Permission.AUDIT_READ)
        async with self._office.store.reading() as tx:
            return await tx.audit.page(page, account_sid=principal.account_sid)
