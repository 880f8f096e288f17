"""Whether functions that were uploaded compile, asked before anything is built of them. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from gettone.control.access import Permission
from gettone.control.build_contents import load_versions
from gettone.control.checking import CodeChecker
from gettone.control.office import Office
from gettone.control.progress import SourceProblem
from gettone.control.rehearsing import rehearse
from gettone.control.services import enter_service
from gettone.model.principals import Principal


class Checks:
    """Checks of versions, for whoever deploys them by the API."""

    def __init__(self, office: Office, checker: CodeChecker) -> None:
        self._office = office
        self._checker = checker

    async def check(
        self, principal: Principal, *, service: str, function_versions: Sequence[str]
    ) -> tuple[SourceProblem, ...]:
        """What of these versions does not compile. Raises PlatformError `unavailable` where nobody can be asked."""
        async with self._office.store.reading() as tx:
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_READ)
            functions = (await load_versions(tx, owner, function_versions, ())).functions
        return await rehearse(self._office.store, self._checker, functions, functions)
