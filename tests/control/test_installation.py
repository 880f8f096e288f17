"""The installation is looked at by who may change it, from the account above all others."""

from __future__ import annotations

import pytest

from gettone.control.installation import Installation
from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal
from gettone.model.sids import AccountSid
from gettone.model.users import Role
from tests.control.offices import ACCOUNT_SID, add_account, holder, key, member, open_office

pytestmark = pytest.mark.anyio

SETTINGS = {"GETTONE_DOMAIN": "localhost"}
SUB_SID = AccountSid("AC" + "d" * 32)


async def test_owner_reads_settings_and_snapshots() -> None:
    """Newest first, as many as are kept."""
    async with open_office() as office:
        installation = Installation(office, SETTINGS)
        await add_account(office, SUB_SID, ACCOUNT_SID)

        assert await installation.settings(member(Role.OWNER)) == SETTINGS
        assert [each.revision for each in await installation.snapshots(holder())] == [2, 1]


@pytest.mark.parametrize(
    "principal", [member(Role.DEVELOPER), member(Role.VIEWER), key(ApiKeyType.STANDARD), holder(SUB_SID)]
)
async def test_others_do_not(principal: Principal) -> None:
    """Who may not change the account, and who shares the installation with others."""
    async with open_office() as office:
        installation = Installation(office, SETTINGS)
        await add_account(office, SUB_SID, ACCOUNT_SID)

        with pytest.raises(PlatformError) as settings:
            await installation.settings(principal)
        with pytest.raises(PlatformError) as snapshots:
            await installation.snapshots(principal)
        assert (settings.value.code, snapshots.value.code) == ("denied", "denied")
