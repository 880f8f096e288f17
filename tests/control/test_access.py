"""Who may do what: what docs/access.md tells users, and what is refused."""

import re
from pathlib import Path

import pytest

from gettone.control.access import Permission, enter, may, operator, require
from gettone.model.api_keys import ApiKeyType
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal, PrincipalKind
from gettone.model.sids import AccountSid, ServiceSid
from gettone.model.users import Role
from tests.control.offices import ACCOUNT_SID, OTHER_SID, add_account, holder, key, member, open_office

SERVICE = ServiceSid("ZS" + "1" * 32)
ANOTHER_SERVICE = ServiceSid("ZS" + "2" * 32)

WHO = {
    "operator": operator(ACCOUNT_SID),
    "auth token": holder(),
    "owner": member(Role.OWNER),
    "main key": key(ApiKeyType.MAIN),
    "developer": member(Role.DEVELOPER),
    "standard key": key(ApiKeyType.STANDARD),
    "viewer": member(Role.VIEWER),
    "deploy key": key(ApiKeyType.RESTRICTED, "deploy"),
    "invoke key": key(ApiKeyType.RESTRICTED, "invoke"),
}


@pytest.fixture(scope="module")
def matrix(repository: Path) -> dict[str, dict[str, bool]]:
    """The table of docs/access.md: by permission, whether each may."""
    text = (repository / "docs/access.md").read_text(encoding="utf-8")
    lines = [line.strip("| ") for line in text.splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in re.split(r"\s?\|", line)] for line in lines]
    who = head[2:]
    marks = {name.strip("`"): dict(zip(who, cells[1:], strict=False)) for name, *cells in rows}
    return {name: {each: of.get(each) == "x" for each in who} for name, of in marks.items()}


def test_page_names_every_permission(matrix: dict[str, dict[str, bool]]) -> None:
    """A new one has to be thought about for everybody."""
    assert list(matrix) == list(Permission)
    assert list(matrix[Permission.INVOKE]) == list(WHO)


@pytest.mark.parametrize("who", WHO)
def test_everybody_may_what_the_page_says(matrix: dict[str, dict[str, bool]], who: str) -> None:
    """No more and no less."""
    promised = {name for name, of in matrix.items() if of[who]}

    assert promised
    assert {permission for permission in Permission if may(WHO[who], permission)} == promised


@pytest.mark.parametrize("permission", sorted(set(Permission) - {Permission.INVOKE}))
def test_policy_grants_what_it_lists(permission: Permission) -> None:
    """To write is to read, too: what cannot be looked at cannot be changed."""
    noun = permission.partition(":")[0]
    granted = {each for each in Permission if may(key(ApiKeyType.RESTRICTED, permission), each)}

    assert granted == {permission, *([Permission(f"{noun}:read")] if noun != "credentials" else [permission])}


def test_foreign_permissions_grant_nothing() -> None:
    """Twilio's are kept for the day a key goes back there."""
    someone = key(ApiKeyType.RESTRICTED, "/twilio/messaging/messages/read", "/twilio/serverless/services/read")

    assert not any(may(someone, permission) for permission in Permission)


@pytest.mark.parametrize("kind", [PrincipalKind.USER, PrincipalKind.API_KEY])
def test_principal_without_role_or_type_may_nothing(kind: PrincipalKind) -> None:
    """What is not known is not allowed."""
    assert not any(may(Principal(kind, ACCOUNT_SID, "x"), permission) for permission in Permission)


@pytest.mark.parametrize("key_type", [ApiKeyType.MAIN, ApiKeyType.STANDARD])
def test_key_of_one_service_touches_that_service_alone(key_type: ApiKeyType) -> None:
    """Nothing above it but reading that service: not even a change of the service itself."""
    limited = key(key_type, service_sid=SERVICE)

    inside = {permission for permission in Permission if may(limited, permission, SERVICE)}
    assert {Permission.DEPLOYMENTS_WRITE, Permission.LOGS_READ, Permission.SERVICES_READ} < inside
    assert not any(
        permission.startswith(("applications", "audit", "keys", "accounts", "credentials", "members", "invoke"))
        or permission is Permission.SERVICES_WRITE
        for permission in inside
    )
    assert [permission for permission in Permission if may(limited, permission, ANOTHER_SERVICE)] == []
    assert [permission for permission in Permission if may(limited, permission)] == [Permission.SERVICES_READ]


def test_key_of_one_service_may_no_more_there_than_its_policy_lists() -> None:
    """A CI system's key: deploying, in one service."""
    ours = key(ApiKeyType.RESTRICTED, "deploy", service_sid=SERVICE)

    assert may(ours, Permission.DEPLOYMENTS_WRITE, SERVICE)
    assert not may(ours, Permission.VARIABLES_REVEAL, SERVICE)
    assert not may(ours, Permission.DEPLOYMENTS_WRITE, ANOTHER_SERVICE)


@pytest.mark.parametrize(
    ("principal", "said"),
    [
        (member(Role.VIEWER), "ada@example.com lacks the permission keys:write: ask an owner of the account for"),
        (key(ApiKeyType.STANDARD), "lacks the permission keys:write: sign in with the account's auth token or a Main"),
        (key(ApiKeyType.RESTRICTED, "deploy"), "lacks the permission keys:write: an owner can add it to the key's"),
        (key(ApiKeyType.MAIN, service_sid=SERVICE), f"is limited to what is inside the service {SERVICE}: for keys:"),
    ],
)
def test_refusal_names_what_is_missing_and_who_gives_it(principal: Principal, said: str) -> None:
    """With Twilio's number."""
    with pytest.raises(PlatformError) as caught:
        require(principal, Permission.KEYS_WRITE)

    assert caught.value.code == "denied"
    assert caught.value.evidence == {"twilio_code": 70051, "permission": "keys:write"}
    assert said in caught.value.message


@pytest.mark.anyio
async def test_own_account_and_subaccounts_are_entered() -> None:
    """Whoever acts above acts below, as who they are."""
    below = AccountSid("AC" + "d" * 32)
    async with open_office() as office:
        await add_account(office, below, owner_sid=ACCOUNT_SID)
        async with office.store.reading() as tx:
            assert await enter(tx, holder(), ACCOUNT_SID) == holder()
            entered = await enter(tx, member(Role.VIEWER), below)

    assert entered.account_sid == below
    assert (entered.name, entered.role) == ("ada@example.com", Role.VIEWER)


@pytest.mark.anyio
async def test_no_other_account_is_entered() -> None:
    """Neither another, nor one that does not exist, nor the one above: the same words for all."""
    below = AccountSid("AC" + "d" * 32)
    async with open_office() as office:
        await add_account(office, OTHER_SID)
        await add_account(office, below, owner_sid=ACCOUNT_SID)
        async with office.store.reading() as tx:
            for principal, sid in [
                (holder(), OTHER_SID),
                (holder(), "AC" + "0" * 32),
                (holder(), "x" * 1000),
                (holder(), ""),
                (holder(below), ACCOUNT_SID),
                (key(ApiKeyType.MAIN, service_sid=SERVICE), below),
            ]:
                with pytest.raises(PlatformError) as caught:
                    await enter(tx, principal, sid)
                assert caught.value.code == "not_found"
                assert caught.value.message == f"The requested resource {f'/Accounts/{sid}'[:300]} was not found"
